"""The guards of the registers on SQLite.

``INSERT OR REPLACE`` and ``UPDATE OR REPLACE`` delete the row in their way without firing a delete trigger, so
each looks for one first. Days are texts here: what is no day would compare wrongly and is refused.
"""

from __future__ import annotations

from jingban.core.guards import Sqlite, sqlite_trigger
from jingban.registry.guards_rules import (
    FIXED,
    KEPT,
    MONTHS_AHEAD,
    OF_REGION,
    OF_UNIT_REGION,
    PERIODS,
    PERSONAL,
    REMOVED,
    SLOTTED,
    SPELLS,
)

Steps = list[tuple[str, str]]
_TRIGGERS: dict[str, str] = {}
_LAST = "'9999-12-31'"
# A run that is made longer is told to the history first: that is when it was recorded.
_LAST_TOLD = """max(NEW.recorded_at, COALESCE((SELECT c.recorded_at FROM registry_change c
    WHERE c.person = NEW.person_id ORDER BY c.id DESC LIMIT 1), NEW.recorded_at))"""

# What a REPLACE would push aside beside a row with the same id: the models' unique keys.
_UNIQUE = {
    "unit": [
        "NEW.end_on IS NULL AND r.end_on IS NULL AND r.region = NEW.region AND r.credit_code = NEW.credit_code"
    ],
    "issued": ["r.number = NEW.number"],
    "transfersheet": ["r.region = NEW.region AND r.direction = NEW.direction AND r.letter = NEW.letter"],
    "identitydocument": [
        "NEW.end_on IS NULL AND r.end_on IS NULL AND r.person_id = NEW.person_id AND r.kind = NEW.kind",
        "NEW.end_on IS NULL AND r.end_on IS NULL AND r.digest = NEW.digest AND r.region = NEW.region AND r.kind = NEW.kind",
    ],
}


def _trigger(table: str, mark: str, when: str, steps: Steps) -> None:
    name = f"registry_{table}_{mark}"
    refusals = [(condition, f"{rule} (registry_{table})") for condition, rule in steps]
    _TRIGGERS[name] = sqlite_trigger("registry", name, when, f"registry_{table}", refusals)


def _write(table: str, mark: str, steps: Steps, *, on_update: Steps | None = None) -> None:
    _trigger(table, f"{mark}_new", "BEFORE INSERT", steps)
    _trigger(table, f"{mark}_moved", "BEFORE UPDATE", [*(on_update or []), *steps])


def _no_days(*columns: str) -> str:
    # A modifier, even of no days, makes SQLite reckon: without one it gives 30 February back as it is.
    return " OR ".join(f"NEW.{column} IS NOT date(NEW.{column}, '+0 days')" for column in columns)


def _there(table: str, which: str) -> str:
    return f"EXISTS (SELECT 1 FROM registry_{table} r WHERE {which})"


def _person(which: str) -> str:
    return f"EXISTS (SELECT 1 FROM registry_person p WHERE p.id = NEW.person_id AND {which})"


def _in_the_way(table: str) -> None:
    """Nothing is replaced: the row in the way stays."""
    same = [(_there(table, "r.id = NEW.id"), "there_already")]
    moved = [("NEW.id IS NOT OLD.id", "identity")]
    for unique in _UNIQUE.get(table, []):
        same.append((_there(table, unique), "there_already"))
        moved.append((_there(table, f"r.id <> OLD.id AND {unique}"), "there_already"))
    _trigger(table, "way_new", "BEFORE INSERT", same)
    if table not in FIXED:
        _trigger(table, "way_moved", "BEFORE UPDATE", moved)


def _told(table: str) -> None:
    by = ("unit", "unit_id") if table == "unitoperator" else ("person", "person_id")
    told = f"""NOT EXISTS (SELECT 1 FROM registry_change c WHERE c."{by[0]}" = OLD.{by[1]} AND c."row" = OLD.id
    AND c.register = '{table}' AND c.field = '{REMOVED}')"""
    steps = [(told, "untold")]
    if table == "enrolment":
        steps.append((f"""EXISTS (SELECT 1 FROM registry_paidbenefit b WHERE b.person_id = OLD.person_id
    AND b."on" >= OLD.start_on AND b."on" <= COALESCE(OLD.end_on, {_LAST}))""", "benefit"))  # fmt: skip
    _trigger(table, "told", "BEFORE DELETE", steps)


def _ahead(at: str) -> str:
    return f"NEW.end_on >= date({at}, '+8 hours', 'start of month', '+{MONTHS_AHEAD} months')"


