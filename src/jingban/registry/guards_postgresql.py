"""The guards of the registers on PostgreSQL.

Who adds an open row holds the row of the person (or shares that of the unit), so that a death, a merger or a
deregistration written at the same time waits and then sees it; and the other way round.
"""

from __future__ import annotations

from jingban.core.guards import Postgres
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


def _refuse(rule: str) -> str:
    return (
        f"RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = format('registry: {rule} (%s)', TG_TABLE_NAME);"
    )


def _when(condition: str, rule: str) -> str:
    return f"  IF {condition} THEN\n    {_refuse(rule)}\n  END IF;\n"


def _reaching(rows: tuple[str, ...], condition: str) -> str:
    """Whether the person has a row of these tables for which the condition holds."""
    parts = [
        f"EXISTS (SELECT 1 FROM registry_{r} r WHERE r.person_id = NEW.id AND {condition})" for r in rows
    ]
    return "\n      OR ".join(parts)


_SAME = _when("TG_OP = 'UPDATE' AND NEW.id <> OLD.id", "identity")

_FUNCTIONS = {
    "registry_append_only": f"\nBEGIN\n  {_refuse('append_only')}\nEND",
    "registry_kept": f"\nBEGIN\n  {_refuse('kept')}\nEND",
    "registry_truncate": f"""
DECLARE found boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO found;
{_when("found", "append_only")}  RETURN NULL;
END""",
    "registry_removal": f"""
BEGIN
{_when(f'''NOT EXISTS (SELECT 1 FROM registry_change c WHERE c.person = OLD.person_id AND c."row" = OLD.id
    AND c.register = substr(TG_TABLE_NAME, 10) AND c.field = '{REMOVED}')''', "untold")}  RETURN OLD;
END""",
    "registry_removal_of_unit": f"""
BEGIN
{_when(f'''NOT EXISTS (SELECT 1 FROM registry_change c WHERE c.unit = OLD.unit_id AND c."row" = OLD.id
    AND c.register = substr(TG_TABLE_NAME, 10) AND c.field = '{REMOVED}')''', "untold")}  RETURN OLD;
END""",
    "registry_paid_benefit": f"""
BEGIN
{_when('''EXISTS (SELECT 1 FROM registry_paidbenefit b WHERE b.person_id = OLD.person_id AND b."on" >= OLD.start_on
    AND b."on" <= COALESCE(OLD.end_on, 'infinity'))''', "benefit")}  RETURN OLD;
END""",
    "registry_of_person": f"""
DECLARE p record;
BEGIN
{_SAME}  SELECT region, died_on, merged_into_id INTO p FROM registry_person WHERE id = NEW.person_id FOR NO KEY UPDATE;
{_when("p.region IS DISTINCT FROM NEW.region", "region")}\
{_when("p.merged_into_id IS NOT NULL AND NEW.end_on IS NULL", "merged")}\
{_when("TG_ARGV[0] = 'spell' AND COALESCE(NEW.end_on, 'infinity') > p.died_on", "beyond_death")}  RETURN NEW;
END""",
    "registry_enrolment": f"""
DECLARE u record;
BEGIN
  IF NEW.unit_id IS NULL THEN
    RETURN NEW;
  END IF;
  IF NEW.end_on IS NULL THEN
    PERFORM 1 FROM registry_unit WHERE id = NEW.unit_id FOR SHARE;
  END IF;
  SELECT region, end_on INTO u FROM registry_unit WHERE id = NEW.unit_id;
{_when("u.region IS DISTINCT FROM NEW.region", "region")}\
{_when("NEW.end_on IS NULL AND u.end_on IS NOT NULL", "unit_ended")}  RETURN NEW;
END""",
    # The region is read by the key and compared: with both in the condition the planner may walk through the region.
    # A run that is made longer is told to the history first: that is when it was recorded.
    "registry_contribution": f"""
DECLARE at timestamptz := NEW.recorded_at;
BEGIN
{_SAME}{_when("(SELECT region FROM registry_person WHERE id = NEW.person_id) IS DISTINCT FROM NEW.region", "region")}\
{_when("extract(day FROM NEW.end_on + 1) <> 1", "whole_months")}\
  IF TG_OP = 'UPDATE' THEN
    IF NEW.end_on <= OLD.end_on THEN
      RETURN NEW;
    END IF;
    at := GREATEST(at, (SELECT c.recorded_at FROM registry_change c WHERE c.person = NEW.person_id ORDER BY c.id DESC LIMIT 1));
  END IF;
{_when(f'''NEW.end_on >= date_trunc('month', at AT TIME ZONE 'Asia/Shanghai') + interval '{MONTHS_AHEAD} months' ''',
       "months_ahead")}  RETURN NEW;
END""",
    "registry_person": f"""
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.merged_into_id IS NOT DISTINCT FROM OLD.merged_into_id THEN
    NULL;
  ELSIF NEW.merged_into_id IS NOT NULL THEN
  {_when('''NEW.merged_into_id = NEW.id
      OR (SELECT region FROM registry_person WHERE id = NEW.merged_into_id) IS DISTINCT FROM NEW.region''', "merged_into")}\
  {_when(_reaching(PERSONAL, "r.end_on IS NULL"), "merged")}  END IF;
  IF TG_OP = 'UPDATE' THEN
  {_when("(NEW.id, NEW.region) IS DISTINCT FROM (OLD.id, OLD.region)", "identity")}\
    IF NEW.died_on IS DISTINCT FROM OLD.died_on AND NEW.died_on IS NOT NULL THEN
    {_when(_reaching(SPELLS, "COALESCE(r.end_on, 'infinity') > NEW.died_on"), "beyond_death")}    END IF;
  END IF;
  RETURN NEW;
END""",
    "registry_unit": f"""
BEGIN
{_when("(NEW.id, NEW.region) IS DISTINCT FROM (OLD.id, OLD.region)", "identity")}\
{_when('''NEW.end_on IS NOT NULL AND OLD.end_on IS NULL
    AND EXISTS (SELECT 1 FROM registry_enrolment e WHERE e.unit_id = NEW.id AND e.end_on IS NULL)''', "unit_ended")}\
  RETURN NEW;
END""",
    "registry_of_region": f"""
DECLARE given jsonb := to_jsonb(NEW); found text;
BEGIN
  FOR i IN 1 .. TG_NARGS - 1 LOOP
    EXECUTE format('SELECT region FROM %I WHERE id = $1', 'registry_' || TG_ARGV[0])
      INTO found USING (given ->> TG_ARGV[i])::bigint;
  {_when("given ->> TG_ARGV[i] IS NOT NULL AND found IS DISTINCT FROM NEW.region", "region")}  END LOOP;
  RETURN NEW;
END""",
}  # fmt: skip

