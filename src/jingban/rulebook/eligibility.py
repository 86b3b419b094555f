"""Do the facts of an application fulfil the conditions, and does none of the exclusions bar it?

Pure: records in, verdicts out. Nothing is guessed: what is not stated, or stated as a bare yes where
more is asked, is unknown, and a person decides.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from jingban.rulebook.eligibility_facts import (
    READERS,
    Contract,
    Event,
    LongestRun,
    MonthSpan,
    Person,
    Shape,
    read,
    read_categories,
    read_number,
)
from jingban.rulebook.schema import CATEGORIES, GROUPS, Condition, Exclusion, Period

Result = Literal["met", "unmet", "not_applicable", "excluded", "unknown"]
Facts = Mapping[str, Any]
_Answer = tuple[Result, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one record says of the facts. An exclusion that does not apply is ``met``."""

    id: str
    result: Result
    why: str
    effect: Literal["require", "reject", "restrict"] = "require"
    categories: tuple[str, ...] = field(default=())
    alternative: str | None = None  # of the verdicts with the same word here one that is met is enough


def shape(record: Condition | Exclusion) -> Shape:
    """What the record asks: ``yes_no`` is only stated, everything else is judged here."""
    if isinstance(record, Exclusion):
        return "events" if record.period is not None else "yes_no"
    if record.any_of or record.all_of:
        return "people" if record.kind == "staff" else "names"
    asked = _SHAPES.get(record.kind, "yes_no")
    return "yes_no" if asked == "names" and not _allowed(record) else asked


_SHAPES: dict[str, Shape] = {
    "operating_period": "day",
    "enrolment_months": "months",
    "staff": "people",
    "fulfils_group": "group",
    "kind_of_institution": "names",
    "enrolled_as": "names",
    "status": "names",
    "recognised_as": "names",
    "treatment": "names",
    "document_holder": "names",
}


def evaluate(records: Iterable[Condition | Exclusion], facts: Facts, on: date) -> list[Verdict]:
    """One verdict for each record, as of the day ``on``.

    A fact is looked up by the record's ``key`` (its ``fact``, else its id); None says no, or never.
    ``facts["categories"]`` are the designation categories applied for: records of others do not apply.
    """
    applied, listed = _applied(facts), tuple(records)
    found = [
        _condition(r, facts, applied, on) if isinstance(r, Condition) else _exclusion(r, facts, applied, on)
        for r in listed
    ]
    pairs = tuple(zip(listed, found, strict=True))
    return [_by_group(r, v, pairs) if r.kind == "fulfils_group" else v for r, v in pairs]


