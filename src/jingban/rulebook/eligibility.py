"""Do the facts of an application fulfil the conditions, and does none of the exclusions bar it?

Pure: records in, verdicts out. Nothing is guessed: what is not stated is unknown, and a person decides.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from jingban.rulebook.schema import Condition, Exclusion, Period

Result = Literal["met", "unmet", "excluded", "unknown"]
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one record says of the facts. An exclusion that does not apply is ``met``."""

    id: str
    result: Result
    why: str
    effect: Literal["require", "reject", "restrict"] = "require"
    categories: tuple[str, ...] = field(default=())
    alternative: str | None = None  # of the verdicts with the same word here one that is met is enough


@dataclass(frozen=True, slots=True)
class Event:
    """Something dated that an exclusion counts from, and whether the liability has been fulfilled."""

    on: date
    fulfilled: bool | None = None


def evaluate(
    records: Iterable[Condition | Exclusion], facts: Facts, on: date, groups: Collection[str] | None = None
) -> list[Verdict]:
    """One verdict for each record, as of the day ``on``.

    Facts are looked up by the record's id first, then by its kind: a date, a number, a truth value,
    an ``Event`` (or a list of them); ``None`` says that it never happened. ``groups`` are those applied
    for (普通门诊、门诊慢特病、体检 …); records of other groups are left out. None asks for all.
    """
    def asked(record: Condition | Exclusion) -> bool:
        always = groups is None or record.group is None or record.kind in _ALTERNATIVES
        return always or record.group in (groups or ())

    return [
        _condition(r, facts, on) if isinstance(r, Condition) else _exclusion(r, facts, on)
        for r in records if asked(r)
    ]


def is_open(verdicts: Iterable[Verdict]) -> bool:
    """Whether the application may be accepted as far as the stated facts say."""
    found = list(verdicts)
    fulfilled = {v.alternative for v in found if v.alternative and v.result == "met"}
    return all(
        v.result == "met" or v.alternative in fulfilled or (v.result == "excluded" and v.effect == "restrict")
        for v in found
    )


def last_day(start: date, period: Period) -> date:
    """The last day of a period: the corresponding day, or the month's last (民法典第二百零二条).

    The day of the event does not count (第二百零一条), so the period is full only when this day is over.
    """
    months = start.year * 12 + start.month - 1 + (period.years or 0) * 12 + (period.months or 0)
    year, month = divmod(months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=period.days or 0)


_MISSING = object()
_ALTERNATIVES = frozenset({"kind_of_institution"})  # 六类机构和互联网医院，属于其一即可


def _fact(record: Condition | Exclusion, facts: Facts) -> Any:
    return facts[record.id] if record.id in facts else facts.get(record.kind, _MISSING)


def _condition(record: Condition, facts: Facts, on: date) -> Verdict:
    fact, other = _fact(record, facts), record.kind if record.kind in _ALTERNATIVES else None
    if fact is _MISSING:
        return Verdict(record.id, "unknown", f"未说明：{record.text}", alternative=other)
    met = _JUDGES.get(record.kind, _truth)(record, fact, on)
    why = f"{'符合' if met else '不符合'}：{record.text}"
    return Verdict(record.id, "met" if met else "unmet", why, alternative=other)


def _truth(record: Condition, fact: Any, on: date) -> bool:
    return fact is True


def _long_enough(record: Condition, fact: Any, on: date) -> bool:
    """正式运营至少3个月：自开始运营之日起满，当日不计入."""
    least = record.at_least
    if fact is None or least is None:
        return False
    return on > last_day(_day(fact), Period(months=least.months, years=least.years or 0))


def _enough_months(record: Condition, fact: Any, on: date) -> bool:
    least = record.at_least
    wanted = ((least.years or 0) * 12 + (least.months or 0)) if least else 0
    return fact is not None and int(fact) >= wanted


def _enough_staff(record: Condition, fact: Any, on: date) -> bool:
    """The number of those named in ``of`` together; without numbers, whether there is somebody."""
    if fact is None or isinstance(fact, bool):
        return fact is True
    wanted = (record.at_least.count if record.at_least else None) or 1
    if isinstance(fact, Mapping):
        return sum(int(n) for who, n in fact.items() if not record.of or who in record.of) >= wanted
    return int(fact) >= wanted


def _one_of(record: Condition, fact: Any, on: date) -> bool:
    """The fact names what the applicant is or holds; one of those allowed is enough."""
    allowed = {*record.of, *record.any_of, *record.status}
    given = {fact} if isinstance(fact, str) else set(fact) if isinstance(fact, list | tuple | set) else None
    if given is None or not allowed:
        return fact is True
    return bool(given) if "any" in allowed else bool(given & allowed)


_JUDGES: dict[str, Callable[[Condition, Any, date], bool]] = {
    "operating_period": _long_enough,
    "enrolment_months": _enough_months,
    "staff": _enough_staff,
    "kind_of_institution": _one_of,
    "licence": _one_of,
    "enrolled_as": _one_of,
    "status": _one_of,
    "recognised_as": _one_of,
    "treatment": _one_of,
    "document_holder": _one_of,
}


def _exclusion(record: Exclusion, facts: Facts, on: date) -> Verdict:
    fact = _fact(record, facts)
    if fact is _MISSING:
        return Verdict(record.id, "unknown", f"未说明：{record.text}", record.effect)
    if record.kind == "restricted_categories":
        return _restricted(record, fact)
    if record.period is not None and not isinstance(fact, bool):
        return _dated(record, record.period, fact, on)
    if fact is True and record.period is not None:
        return Verdict(record.id, "unknown", f"未说明日期：{record.text}", record.effect)
    if fact is True:
        return Verdict(record.id, "excluded", record.text, record.effect)
    return Verdict(record.id, "met", "无此情形", record.effect)


def _restricted(record: Exclusion, fact: Any) -> Verdict:
    given = {fact} if isinstance(fact, str) else set(fact or ()) if not isinstance(fact, bool) else set()
    barred = tuple(c for c in record.categories if c in given) or (record.categories if fact is True else ())
    if not barred:
        return Verdict(record.id, "met", "无此情形", record.effect)
    return Verdict(record.id, "excluded", f"{record.text}（{'、'.join(barred)}）", record.effect, barred)


def _dated(record: Exclusion, period: Period, fact: Any, on: date) -> Verdict:
    """未满期间的；或已满而未履行完毕的（``and_fulfilled``）."""
    events = fact if isinstance(fact, list | tuple) else () if fact is None else (fact,)
    open_question: Verdict | None = None
    for event in (e if isinstance(e, Event) else Event(_day(e)) for e in events):
        full_after = last_day(event.on, period)
        if on <= full_after:
            why = f"{record.text}：自{event.on.isoformat()}起，至{full_after.isoformat()}止未满"
            return Verdict(record.id, "excluded", why, record.effect)
        if record.and_fulfilled and event.fulfilled is False:
            return Verdict(record.id, "excluded", f"{record.text}：期间已满，责任尚未履行完毕", record.effect)
        if record.and_fulfilled and event.fulfilled is None:
            why = f"{record.text}：期间已满，是否履行完毕未说明"
            open_question = Verdict(record.id, "unknown", why, record.effect)
    return open_question or Verdict(record.id, "met", "无此情形，或期间已满", record.effect)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
