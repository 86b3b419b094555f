"""The letters of a region and of a case, and one of them, as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from jingban.access.models import User
from jingban.access.service import READ, Actor, On, may
from jingban.cases.models import Case, Message
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.exchange.service import (
    WANTED,
    Letter,
    Money,
    State,
    awaited,
    body_of,
    may_receive,
    may_see_stray,
    may_settle,
    money_of,
    money_to_look_at,
    to_look_at,
    unwritten,
)
from jingban.portals import book
from jingban.portals.desk.mail import wording
from jingban.portals.desk.mail.fields import CONTACT, FUNDS, LETTERS, SHEET
from jingban.rulebook import publish

PAGE = 50
SENDER = {CONTACT: "transferee", SHEET: "transferor", FUNDS: "transferor"}
"""Which office of a letter wrote it."""
NEXT = {
    State.WAITING: "等待自动送达",
    State.PAPER: "打印后挂号寄出，再登记编号",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A letter in a list; nothing personal in it."""

    pk: int
    title: str
    way: str
    number: str
    party: str
    state: str
    words: str
    day: datetime
    case: str
    is_open: bool
    """Whether somebody still has to see to it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Letters of which the same is to be done."""

    title: str
    hint: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A letter that a case has sent and that could not be written yet."""

    title: str
    why: str
    case: str


@dataclass(frozen=True, slots=True)
class CaseMail:
    """The letters of a case, and what may be registered for it."""

    rows: tuple[Row, ...] = ()
    unwritten: tuple[Unwritten, ...] = ()
    asks_place: bool = False
    money: Money | None = None
    """Where its money is short, or for nobody."""
    forms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter, to read, to print, and to see to."""

    row: Row
    sections: tuple[wording.Section, ...]
    opening: str
    sender: str
    day: date | None
    facts: tuple[tuple[str, str], ...]
    full: bool
    is_paper: bool
    can_post: bool
    can_settle: bool
    money: str = ""
    """The case whose money is still to be seen to."""


def regions(actor: Actor) -> tuple[str, ...]:
    """Regions in which this person holds a role."""
    return tuple(sorted({h.region for h in actor.held}))


def may_see(actor: Actor, letter: Letter) -> bool:
    """A letter is read by whoever may read its case; one of no case by who registers mail for the region."""
    case = letter.case
    if case is None:
        return bool(may_see_stray(actor, letter))
    return _may_read(actor, case)


def _may_read(actor: Actor, case: Case | CaseView) -> bool:
    on = On(region=case.region, office=case.office, item=case.item, roles=frozenset())
    return bool(may(actor, READ, on))


def to_do(actor: Actor) -> tuple[tuple[Group, ...], tuple[Unwritten, ...]]:
    """What the desks of the actor's regions must see to."""
    wanted = {card.id for region in regions(actor) for card in to_look_at(region)}
    open_ = [x for x in _chosen(Q(pk__in=wanted)) if may_see(actor, x)]
    ours, theirs = _of(actor, "out"), _of(actor, "in")
    waiting = _seen(actor, _chosen(ours & Q(state=State.WAITING)))
    returned = _seen(actor, _chosen(theirs & Q(state=State.REFUSED, note=""), newest=True))
    groups = (
        Group(
            "待打印寄出",
            "对方没有接收地址，要打印盖章、挂号寄出，寄出后登记编号。",
            _rows(x for x in open_ if x.state == State.PAPER),
        ),
        Group(
            "待核对和被退回",
            "对不上办件的来函，和被对方退回的答复：核实后写明怎样处理的。",
            _rows(x for x in open_ if x.state != State.PAPER),
        ),
        Group("待送达", "系统每半分钟送一次，没有送成的自动重发；急用的可以改为挂号寄出。", _rows(waiting)),
        Group("已退回对方的来函", "已把理由答复对方，一般不用办；电话沟通过的可以记下。", _rows(returned)),
    )
    return tuple(group for group in groups if group.rows), _unwritten_of(actor)


def money_to_do(actor: Actor, after: int = 0) -> tuple[tuple[Money, ...], int | None]:
    """Transfers of the actor's regions whose money is short, or for nobody: a page, and the key of the next one."""
    shown: list[Money] = []
    more = True
    while more and len(shown) < PAGE:
        # What the actor may not read leaves a gap: read on, so that a page is short only at the end.
        listed = [money for region in regions(actor) for money in money_to_look_at(region, after, PAGE + 1)]
        found = sorted(listed, key=lambda money: money.view.id)
        more = len(found) > PAGE
        for money in found[:PAGE]:
            after = money.view.id
            if _may_read(actor, money.view):
                shown.append(money)
            if len(shown) == PAGE:
                more = more or money is not found[-1]
                break
    return tuple(shown), after if more else None


def latest(actor: Actor, before: int | None) -> tuple[tuple[Row, ...], int | None]:
    """All letters, newest first, a page at a time, and the key of the next page."""
    found = _chosen(_of(actor, "out") | _of(actor, "in"), newest=True)
    page = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    after = page[PAGE - 1].pk if len(page) > PAGE else None
    return _rows(x for x in page[:PAGE] if may_see(actor, x)), after


def of_case(view: CaseView, actor: Actor, now: datetime) -> CaseMail:
    """What the page of a case shows of its letters."""
    found = list(_chosen(Q(case_id=view.id)))
    late = tuple(Unwritten(title, why, view.number) for title, why in unwritten(view.id))
    money = money_of(view) if any(x.direction == "in" and x.kind != CONTACT for x in found) else None
    due = money if money is not None and money.is_due else None
    if not may_receive(actor, view, now):
        return CaseMail(_rows(found), late, money=due)
    name = book.words(view.region).message
    forms = tuple((kind, name(kind)) for kind in _answers_due(view, found, money, now))
    return CaseMail(_rows(found), late, bool(late) and asks_place(view), due, forms)