def is_open(verdicts: Iterable[Verdict]) -> bool:
    """Whether the application may be accepted as far as the stated facts say."""
    found = list(verdicts)
    fulfilled = {v.alternative for v in found if v.alternative and v.result == "met"}
    return all(
        v.result in ("met", "not_applicable")
        or v.alternative in fulfilled
        or (v.result == "excluded" and v.effect == "restrict")
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


def _applied(facts: Facts) -> frozenset[str] | None:
    """The categories applied for; None where that is not stated."""
    return read_categories(facts["categories"]) if "categories" in facts else None


def _category_names(categories: Iterable[str]) -> str:
    chosen = set(categories)
    return "、".join(name for key, name in CATEGORIES.items() if key in chosen)


# --- conditions ---------------------------------------------------------------------------------


def _condition(record: Condition, facts: Facts, applied: frozenset[str] | None, on: date) -> Verdict:
    applies, gate = _gate(record, facts, applied)
    if applies is False:
        return Verdict(
            record.id, "not_applicable", f"不适用（{gate}）：{record.text}", alternative=record.one_of
        )
    result, why = _answer(record, facts, on)
    if applies is None and result == "unmet":
        result, why = "unknown", f"{gate}：{record.text}"
    return Verdict(record.id, result, why, alternative=record.one_of)


def _gate(record: Condition, facts: Facts, applied: frozenset[str] | None) -> tuple[bool | None, str]:
    """Whether the record is asked of this applicant (None: not known), and why not."""
    gate = record.applies_when
    asked = GROUPS[record.group] if record.group else frozenset(CATEGORIES)
    if gate and gate.categories:
        asked &= frozenset(gate.categories)
    if applied is not None and not applied & asked:
        return False, f"只适用于{_category_names(asked)}"
    known: bool | None = True if applied or len(asked) == len(CATEGORIES) else None
    if gate is None or gate.fact is None or gate.at_least is None:
        return known, "未说明申请的定点类别"
    if gate.fact not in facts:
        return None, f"未说明{gate.name}"
    number = read_number(facts[gate.fact], str(gate.name))
    return (
        (known, "未说明申请的定点类别")
        if number >= gate.at_least
        else (False, f"{gate.name}不足{gate.at_least}")
    )


def _answer(record: Condition, facts: Facts, on: date) -> _Answer:
    asked, fact = shape(record), facts.get(record.key, _MISSING)
    if fact is _MISSING or asked == "group":
        return "unknown", f"未说明：{record.text}"
    if fact is None or fact is False:
        return "unmet", f"不符合：{record.text}"
    if fact is True and asked != "yes_no":
        if asked == "names" and len(_allowed(record)) == 1:
            return "met", f"符合：{record.text}"
        return "unknown", f"只答“是”，请写明{READERS[asked][1]}：{record.text}"
    given = read(asked, fact, f"“{record.text}”（{record.key}）")
    result, why = _JUDGES[asked](record, given, on)
    word = {"met": "符合", "unmet": "不符合"}.get(result, "尚不能判断")
    return result, f"{word}：{record.text}{f'（{why}）' if why else ''}"


def _yes(record: Condition, given: bool, on: date) -> _Answer:
    return ("met" if given else "unmet"), ""


def _long_enough(record: Condition, start: date, on: date) -> _Answer:
    """正式运营至少3个月：自开始运营之日起满，当日不计入."""
    least = record.at_least
    if start > on:
        return "unmet", f"{start.isoformat()}晚于{on.isoformat()}，尚未开始"
    full = last_day(
        start, Period(months=(least.months if least else None) or 0, years=least.years if least else None)
    )
    return ("met", "") if on > full else ("unmet", f"自{start.isoformat()}起，至{full.isoformat()}止未满")


def _enough_months(record: Condition, given: int | LongestRun | tuple[MonthSpan, ...], on: date) -> _Answer:
    """连续缴满12个月：断缴的不相加；所问月份以后的不计."""
    least = record.at_least
    wanted = ((least.years or 0) * 12 + (least.months or 0)) if least else 0
    if isinstance(given, int):
        enough = given >= wanted
        return (
            ("unknown", "只写总月数，未说明是否连续")
            if enough and record.continuous
            else _enough(given, wanted)
        )
    if isinstance(given, LongestRun):
        return _enough(given.longest_run, wanted)
    return _enough(_count_months(given, on, record.continuous), wanted)


def _enough(months: int, wanted: int) -> _Answer:
    return ("met" if months >= wanted else "unmet"), f"{months}个月"


def _count_months(spans: Sequence[MonthSpan], on: date, continuous: bool) -> int:
    """All months up to that of ``on``, each once; or the longest run of them."""
    total = longest = run = 0
    last = -1  # the last month counted so far
    for span in sorted(spans, key=lambda s: s.start):
        first, until = _month(span.start), min(_month(span.until), on.year * 12 + on.month - 1)
        new = until - max(first, last + 1) + 1
        if new <= 0:
            continue
        run = new + (run if first <= last + 1 else 0)
        total, longest, last = total + new, max(longest, run), until
    return longest if continuous else total


def _month(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:]) - 1


def _enough_people(record: Condition, given: int | tuple[Person, ...], on: date) -> _Answer:
    """At least so many who hold one of the licences, are registered here and have a contract in force."""
    wanted = (record.at_least.count if record.at_least else None) or 1
    if isinstance(given, int):
        asked = record.any_of or record.registered_here or record.contract
        if given >= wanted and asked:
            return "unknown", "只写人数，请逐人写明证书、注册地或劳动合同"
        return ("met" if given >= wanted else "unmet"), f"{given}人"
    fits = [_fits(record, person, on) for person in given]
    sure, possible = fits.count(True), len(fits) - fits.count(False)
    why = f"{len(fits)}人中符合的{sure}人，应至少{wanted}人"
    return ("met" if sure >= wanted else "unmet" if possible < wanted else "unknown"), why


def _fits(record: Condition, person: Person, on: date) -> bool | None:
    """None where something that is asked of each one is not stated."""
    answers: list[bool | None] = []
    if record.any_of:
        held = person.licences
        answers.append(None if held is None else bool(held & set(record.any_of)))
    if record.registered_here:
        answers.append(person.registered_here)
    if record.contract:
        contract = person.contract
        answers.append(
            bool(contract) and _in_force(contract, record.contract, on) if contract is not None else None
        )
    return False if False in answers else None if None in answers else True


