"""Finding people for a desk: by number, name, initials, unit or place; one page is one or two indexed reads.

Always within one region, fifty rows a page, by keyset and without COUNT. The caller has asked ``may`` and told the
audit before: the rows show names and masked numbers. People who were merged into another row are found by their old
numbers, as the row that goes on. How and why: ``docs/algorithms/registers.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection

from jingban.core.checkdigit import is_valid
from jingban.core.identifiers import mask_id, plain
from jingban.core.names import MIDDLE_DOT
from jingban.registry.errors import RegistryError
from jingban.registry.models import Enrolment, IdentityDocument, Insurance
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.sealing import number_digest, unsealed

PAGE = 50
MORE = PAGE + 1
"""One row more is read than is shown: that there is one says that a further page exists."""
KINDS = (*(f"{n:02d}" for n in range(1, 17)), "90", "99")
"""psn_cert_type (reference 7.5): a number is looked for as each of them."""
By = Literal["number", "name", "initials", "unit", "place"]


class NothingToSearch(RegistryError):
    """No text, or one that this search cannot use."""

    code = "nothing_to_search"


@dataclass(frozen=True, slots=True)
class Found:
    """A person as a list shows him: the number masked, the standing of the day (blank: not enrolled)."""

    id: int
    name: str
    number: str
    born_on: date
    died_on: date | None
    insurance: str
    kind: str
    standing: str
    unit: str

    @property
    def state(self) -> str:
        """The standing in words: 城乡居民基本医疗保险 成年居民 正常参保."""
        if self.died_on is not None:
            return "已登记死亡"
        if not self.standing:
            return "未参保"
        return f"{Insurance(self.insurance).label} {Kind(self.kind).label} {Standing(self.standing).label}"


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit to choose from."""

    id: int
    name: str
    credit_code: str
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Page:
    """People, or several units to choose from; ``next`` is what the following page is asked by, blank at the end."""

    by: By
    rows: tuple[Found, ...] = ()
    units: tuple[FoundUnit, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    """How a database compares texts by code point, in the order of the search indexes, whatever its locale is."""

    least: str
    after: str
    below: str
    sort: str


_ORDERS = {
    "postgresql": _Order("~>=~", "~>~", "~<~", "USING ~<~"),
    "sqlite": _Order(">=", ">", "<", ""),
}

# A page gives id, mark, name, born_on, died_on of at most PAGE + 1 people; the joins are by key.
_LIGHT = """
SELECT k.id, k.mark, k.name, k.born_on, k.died_on,
  (SELECT d.number FROM registry_identitydocument d WHERE d.person_id = k.id AND d.end_on IS NULL ORDER BY d.kind LIMIT 1),
  e.insurance, e.kind, e.standing, u.name
FROM ({page}) k
LEFT JOIN registry_enrolment e ON e.person_id = k.id AND e.slot = 0 AND e.start_on <= %s
  AND (e.end_on IS NULL OR e.end_on >= %s)
LEFT JOIN registry_unit u ON u.id = e.unit_id"""
_BEGINS = """
SELECT id, {column} AS mark, name, born_on, died_on FROM registry_person
WHERE region = %s AND {column} {least} %s AND {column} {below} %s AND merged_into_id IS NULL
ORDER BY {column} {sort}, id LIMIT {more}"""
_EXACT = """
SELECT id, {column} AS mark, name, born_on, died_on FROM registry_person
WHERE region = %s AND {column} = %s AND id > %s AND merged_into_id IS NULL
ORDER BY id LIMIT {more}"""
_OF_PLACE = """
SELECT id, '' AS mark, name, born_on, died_on FROM registry_person
WHERE region = %s AND place = %s AND NOT (place = '') AND id > %s AND merged_into_id IS NULL
ORDER BY id LIMIT {more}"""
_OF_UNIT = """
SELECT p.id, '' AS mark, p.name, p.born_on, p.died_on
FROM registry_enrolment s JOIN registry_person p ON p.id = s.person_id
WHERE s.unit_id = %s AND s.region = %s AND s.person_id > %s AND s.slot = 0 AND s.start_on <= %s
  AND (s.end_on IS NULL OR s.end_on >= %s)
ORDER BY s.person_id LIMIT {more}"""
_OF_UNIT_NAMED = """
SELECT p.id, '' AS mark, p.name, p.born_on, p.died_on
FROM registry_enrolment s JOIN registry_person p ON p.id = s.person_id
WHERE s.unit_id = %s AND s.region = %s AND s.slot = 0 AND s.start_on <= %s AND (s.end_on IS NULL OR s.end_on >= %s)
  AND p.{column} {least} %s AND p.{column} {below} %s
ORDER BY s.person_id LIMIT {more}"""
# From a row to the one that it was merged into, and on.
_GOES_ON = """
WITH RECURSIVE h (id, into_id) AS (
  {first}
  UNION SELECT q.id, q.merged_into_id FROM h JOIN registry_person q ON q.id = h.into_id)
SELECT p.id, '' AS mark, p.name, p.born_on, p.died_on
FROM h JOIN registry_person p ON p.id = h.id WHERE h.into_id IS NULL"""
_HOLDERS = """SELECT q.id, q.merged_into_id FROM registry_identitydocument d JOIN registry_person q ON q.id = d.person_id
  WHERE d.digest IN ({marks}) AND d.region = %s"""
_BY_ID = "SELECT id, merged_into_id FROM registry_person WHERE id = %s AND region = %s"
_UNIT_BEGINS = """
SELECT id, name, credit_code, end_on FROM registry_unit
WHERE region = %s AND name {least} %s AND name {below} %s ORDER BY name {sort}, id LIMIT {more}"""
_UNIT_CODE = """
SELECT id, name, credit_code, end_on FROM registry_unit
WHERE region = %s AND credit_code = %s ORDER BY COALESCE(end_on, '9999-12-31') DESC LIMIT {more}"""


def search(region: str, text: str, *, day: date, after: str = "") -> Page:
    """What is meant is told by the form of the text: a number, initials, or a name or its beginning.

    ``day`` is that of the standing; ``after`` is the ``next`` of the page before. Raises NothingToSearch.
    """
    by = _cursor(after)[0] if after else kind_of(text)
    if by == "number":
        return by_number(region, text, day=day)
    if by == "initials":
        page = by_initials(region, text, day=day, after=after)
        if page.rows or after:
            return page
    return by_name(region, text, day=day, after=after)


def kind_of(text: str) -> By:
    """18 signs, or letters with digits, are a number; letters A to Z alone are initials; the rest is a name."""
    signs = plain(text)
    if not signs:
        raise NothingToSearch("请输入姓名、姓名首字母或证件号码。")
    if signs.isascii() and any(sign.isdigit() for sign in signs):
        return "number"
    return "initials" if re.fullmatch("[A-Z]{1,32}", signs) else "name"


def by_number(region: str, text: str, *, day: date) -> Page:
    """Who holds or held a document with this number, of whatever kind; or bears it as 个人编号 (20 digits)."""
    number = plain(text)
    if not number:
        raise NothingToSearch("请输入证件号码。")
    if len(number) == 20 and is_valid(number):
        return Page("number", _people(region, day, _BY_ID, [int(number[:-1]), region]))
    digests = [number_digest(kind, number) for kind in KINDS]
    holders = _HOLDERS.format(marks=", ".join(["%s"] * len(digests)))
    return Page("number", _people(region, day, holders, [*digests, region]))


def by_name(region: str, text: str, *, day: date, after: str = "", exact: bool = False) -> Page:
    """Names that are this or begin with it, the shorter first."""
    name = re.sub("[•‧∙⋅・．]", MIDDLE_DOT, text.strip())
    if not name:
        raise NothingToSearch("请输入姓名或姓名的开头。")
    return _begins(region, "name", name, day, after, exact=exact)


def by_initials(region: str, text: str, *, day: date, after: str = "", exact: bool = False) -> Page:
    """Names whose pinyin initials are these or begin with them: ZXF finds 张小凤."""
    letters = plain(text)
    if not letters:
        raise NothingToSearch("请输入姓名首字母，例如 ZXF。")
    return _begins(region, "initials", letters, day, after, exact=exact)


def by_unit(region: str, text: str, *, day: date, after: str = "") -> Page:
    """Who is enrolled at the unit on the day; where the name is the beginning of several, the units to choose from."""
    found = units(region, text)
    same = [unit for unit in found if text.strip() in (unit.name, unit.credit_code)]
    chosen = same if len(same) == 1 else found
    if len(chosen) == 1:
        return of_unit(region, chosen[0].id, day=day, after=after)
    return Page("unit", units=found)


def of_unit(region: str, unit_id: int, *, day: date, after: str = "") -> Page:
    """Who is enrolled at the unit on the day, in the order of registration."""
    last = _cursor(after)[1] if after else 0
    on = _day(day)
    return _page("unit", _read(region, day, _OF_UNIT.format(more=MORE), [unit_id, region, last, on, on]))


def in_unit(region: str, unit_id: int, text: str, *, day: date) -> Page:
    """The same, only those whom the text means: a number, or the beginning of a name or of its initials; one page."""
    by = kind_of(text)
    if by == "number":
        found = by_number(region, text, day=day).rows
        here = Enrolment.objects.on(day).filter(unit=unit_id, person__in=[row.id for row in found])
        ids = set(here.values_list("person_id", flat=True))
        return Page("unit", tuple(row for row in found if row.id in ids))
    on, said = _day(day), plain(text) if by == "initials" else text.strip()
    sql = _ordered(_OF_UNIT_NAMED, column=by)
    return Page(
        "unit", _page("unit", _read(region, day, sql, [unit_id, region, on, on, said, _beyond(said)])).rows
    )


def by_place(region: str, place: str, *, day: date, after: str = "") -> Page:
    """The people of a village or community, enrolled or not, in the order of registration."""
    if not place.strip():
        raise NothingToSearch("请选择村（社区）。")
    last = _cursor(after)[1] if after else 0
    return _page("place", _read(region, day, _OF_PLACE.format(more=MORE), [region, place.strip(), last]))


def units(region: str, text: str) -> tuple[FoundUnit, ...]:
    """Units by code, or whose names begin with the text; at most a page of them."""
    said = text.strip()
    if not said:
        raise NothingToSearch("请输入单位名称的开头，或统一社会信用代码。")
    if re.fullmatch("[0-9A-Z]{18}", plain(said)):
        rows = _execute(_UNIT_CODE.format(more=MORE), [region, plain(said)])
    else:
        sql = _ordered(_UNIT_BEGINS)
        rows = _execute(sql, [region, said, _beyond(said)])
    return tuple(FoundUnit(pk, name, code, ended and _as_day(ended)) for pk, name, code, ended in rows[:PAGE])


def as_of(person_id: int, day: date) -> Enrolment | None:
    """The spell of a person that covers the day, suspended ones included, with its unit: one indexed read."""
    spell = (
        Enrolment.objects.filter(person_id=person_id, slot=0, start_on__lte=day)
        .select_related("unit")
        .order_by("-start_on")
        .first()
    )
    return spell if spell is not None and (spell.end_on is None or spell.end_on >= day) else None


_Row = tuple[int, str, Found]


def _begins(region: str, column: str, text: str, day: date, after: str, *, exact: bool) -> Page:
    """First what is left of the value where the page before ended, then what follows it."""
    by: By = "name" if column == "name" else "initials"
    _, last, mark = _cursor(after) if after else (by, 0, text)
    rows: list[_Row] = []
    if after or exact:
        rows = _read(region, day, _EXACT.format(column=column, more=MORE), [region, mark, last])
    if not exact and len(rows) < MORE:
        order = _ORDERS[connection.vendor]
        sql = _ordered(_BEGINS, column=column, least=order.after if after else order.least)
        rows += _read(region, day, sql, [region, mark, _beyond(text)])
    return _page(by, rows)


def _page(by: By, rows: Sequence[_Row]) -> Page:
    shown = rows[:PAGE]
    following = f"{by}:{shown[-1][0]}:{shown[-1][1]}" if len(rows) > PAGE else ""
    return Page(by, tuple(found for _, _, found in shown), next=following)


def _people(region: str, day: date, first: str, values: Sequence[Any]) -> tuple[Found, ...]:
    rows = _read(region, day, _GOES_ON.format(first=first), values)
    return tuple(found for _, _, found in rows)


def _read(region: str, day: date, page: str, values: Sequence[Any]) -> list[_Row]:
    on = _day(day)
    found = _execute(_LIGHT.format(page=page), [*values, on, on])
    rows = [(columns[0], columns[1], _found(region, *columns)) for columns in found]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _found(
    region: str, pk: int, mark: str, name: str, born: Any, died: Any, number: Any, *rest: Any
) -> Found:
    insurance, kind, standing, unit = (text or "" for text in rest)
    masked = mask_id(unsealed(IdentityDocument(region=region, number=number), "number")) if number else ""
    return Found(pk, name, masked, _as_day(born), died and _as_day(died), insurance, kind, standing, unit)


def _ordered(sql: str, **rest: str) -> str:
    order = _ORDERS[connection.vendor]
    return sql.format(
        **{"least": order.least, "below": order.below, "sort": order.sort, "more": MORE, **rest}
    )


def _beyond(text: str) -> str:
    """The first text, by code points, that does not begin with this one."""
    code = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if 0xD800 <= code < 0xE000 else min(code, 0x10FFFF))


def _cursor(after: str) -> tuple[By, int, str]:
    found = re.fullmatch(r"(number|name|initials|unit|place):(\d{1,18}):(.*)", after, re.S)
    if found is None:
        raise NothingToSearch("这一页的地址不完整，请从第一页重新查询。")
    by: Any = found[1]
    return by, int(found[2]), found[3]


def _execute(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _as_day(value: date | str) -> date:
    """SQLite gives days back as texts."""
    return date.fromisoformat(value) if isinstance(value, str) else value