_WRITE = "BEFORE INSERT OR UPDATE"


def _triggers() -> dict[str, str]:
    """Each as ``pg_get_triggerdef`` gives it back: name to when, table, function and arguments."""
    rows: list[tuple[str, str, str, str]] = [
        *(("fixed", "BEFORE DELETE OR UPDATE", table, "registry_append_only()") for table in FIXED),
        *(("kept", "BEFORE DELETE", table, "registry_kept()") for table in KEPT),
        *(("told", "BEFORE DELETE", t, "registry_removal()") for t in PERIODS if t != "unitoperator"),
        ("told", "BEFORE DELETE", "unitoperator", "registry_removal_of_unit()"),
        ("paid", "BEFORE DELETE", "enrolment", "registry_paid_benefit()"),
        *(
            ("person", _WRITE, t, f"registry_of_person('{'spell' if t in SPELLS else 'row'}')")
            for t in PERSONAL
        ),
        ("unit", _WRITE, "enrolment", "registry_enrolment()"),
        ("month", _WRITE, "contribution", "registry_contribution()"),
        ("state", _WRITE, "person", "registry_person()"),
        ("state", "BEFORE UPDATE", "unit", "registry_unit()"),
    ]
    for mark, columns in (("region", OF_REGION), ("region_of_unit", OF_UNIT_REGION)):
        for table, (register, names) in columns.items():
            arguments = ", ".join(f"'{name}'" for name in (register, *names))
            rows.append((mark, _WRITE, table, f"registry_of_region({arguments})"))
    made = {
        f"registry_{table}_{mark}": f"{when} ON registry_{table} FOR EACH ROW EXECUTE FUNCTION {call}"
        for mark, when, table, call in rows
    }
    for table in (*FIXED, *KEPT, *PERIODS):
        made[f"registry_{table}_whole"] = (
            f"BEFORE TRUNCATE ON registry_{table} FOR EACH STATEMENT EXECUTE FUNCTION registry_truncate()"
        )
    return {name: f"CREATE TRIGGER {name} {rest}" for name, rest in made.items()}


# A period as an upright line in the plane: across stands the person, upwards the slot (a band of 4,000,000 days) and
# in it the days. Gist keeps boxes without an extension (numbers need btree_gist, which a superuser must install). A
# point of person and slot beside a daterange takes twice as long a row: decision 12. Exact up to 2**53, that is for
# every slot below two thousand million; beyond, two neighbours would be refused, never let through.
_AT = (
    "point((person_id)::double precision, (((slot * 4000000) + ({} - '2000-01-01'::date)))::double precision)"
)
_FROM, _TO = _AT.format("start_on"), _AT.format("COALESCE(end_on, '9999-12-31'::date)")
_NO_OVERLAP = f"EXCLUDE USING gist (box({_FROM}, {_TO}) WITH &&)"

RULES = Postgres(
    _FUNCTIONS,
    _triggers(),
    {f"registry_{table}_overlap": (f"registry_{table}", _NO_OVERLAP) for table in SLOTTED},
)