def _in_force(contract: Contract | Literal[False], least: Period, on: date) -> bool:
    """劳动合同1年以上且在有效期内。首日计入，所以从前一日起算（民法典第二百零一条）."""
    if contract is False or contract.start > on:
        return False
    if contract.until is None:
        return True
    return on <= contract.until and contract.until >= last_day(contract.start - timedelta(days=1), least)


def _allowed(record: Condition) -> frozenset[str]:
    return frozenset((*record.any_of, *record.all_of, *record.of, *record.status))


def _named(record: Condition, given: frozenset[str], on: date) -> _Answer:
    """One of those allowed is enough, or all are needed; with 等 an unlisted one is for a person."""
    allowed = _allowed(record)
    if record.all_of:
        lacking = [name for name in record.all_of if name not in given]
        return ("unmet", f"缺{'、'.join(lacking)}") if lacking else ("met", "")
    if given & allowed or (given and "any" in allowed):
        return "met", ""
    if given and record.open_ended:
        return "unknown", f"所列未含{'、'.join(sorted(given))}，是否属于“等”由人核定"
    return "unmet", ""


_JUDGES: dict[Shape, Callable[[Condition, Any, date], _Answer]] = {
    "yes_no": _yes,
    "names": _named,
    "day": _long_enough,
    "months": _enough_months,
    "people": _enough_people,
}


def _by_group(
    record: Condition | Exclusion, own: Verdict, pairs: Sequence[tuple[Condition | Exclusion, Verdict]]
) -> Verdict:
    """在符合第三条要求外：what the other records of the group say together."""
    if own.result == "not_applicable" or not isinstance(record, Condition):
        return own
    others = {v.result for r, v in pairs if isinstance(r, Condition) and r.group in record.of}
    if "unmet" in others:
        return Verdict(record.id, "unmet", f"不符合：{record.text}")
    if "unknown" in others or not others:
        return Verdict(record.id, "unknown", f"尚不能判断：{record.text}")
    return Verdict(record.id, "met", f"符合：{record.text}")


# --- exclusions ---------------------------------------------------------------------------------


def _exclusion(record: Exclusion, facts: Facts, applied: frozenset[str] | None, on: date) -> Verdict:
    fact, asked = facts.get(record.key, _MISSING), shape(record)
    if fact is _MISSING:
        return Verdict(record.id, "unknown", f"未说明：{record.text}", record.effect)
    if fact is None or fact is False:
        return Verdict(record.id, "met", "无此情形", record.effect)
    if fact is True and record.period is not None:
        return Verdict(record.id, "unknown", f"未说明日期：{record.text}", record.effect)
    given = read(asked, fact, f"“{record.text}”（{record.key}）")
    if record.period is not None:
        return _dated(record, record.period, given, on)
    if record.categories:
        return _restricted(record, applied)
    return Verdict(record.id, "excluded", record.text, record.effect)


def _restricted(record: Exclusion, applied: frozenset[str] | None) -> Verdict:
    """Bars some categories; where nothing else is applied for, it bars the application."""
    barred = tuple(c for c in record.categories if applied is None or c in applied)
    if not barred:
        return Verdict(record.id, "met", "未申请受限制的定点类别", record.effect)
    effect: Literal["reject", "restrict"] = "reject" if applied and applied <= set(barred) else record.effect
    why = f"{record.text}（{_category_names(barred)}）"
    return Verdict(record.id, "excluded", why, effect, barred)


def _dated(record: Exclusion, period: Period, events: tuple[Event, ...], on: date) -> Verdict:
    """未满期间的；或已满而未履行完毕的（``and_fulfilled``）；晚于所问日的不计，由人核对."""
    unsure: str | None = None
    for event in events:
        full_after = last_day(event.on, period)
        if event.on > on:
            unsure = f"{record.text}：{event.on.isoformat()}晚于{on.isoformat()}，不计，请核对日期"
        elif on <= full_after:
            why = f"{record.text}：自{event.on.isoformat()}起，至{full_after.isoformat()}止未满"
            return Verdict(record.id, "excluded", why, record.effect)
        elif record.and_fulfilled and event.fulfilled is False:
            return Verdict(record.id, "excluded", f"{record.text}：期间已满，责任尚未履行完毕", record.effect)
        elif record.and_fulfilled and event.fulfilled is None:
            unsure = f"{record.text}：期间已满，是否履行完毕未说明"
    if unsure:
        return Verdict(record.id, "unknown", unsure, record.effect)
    return Verdict(record.id, "met", "无此情形，或期间已满", record.effect)