def _period(table: str) -> None:
    """Days are days; of one slot no two rows share one; of the person's region; within the person's life."""
    odd = "typeof(NEW.slot) <> 'integer' OR date(NEW.recorded_at) IS NULL"
    steps = [(f"{_no_days('start_on', 'end_on')} OR {odd}", "not_a_day")]
    overlap = f"""r.person_id = NEW.person_id AND r.slot = NEW.slot
    AND r.start_on <= COALESCE(NEW.end_on, {_LAST}) AND COALESCE(r.end_on, {_LAST}) >= NEW.start_on"""
    if table in PERSONAL or table == "contribution":
        steps.append(("NOT " + _person("p.region = NEW.region"), "region"))
    if table in PERSONAL:
        steps.append(("NEW.end_on IS NULL AND " + _person("p.merged_into_id IS NOT NULL"), "merged"))
    if table in SPELLS:
        steps.append((_person(f"COALESCE(NEW.end_on, {_LAST}) > p.died_on"), "beyond_death"))
    if table == "enrolment":
        unit = "EXISTS (SELECT 1 FROM registry_unit u WHERE u.id = NEW.unit_id AND {})"
        steps.append(("NEW.unit_id IS NOT NULL AND NOT " + unit.format("u.region = NEW.region"), "region"))
        steps.append(("NEW.end_on IS NULL AND " + unit.format("u.end_on IS NOT NULL"), "unit_ended"))
    if table == "contribution":
        steps.append(("strftime('%d', NEW.end_on, '+1 day') <> '01'", "whole_months"))
    new, moved = list(steps), list(steps)
    if table == "contribution":
        new.append((_ahead("NEW.recorded_at"), "months_ahead"))
        moved.append((f"NEW.end_on > OLD.end_on AND {_ahead(_LAST_TOLD)}", "months_ahead"))
    if table in SLOTTED:
        new.append((_there(table, overlap), "overlap"))
        moved.append((_there(table, f"r.id <> OLD.id AND {overlap}"), "overlap"))
    _trigger(table, "period_new", "BEFORE INSERT", new)
    _trigger(table, "period_moved", "BEFORE UPDATE", moved)


def _reaching(rows: tuple[str, ...], which: str) -> str:
    return "(" + " OR ".join(_there(row, f"r.person_id = NEW.id AND {which}") for row in rows) + ")"


def _persons_and_units() -> None:
    whole: Steps = [
        (_no_days("born_on", "died_on"), "not_a_day"),
        (
            "NEW.merged_into_id IS NOT NULL AND (NEW.merged_into_id = NEW.id OR NOT EXISTS "
            "(SELECT 1 FROM registry_person p WHERE p.id = NEW.merged_into_id AND p.region = NEW.region))",
            "merged_into",
        ),
    ]
    dead = "NEW.died_on IS NOT OLD.died_on AND " + _reaching(
        SPELLS, f"COALESCE(r.end_on, {_LAST}) > NEW.died_on"
    )
    gone = "NEW.merged_into_id IS NOT NULL AND NEW.merged_into_id IS NOT OLD.merged_into_id AND " + _reaching(
        PERSONAL, "r.end_on IS NULL"
    )
    fixed: Steps = [
        ("NEW.region IS NOT OLD.region", "identity"),
        (dead, "beyond_death"),
        (gone, "merged"),
    ]
    _write("person", "state", whole, on_update=fixed)
    open_there = _there("enrolment", "r.unit_id = NEW.id AND r.end_on IS NULL")
    _write(
        "unit",
        "state",
        [(_no_days("start_on", "end_on"), "not_a_day")],
        on_update=[
            ("NEW.region IS NOT OLD.region", "identity"),
            (f"NEW.end_on IS NOT NULL AND OLD.end_on IS NULL AND {open_there}", "unit_ended"),
        ],
    )


for _table in FIXED:
    _trigger(_table, "no_update", "BEFORE UPDATE", [("1", "append_only")])
    _trigger(_table, "no_delete", "BEFORE DELETE", [("1", "append_only")])
for _table in KEPT:
    _trigger(_table, "no_delete", "BEFORE DELETE", [("1", "kept")])
for _table in (*FIXED, *KEPT, *PERIODS):
    _in_the_way(_table)
for _table in PERIODS:
    _told(_table)
    _period(_table)
_persons_and_units()
for _mark, _columns in (("region", OF_REGION), ("region_of_unit", OF_UNIT_REGION)):
    for _table, (_register, _names) in _columns.items():
        _write(_table, _mark, [
            (f"NEW.{_name} IS NOT NULL AND NOT EXISTS "
             f"(SELECT 1 FROM registry_{_register} o WHERE o.id = NEW.{_name} AND o.region = NEW.region)", "region")
            for _name in _names
        ])  # fmt: skip

RULES = Sqlite(_TRIGGERS)
