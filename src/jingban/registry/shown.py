"""Changes of the registers as people read them: fields by name, choices and days in words, numbers masked.

Whoever shows them has asked ``may`` and told the audit; ``full`` is for whoever gave a reason to see numbers whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

from jingban.core.identifiers import mask_bank, mask_id, mask_phone
from jingban.core.money import show_yuan, to_fen
from jingban.registry.changes import Changed
from jingban.registry.guards_rules import REMOVED
from jingban.registry.models import Person, Source, Unit
from jingban.registry.words import FIELDS, day_text, register_name
from jingban.rulebook.cache import effective_all
from jingban.rulebook.choices import choices
from jingban.rulebook.diseases import diseases

NOTHING = "—"
REASONS = {
    "changed": "变更",
    "death": "死亡",
    "died": "死亡",
    "ended": "终止参保",
    "left-country": "外国人离境",
    "merged": "重复登记合并",
    "moved-out": "转出",
    "off-the-list": "不在名单",
    "other-category": "改为其他类别",
    "retired": "退休",
    "suspended": "暂停参保",
    "to-employee": "转为职工医保",
    "to-resident": "转为居民医保",
    "withdrawn": "退保",
}
_CHOICES = {
    ("person", "id_kind"): "id_kind",
    ("identitydocument", "kind"): "id_kind",
    ("unit", "kind"): "unit_kind",
    ("offsitefiling", "category"): "offsite_category",
    ("aidstatus", "category"): "aid_category",
}
"""Columns whose words the forms have: register and column, field of ``fields.yaml``."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def mask_address(text: str) -> str:
    """An address to its village or street: what follows the first six signs is hidden."""
    return text if len(text) <= 6 else f"{text[:6]}{'*' * min(6, len(text) - 6)}"


