"""The register of filings for care elsewhere (异地就医备案, 医保发〔2022〕22号; reference 3).

A filing is looked up by the day of admission, never by today. What changes on a day ends the spell before it and
begins a new one; a spell that never began is taken out, and the history keeps it.

Rules: a long-term filing has no end and there is one at a time; a temporary one holds for at least the months of
``offsite-temporary-months``, one of a place at a time. A long-term filing is neither changed nor ended while it
is locked. ``from`` days are the first day on which the new standing counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from jingban.registry import enrolments
from jingban.registry.changes import recorded
from jingban.registry.errors import NothingChanges, RegistryError
from jingban.registry.models import OffsiteFiling, Person
from jingban.registry.models.enrolments import Standing
from jingban.registry.offsite import PAUSED, Answer, Figures, codes, filing_for, home_of
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, contents, remove
from jingban.registry.room import refuse_closed
from jingban.registry.rules import filing as rules
from jingban.registry.words import day_text
from jingban.rulebook.figures import figures

LONG_TERM, TEMPORARY = rules.LONG_TERM, rules.TEMPORARY
PAPERS, PROMISE = "papers", "promise"
ACTIVE, ENDED, CHANGED, BROKEN = "active", "ended", "changed", "broken"

__all__ = [
    "Answer", "FilingLocked", "FilingRefused", "Wanted", "breach", "change", "end", "file", "filing_for", "pause",
    "promise_kept", "promises_due", "resume", "standing",
]  # fmt: skip


class FilingRefused(RegistryError):
    """A filing, or a change of one, that the rules do not allow."""

    code = "filing_refused"


class FilingLocked(RegistryError):
    """A long-term filing may not be changed or ended yet; ``details`` says until when."""

    code = "filing_locked"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``applied_on`` is the day of the application: approval may come later."""

    category: str
    places: tuple[str, ...]
    start_on: date
    applied_on: date
    until: date | None = None
    basis: str = PAPERS
    admitted_on: date | None = None

    @property
    def group(self) -> str:
        return rules.GROUPS[self.category]


def standing(person: Person, group: str, day: date) -> list[OffsiteFiling]:
    """The spells of a group that cover the day or begin later, paused ones included."""
    return list(person.filings.touching(day, None).filter(group=group).order_by("start_on", "id"))


def file(origin: Origin, person: Person, wanted: Wanted) -> list[OffsiteFiling]:
    """File for care elsewhere: one long-term filing, or a temporary one for each place."""
    book = figures(origin.region)
    return _filed(origin, person, _checked(origin, person, wanted, book), book)


def _filed(origin: Origin, person: Person, wanted: Wanted, book: Figures) -> list[OffsiteFiling]:
    made = []
    for places in [wanted.places] if wanted.group == LONG_TERM else [(p,) for p in wanted.places]:
        _refuse_overlap(person, wanted, places, book)
        made.append(_made(origin, person, wanted, places, book))
    return made


def change(origin: Origin, person: Person, wanted: Wanted) -> list[OffsiteFiling]:
    """Put other places, or another category, in the stead of what is filed, from ``start_on`` on.

    A temporary filing is changed as a whole: what is filed of the category, and for the same places under another,
    gives way to the new.
    """
    book = figures(origin.region)
    wanted = _checked(origin, person, wanted, book)
    old = _to_change(person, wanted)
    _refuse_early(wanted.start_on, wanted.applied_on)
    before = {(f.category, place) for f in old for place in f.places}
    if before == {(wanted.category, place) for place in wanted.places}:
        raise NothingChanges("变更后的就医地和备案类型与现在的一样，不用变更。", field="places")
    for spell in old:
        _refuse_locked(spell, wanted.start_on)
        _shorten(origin, spell, wanted.start_on, CHANGED)
    return _filed(origin, person, wanted, book)


def pause(origin: Origin, person: Person, wanted: Wanted) -> list[OffsiteFiling]:
    """Let a filing rest from ``start_on`` on."""
    return _turned(origin, person, wanted, ACTIVE, PAUSED)


def resume(origin: Origin, person: Person, wanted: Wanted) -> list[OffsiteFiling]:
    """Let a paused filing count again from ``start_on`` on."""
    return _turned(origin, person, wanted, PAUSED, ACTIVE)