def asks_place(view: CaseView) -> bool:
    """Whether a contact letter cannot be written because the application does not name one old place."""
    waits = Message.objects.filter(case_id=view.id, name=CONTACT, delivered_at__isnull=True)
    if not waits.exclude(fault="").exists():
        return False
    place = place_said(view)
    return not place or "、" in place


def place_said(view: CaseView) -> str:
    """The old place, or places, as the application has it."""
    return answers_of(view, publish.version(view.version_id).item).get("from_place", "")


def _answers_due(view: CaseView, found: Iterable[Letter], money: Money | None, now: datetime) -> list[str]:
    """Which answers may come: the sheet while the case waits for it, the money until all of it is there.

    Money is also taken where the procedure waits for the sheet alone, and after any end: what came must be booked.
    """
    ours = [x for x in found if x.direction == "out" and x.kind == CONTACT]
    if not ours:
        return []
    if view.outcome not in WANTED:
        return [FUNDS]
    due = [SHEET] if awaited(view, SHEET, now) is not None else []
    got = [x for x in found if x.direction == "in" and x.state == State.APPLIED]
    sheet = next((x for x in reversed(got) if x.kind == SHEET and x.pk > ours[-1].pk), None)
    agreed = bool(due) if sheet is None else sheet.result == "arrived"
    missing = money is None or (bool(money.funds.short) if money.funds.expected else not money.funds.received)
    if agreed and missing:
        due.append(FUNDS)
    return due


def page_of(letter: Letter, actor: Actor, now: datetime, *, full: bool) -> LetterPage:
    """The letter; the caller asked ``may_see`` and wrote the reading down."""
    body = body_of(letter)
    outgoing = letter.direction == "out"
    sender = body.get(SENDER.get(letter.kind, ""), {}) if outgoing else {}
    return LetterPage(
        row=_row(letter),
        sections=wording.sections(body, full=full),
        opening=wording.opening(letter.kind, body) if outgoing else "",
        sender=str(sender.get("name", "")),
        day=_day(body),
        facts=_facts(letter),
        full=full,
        is_paper=letter.state == State.PAPER,
        can_post=outgoing and letter.state in (State.PAPER, State.WAITING) and _may_post(letter, actor, now),
        can_settle=letter.state in (State.UNMATCHED, State.REFUSED)
        and not letter.open_money
        and bool(may_settle(actor, letter, now)),
        money=letter.case.number if letter.open_money and letter.case else "",
    )


def _may_post(letter: Letter, actor: Actor, now: datetime) -> bool:
    return letter.case_id is not None and bool(may_receive(actor, read(letter.case_id)[0], now))


def _day(body: dict[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(body.get("date") or body.get("paid_on")))
    except ValueError:
        return None


def _facts(letter: Letter) -> tuple[tuple[str, str], ...]:
    """What happened to the letter, beside what it says."""
    user = User.objects.filter(pk=letter.actor).first() if letter.actor is not None else None
    on = f"{letter.paper_on:%Y年%-m月%-d日}" if letter.paper_on else ""
    tries = f"已试{letter.tries}次" if letter.state == State.WAITING and letter.tries else ""
    found = {
        "状态": letter.get_state_display(),
        "说明": letter.words,
        "送达": tries,
        "挂号信编号": letter.tracking_number,
        "寄出日期" if letter.direction == "out" else "收到日期": on,
        "登记人": str(user) if user else "",
        "处理情况": letter.note,
        "答复的函": letter.refers_to.number if letter.refers_to else "",
    }
    return tuple((label, text) for label, text in found.items() if text)


def _of(actor: Actor, direction: str) -> Q:
    """Letters that the actor's regions sent or got."""
    own = "from_code__in" if direction == "out" else "to_code__in"
    return Q(direction=direction, **{own: regions(actor)})


def _chosen(which: Q, *, newest: bool = False) -> QuerySet[Letter]:
    found = Letter.objects.filter(which).select_related("case", "refers_to")
    return found.order_by("-pk" if newest else "pk")


def _seen(actor: Actor, found: QuerySet[Letter]) -> list[Letter]:
    return [letter for letter in found[:PAGE] if may_see(actor, letter)]


def _unwritten_of(actor: Actor) -> tuple[Unwritten, ...]:
    rows = Message.objects.filter(
        delivered_at__isnull=True, name__in=LETTERS, case__region__in=regions(actor)
    ).exclude(fault="")
    cases = {row.case_id: row.case for row in rows.select_related("case").order_by("id")[:PAGE]}
    return tuple(
        Unwritten(title, why, case.number)
        for pk, case in cases.items()
        if _may_read(actor, case)
        for title, why in unwritten(pk)
    )


def _rows(found: Iterable[Letter]) -> tuple[Row, ...]:
    return tuple(map(_row, found))


def _row(letter: Letter) -> Row:
    outgoing = letter.direction == "out"
    region = letter.from_code if outgoing else letter.to_code
    at = (letter.sent_at if outgoing else letter.received_at) or letter.created_at
    names = book.words(region).messages
    state = State(letter.state)
    return Row(
        pk=letter.pk,
        title=names[letter.kind].name if letter.kind in names else letter.kind,
        way="发出" if outgoing else "收到",
        number=letter.number,
        party=letter.party,
        state=state.label,
        words=letter.words or NEXT.get(state, ""),
        day=at,
        case=letter.case.number if letter.case else "",
        is_open=not letter.note and state in (State.PAPER, State.UNMATCHED),
    )