_MASKS: dict[str, Callable[[str], str]] = {
    "id_number": mask_id,
    "legal_representative_number": mask_id,
    "phone": mask_phone,
    "bank_account": mask_bank,
    "address": mask_address,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field: what it is called, what it says before and after."""

    label: str
    before: str
    after: str


@dataclass(slots=True)
class Altered:
    """What happened to one row: made (新增), changed (变更) or taken out (删除)."""

    register: str
    title: str
    what: str
    whose: str
    valid_from: date
    source: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Names:
    """Whom the keys in changes mean."""

    persons: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, str] = field(default_factory=dict)
    users: Mapping[int, str] = field(default_factory=dict)


def altered(changes: Iterable[Changed], *, full: bool = False) -> list[Altered]:
    """Changes row by row, in the order in which the rows were first touched."""
    changes = list(changes)
    names, found = names_of(changes), dict[tuple[str, int], Altered]()
    for change in changes:
        row = found.setdefault((change.register, change.row), _begun(change, names))
        row.lines += lines_of(change, names, full=full)
    return list(found.values())


def one_by_one(changes: Iterable[Changed], *, full: bool = False) -> list[Altered]:
    """Each change by itself, for a history."""
    changes = list(changes)
    names, found = names_of(changes), []
    for change in changes:
        row = _begun(change, names)
        row.lines += lines_of(change, names, full=full)
        found.append(row)
    return found


def lines_of(change: Changed, names: Names, *, full: bool = False) -> list[Line]:
    """The fields of one change. A row that was made or taken out says all its fields."""

    def words(name: str, value: Any) -> str:
        return value_words(change.register, name, value, names, full=full)

    if change.field not in ("", REMOVED):
        label, name = field_label(change.register, change.field), change.field
        return [Line(label, words(name, change.before), words(name, change.after))]
    before, after = change.before or {}, change.after or {}
    return [
        Line(field_label(change.register, name), words(name, before.get(name)), words(name, after.get(name)))
        for name in dict.fromkeys((*before, *after))
    ]


def field_label(register: str, name: str) -> str:
    """What a column is called: as the register's own model says, else as the history does."""
    try:
        said = str(apps.get_model("registry", register)._meta.get_field(name).verbose_name)
    except (LookupError, FieldDoesNotExist, AttributeError):
        said = ""
    return FIELDS.get(name, name) if said in ("", name) else said.removesuffix("（分）")


def value_words(register: str, name: str, value: Any, names: Names, *, full: bool = False) -> str:
    """A value of the history in words; nothing is a dash."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value_words(register, name, part, names, full=full) for part in value)
    if name.endswith("_fen"):
        return f"{show_yuan(int(value))}元"
    if name in ("unit", "relative", "user", "merged_into"):
        known = {"unit": names.units, "user": names.users}.get(name, names.persons)
        return known.get(int(value), NOTHING)
    text = str(value)
    if name in _MASKS and not full:
        return _MASKS[name](text)
    if _DAY.fullmatch(text):
        return day_text(date.fromisoformat(text))
    return _code_words(register, name, text)


def _code_words(register: str, name: str, text: str) -> str:
    if name == "balance":
        return f"{show_yuan(to_fen(text))}元"
    if name == "disease":
        return f"{diseases().get(text, '')}（{text}）"
    if name == "items":
        return item_names().get(text, text)
    if name == "relation":
        return relation_words(text)
    if name in ("end_reason", "end_why", "why"):
        return reason_words(text)
    if (register, name) in _CHOICES:
        return choices(_CHOICES[register, name]).get(text, text)
    try:
        said = apps.get_model("registry", register)._meta.get_field(name).choices
    except (LookupError, FieldDoesNotExist, AttributeError):
        return text
    return str(dict(said).get(text, text)) if said else text


def relation_words(code: str) -> str:
    """配偶, 父母 …, whichever form asked for it."""
    fields = ("agent_relation", "guardian_relation", "payee_relation")
    return next((choices(field)[code] for field in fields if code in choices(field)), code)


def reason_words(code: str) -> str:
    """Why something ended; what somebody wrote freely stays as it is."""
    return REASONS.get(code) or choices("withdrawal_reason").get(code, code)


def item_names(region: str = "") -> dict[str, str]:
    """What the guides call an entry, by its key: the region's own, where it has none that of the first that has."""
    known = effective_all()
    own = (item for item in known if item.region == region)
    return {item.item: item.name for item in (*reversed(known), *own)}


def names_of(changes: Iterable[Changed]) -> Names:
    """The names behind the keys that the changes carry, at most three reads; rows of a trial run say their own."""
    changes = list(changes)
    said = [
        value
        for change in changes
        for value in (change.before, change.after)
        if isinstance(value, dict) and change.field in ("", REMOVED)
    ]
    said += [{c.field: value} for c in changes if c.field for value in (c.before, c.after)]

    def keys(*fields: str) -> set[int]:
        return {int(row[name]) for row in said for name in fields if row.get(name)}

    persons = {c.person for c in changes if c.person} | keys("relative", "merged_into")
    units, users = {c.unit for c in changes if c.unit} | keys("unit"), keys("user")
    made = {(c.register, c.row): str((c.after or {}).get("name", "")) for c in changes if not c.field}
    return Names(
        persons=_named(Person, persons) | {pk: name for (kind, pk), name in made.items() if kind == "person"},
        units=_named(Unit, units) | {pk: name for (kind, pk), name in made.items() if kind == "unit"},
        users={user.pk: str(user) for user in get_user_model().objects.filter(pk__in=users)} if users else {},
    )


def _named(model: type[Person] | type[Unit], keys: set[int]) -> dict[int, str]:
    return dict(model._default_manager.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def _begun(change: Changed, names: Names) -> Altered:
    what = {"": "新增", REMOVED: "删除"}.get(change.field, "变更")
    if change.field == "" and change.before is not None:
        what = "变更"
    whose = names.persons.get(change.person or 0) or names.units.get(change.unit or 0, "")
    source = Source(change.source).label if change.source else ""
    title = register_name(change.register)
    return Altered(change.register, title, what, whose, change.valid_from, source)