def end(origin: Origin, person: Person, wanted: Wanted) -> list[OffsiteFiling]:
    """End a filing: it no longer counts from ``start_on`` on."""
    chosen = _chosen(person, wanted, (ACTIVE, PAUSED), figures(origin.region))
    _refuse_early(wanted.start_on, wanted.applied_on)
    for spell in chosen:
        _refuse_locked(spell, wanted.start_on)
        _shorten(origin, spell, wanted.start_on, ENDED)
    return chosen


def breach(origin: Origin, filing: OffsiteFiling, on: date, why: str) -> str:
    """Break a filing whose promise was not kept or proved untrue, from that day on; says what follows from it."""
    if filing.basis != PROMISE:
        raise FilingRefused("这项备案不是凭个人承诺书办理的，不能按违反承诺处理；不再符合条件的请办理终止。")
    if filing.status not in (ACTIVE, PAUSED):
        raise FilingRefused("这项备案已经终止或变更，不用再处理承诺。")
    recorded(origin, filing, field="broken_why", after=why, valid_from=on)
    for spell in filing.person.filings.touching(on, None).filter(slot=filing.slot).order_by("start_on"):
        _shorten(origin, spell, on, BROKEN)
    return (
        f"个人承诺没有按期核实或与事实不符（{why}），备案自{day_text(on)}起失效；"
        "从这一天起异地就医按未备案办理。确实长期异地居住的，可以凭证明材料重新备案。"
    )


def promise_kept(origin: Origin, filing: OffsiteFiling) -> OffsiteFiling:
    """The proof came or was found by data sharing: the filing stands on papers from now on."""
    if filing.basis != PROMISE or filing.status not in (ACTIVE, PAUSED):
        raise FilingRefused("这项备案没有待核实的承诺，不用办理。")
    recorded(origin, filing, field="basis", before=PROMISE, after=PAPERS, valid_from=origin.day)
    due = filing.promise_due
    recorded(origin, filing, field="promise_due", before=due and due.isoformat(), valid_from=origin.day)
    filing.basis, filing.promise_due = PAPERS, None
    filing.save(update_fields=["basis", "promise_due"])
    return filing


def promises_due(region: str, day: date, limit: int | None = None) -> list[OffsiteFiling]:
    """Filings on a promise that was to be checked by the day, the oldest first, no further than ``limit``: a work list."""
    waiting = OffsiteFiling.objects.touching(day, None).filter(
        region=region, promise_due__lte=day, status__in=(ACTIVE, PAUSED)
    )
    return list(waiting.select_related("person").order_by("promise_due", "id")[:limit])


def _checked(origin: Origin, person: Person, wanted: Wanted, book: Figures) -> Wanted:
    """The same with places as they are filed, or what is wrong with it."""
    day, home = wanted.applied_on, home_of(origin.region)
    whole = codes(book, "offsite-whole-provinces", day)
    for code in wanted.places:
        if code[:2] not in rules.PROVINCES:
            raise FilingRefused(f"“{code}”不是内地的行政区划代码，请核对就医地。", field="places")
        if rules.is_home(code, home, whole):
            raise FilingRefused(f"“{code}”就在参保地，在参保地就医不用备案；请核对就医地。", field="places")
    _check_days(wanted, book)
    refuse_closed(person, "异地就医备案")
    spell = enrolments.required_on(person, wanted.start_on)
    if spell.standing == Standing.SUSPENDED:
        raise FilingRefused(
            f"{person.name}自{day_text(spell.start_on)}起暂停参保，不能备案；请先办理恢复参保。"
        )
    places = tuple(dict.fromkeys(rules.filing_place(code, whole) for code in wanted.places))
    return replace(wanted, places=places)


def _example(book: Figures, name: str, day: date) -> str:
    return "（示例值）" if book[name].status_at(day) == "illustrative" else ""


def _check_days(wanted: Wanted, book: Figures) -> None:
    start, applied, admitted = wanted.start_on, wanted.applied_on, wanted.admitted_on
    before = int(book["offsite-days-before-admission"].at(applied))
    if not rules.starts_fitly(start, applied=applied, admitted=admitted, before_admission=before):
        raise FilingRefused(
            f"备案从{day_text(applied)}申请之日起办理，不能早于这一天；已经住院的请填写入院日期，"
            f"备案可从入院日期或之前{before}日{_example(book, 'offsite-days-before-admission', applied)}起。",
            field="from_date",
        )
    ahead = int(book["offsite-ahead-months"].at(applied))
    if start > rules.last_day(applied, ahead):
        shown = _example(book, "offsite-ahead-months", applied)
        raise FilingRefused(f"备案最多提前{ahead}个月{shown}办理，请核对起始日期的年份。", field="from_date")
    if wanted.until is not None and wanted.until < start:
        raise FilingRefused("截止日期早于起始日期，请核对。", field="until_date")
    if wanted.group == LONG_TERM:
        if wanted.until is not None:
            raise FilingRefused(
                "长期备案没有截止日期，不再在异地居住时办理终止；请不要填写截止日期。", field="until_date"
            )
        return
    strict = book["offsite-start-at-admission"].text_at(applied) == "yes"
    if strict and admitted is not None and not 0 <= (admitted - start).days <= before:
        raise FilingRefused(
            f"临时外出就医备案的起始日期应是入院日期（{day_text(admitted)}）当天或前{before}日，请核对。",
            field="from_date",
        )


def _refuse_overlap(person: Person, wanted: Wanted, places: tuple[str, ...], book: Figures) -> None:
    """One long-term filing at a time; no temporary one for a place that is filed already."""
    last = None if wanted.group == LONG_TERM else _last_day(wanted, book)
    for old in person.filings.touching(wanted.start_on, last).order_by("start_on", "id"):
        if old.group == wanted.group == LONG_TERM:
            raise FilingRefused(
                f"{person.name}自{day_text(old.start_on)}起已有长期备案（{'、'.join(old.places)}），"
                "同时只能有一项；去别处长期居住的，请办理变更。",
                filing=old.pk,
            )
        if wanted.group == TEMPORARY and _blocks(old, places[0]):
            until = f"至{day_text(old.end_on)}" if old.end_on else "起长期有效"
            raise FilingRefused(
                f"到“{places[0]}”的备案已经办过，自{day_text(old.start_on)}{until}，期内可以多次就医，不用再备案；"
                "已暂停的办理恢复，备案类型不同的办理变更。",
                filing=old.pk,
            )


def _blocks(old: OffsiteFiling, place: str) -> bool:
    """Whether a filing makes a temporary one for the place needless; a paused long-term one does not."""
    if old.group == LONG_TERM and old.status == PAUSED:
        return False
    return any(rules.covers(filed, place) for filed in old.places)


def _last_day(wanted: Wanted, book: Figures) -> date:
    months = int(book["offsite-temporary-months"].at(wanted.applied_on))
    least = rules.last_day(wanted.start_on, months)
    return max(least, wanted.until) if wanted.until else least


def _made(
    origin: Origin, person: Person, wanted: Wanted, places: tuple[str, ...], book: Figures
) -> OffsiteFiling:
    long_term = wanted.group == LONG_TERM
    promised = long_term and wanted.basis == PROMISE
    day = wanted.applied_on
    due = rules.last_day(day, int(book["offsite-promise-months"].at(day))) if promised else None
    locked = rules.last_day(wanted.start_on, int(book["offsite-lock-months"].at(day))) if long_term else None
    return _spell(
        origin,
        person=person,
        slot=0 if long_term else int(places[0]),
        start_on=wanted.start_on,
        end_on=None if long_term else _last_day(wanted, book),
        group=wanted.group,
        category=wanted.category,
        places=list(places),
        basis=PROMISE if promised else PAPERS,
        promise_due=due,
        locked_until=locked,
    )


def _spell(origin: Origin, **columns: Any) -> OffsiteFiling:
    made = OffsiteFiling.objects.create(**{**origin.columns(), **columns})
    recorded(origin, made, after=contents(made))
    return made


def _to_change(person: Person, wanted: Wanted) -> list[OffsiteFiling]:
    """What gives way: the long-term filing, or the temporary ones of the category or for the same places."""
    old = standing(person, wanted.group, wanted.start_on)
    if wanted.group == TEMPORARY:
        named = set(wanted.places)
        old = [f for f in old if f.category == wanted.category or named & set(f.places)]
    if not old:
        raise FilingRefused(
            f"{person.name}在{day_text(wanted.start_on)}没有可以变更的备案，请办理新备案。",
            field="offsite_operation",
        )
    if paused := next((f for f in old if f.status == PAUSED), None):
        raise FilingRefused(f"备案自{day_text(paused.start_on)}起暂停，请先办理恢复，再变更。")
    return old


_NOTHING = {ACTIVE: "有效的备案可以暂停", PAUSED: "暂停的备案可以恢复"}


def _chosen(person: Person, wanted: Wanted, status: tuple[str, ...], book: Figures) -> list[OffsiteFiling]:
    """The spells that are meant: the long-term one, or the temporary ones of the places named."""
    found = [f for f in standing(person, wanted.group, wanted.start_on) if f.status in status]
    if not found:
        what = "备案可以终止" if len(status) > 1 else _NOTHING[status[0]]
        raise FilingRefused(
            f"{person.name}在{day_text(wanted.start_on)}没有{what}，请核对业务类型和日期。",
            field="offsite_operation",
        )
    if wanted.group == LONG_TERM:
        return found
    whole = codes(book, "offsite-whole-provinces", wanted.applied_on)
    places = {rules.filing_place(code, whole) for code in wanted.places}
    if chosen := [f for f in found if places & set(f.places)]:
        return chosen
    filed = "、".join(p for f in found for p in f.places)
    raise FilingRefused(f"没有到所填就医地的临时备案；现在备案的就医地是{filed}，请核对。", field="places")


def _turned(origin: Origin, person: Person, wanted: Wanted, old: str, new: str) -> list[OffsiteFiling]:
    """End the spells the day before and go on from the day in the other standing, to the same end."""
    chosen = _chosen(person, wanted, (old,), figures(origin.region))
    _refuse_early(wanted.start_on, wanted.applied_on)
    return [_gone_on(origin, spell, max(wanted.start_on, spell.start_on), new) for spell in chosen]


def _gone_on(origin: Origin, spell: OffsiteFiling, on: date, status: str) -> OffsiteFiling:
    """The spell from the day on in another standing; one that had not begun only changes its standing."""
    if on <= spell.start_on:
        _marked(origin, spell, status, on)
        return spell
    until = spell.end_on
    _ended(origin, spell, on)
    return _spell(
        origin,
        person=spell.person,
        slot=spell.slot,
        start_on=on,
        end_on=until,
        group=spell.group,
        category=spell.category,
        places=spell.places,
        basis=spell.basis,
        promise_due=spell.promise_due,
        locked_until=spell.locked_until,
        status=status,
    )


def _shorten(origin: Origin, spell: OffsiteFiling, on: date, status: str) -> None:
    """Let a spell count no longer from the day on; one that would have no day is taken out.

    A spell that was paused stays so for its days, whatever ends it.
    """
    if on <= spell.start_on:
        remove(origin, spell, status)
        return
    if spell.status != PAUSED:
        _marked(origin, spell, status, on)
    _ended(origin, spell, on)


def _marked(origin: Origin, spell: OffsiteFiling, status: str, on: date) -> None:
    recorded(origin, spell, field="status", before=spell.status, after=status, valid_from=on)
    spell.status = status
    spell.save(update_fields=["status"])


def _ended(origin: Origin, spell: OffsiteFiling, on: date) -> None:
    before, spell.end_on = spell.end_on, on - DAY
    spell.save(update_fields=["end_on"])
    recorded(
        origin, spell, field="end_on", before=before and before.isoformat(), after=spell.end_on.isoformat(),
        valid_from=on,
    )  # fmt: skip


def _refuse_early(on: date, applied: date) -> None:
    if on < applied:
        raise FilingRefused(
            f"变更、暂停、恢复和终止从{day_text(applied)}申请之日起办理，不能追溯到以前；请改日期。",
            field="from_date",
        )


def _refuse_locked(spell: OffsiteFiling, on: date) -> None:
    if spell.locked_until is not None and on <= spell.locked_until:
        raise FilingLocked(
            f"长期备案自{day_text(spell.start_on)}起办理，{day_text(spell.locked_until)}以前不能变更或终止；"
            f"请在{day_text(spell.locked_until + DAY)}以后办理，期间可以办理暂停。",
            until=spell.locked_until.isoformat(),
        )
