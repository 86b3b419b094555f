"""The mail of the desk: the lists, a letter, and the forms for what came and went on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.access.service import NotAllowed
from jingban.audit import service as audit
from jingban.cases.errors import MessageUnknown
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.exchange.service import Letter, State, may_receive, posted, settled
from jingban.exchange.service import address as name_place
from jingban.portals import book, doors
from jingban.portals.desk import letters
from jingban.portals.desk.mail import answers, overview
from jingban.portals.desk.mail import fields as pf
from jingban.portals.desk.mail.spans import EXAMPLE
from jingban.portals.middleware import is_fault, status_of

MAIL = "mail"
"""Where a letter was opened from: the list."""
LONGEST = 60_000
"""Signs that are taken of one input: 600 lines of months are half of it."""


@doors.staff_only
@require_GET
def mail(request: HttpRequest) -> HttpResponse:
    """What the desk must see to, or all letters by page."""
    actor = doors.actor(request)
    shown: dict[str, Any] = {"can_open": bool(letters.contact_regions(actor)), "tab": "todo"}
    if request.GET.get("tab") == "all":
        rows, after = overview.latest(actor, _key(request, "before"))
        shown |= {"tab": "all", "rows": rows, "after": after}
    else:
        groups, late = overview.to_do(actor)
        money, more = overview.money_to_do(actor, _key(request, "money") or 0)
        shown |= {"groups": groups, "unwritten": late, "money": money, "more_money": more}
    return render(request, "desk/mail.html", shown)


def _key(request: HttpRequest, name: str) -> int | None:
    """Where a page begins."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


@doors.staff_only
@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter with the numbers masked; reading is written down."""
    found = _readable(request, pk)
    _written_down(request, found, audit.READ, "查看函件")
    return _letter_page(request, found)


@doors.staff_only
@require_POST
def whole(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter in full, to print and to compare; who looked stands in the audit."""
    found = _readable(request, pk)
    _written_down(request, found, audit.REVEALED, "显示函件全文")
    return _letter_page(request, found, full=True)


@doors.staff_only
@require_POST
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down that a letter was handed in at the post office; twice the same is once."""
    found, actor, now = _readable(request, pk), doors.actor(request), doors.now()
    typed = _typed(request, [pf.posted_part()])
    given = pf.filled([pf.posted_part()], typed, on=local_day(now))
    if not given.faults:
        number, day = given.clean["tracking_number"], date.fromisoformat(given.clean["posted_on"])

        def register() -> None:
            posted(found.pk, tracking_number=number, posted_on=day, actor=actor, now=now)

        if _done(given, register, ("tracking_number", "posted_on")) or _is_posted(pk, number, day):
            messages.success(request, f"已登记寄出，挂号信编号{number}。")
            return _back(request, found)
    return _letter_page(request, found, typed=typed, refused=given)


def _is_posted(pk: int, number: str, day: date) -> bool:
    return Letter.objects.filter(pk=pk, state=State.SENT, tracking_number=number, paper_on=day).exists()


@doors.staff_only
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was done about a letter that found nothing to do."""
    found, actor, now = _readable(request, pk), doors.actor(request), doors.now()
    typed = _typed(request, [pf.settled_part()])
    given = pf.filled([pf.settled_part()], typed, on=local_day(now))
    if not given.faults:

        def register() -> None:
            settled(found.pk, given.clean["note"], actor=actor, now=now)

        if _done(given, register, ("note",)):
            messages.success(request, "已写明处理情况。")
            return _back(request, found)
    return _letter_page(request, found, typed=typed, refused=given)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Register a sheet, or word of the money, that came by post for a case."""
    view, now = _receiving(request, number), doors.now()
    if kind not in (pf.SHEET, pf.FUNDS):
        raise Http404(kind)
    asked, name = answers.asked_in(view.id), book.words(view.region).message(kind)
    if asked is None:
        raise MessageUnknown(f"本件还没有写成《联系函》，不能登记{name}；函件由系统自动写出，请稍后再试。")
    parts, day = answers.parts_of(kind, asked), local_day(now)
    typed, found = answers.prefilled(kind, asked, day), pf.Filled()
    if request.method == "POST":
        typed = _typed(request, parts)
        sent = answers.Mail(kind, typed, doors.actor(request), now)
        found = answers.register_answer(sent, view, asked)
        if not found.faults:
            messages.success(request, found.said or f"{name}已登记。")
            return redirect("desk-case", number=view.number)
    else:
        doors.written_down(request, view, f"登记{name}")
    shown = {"heading": f"登记{name}", "view": view, "button": "登记", "typed": typed}
    return _form(request, parts, found, shown)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Register a 《联系函》 on paper: it opens the case that answers it."""
    actor, now = doors.actor(request), doors.now()
    regions = letters.contact_regions(actor)
    if not regions:
        raise NotAllowed("您所在的经办处没有应函办理的事项，或您的岗位不能登记《联系函》。")
    parts = pf.contact_parts(regions)
    typed, found = answers.prefilled_contact(regions, local_day(now)), pf.Filled()
    if request.method == "POST":
        typed = _typed(request, parts)
        found, came = answers.register_contact(answers.Mail(pf.CONTACT, typed, actor, now), regions)
        if came is not None and came.case is not None:
            messages.success(request, f"《联系函》已登记，办件编号{came.case.number}。")
            return redirect("desk-case", number=came.case.number)
    shown = {"heading": "登记《联系函》", "button": "登记并开启办件", "typed": typed, "view": None}
    return _form(request, parts, found, shown)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, number: str) -> HttpResponse:
    """Name the old place for a contact letter that cannot be written without it."""
    view, actor, now = _receiving(request, number), doors.actor(request), doors.now()
    parts, found = [pf.place_part(overview.place_said(view))], pf.Filled()
    typed = _typed(request, parts)
    if request.method == "POST":
        found = pf.filled(parts, typed, on=local_day(now))
        if not found.faults:

            def register() -> None:
                name_place(view.id, found.clean["place"], actor=actor, now=now)

            if _done(found, register, ("place",)):
                messages.success(request, "转出地已补填，系统将自动写出并发出《联系函》。")
                return redirect("desk-case", number=view.number)
    shown = {"heading": "补填转出地", "view": view, "button": "补填", "typed": typed}
    return _form(request, parts, found, shown)


def _receiving(request: HttpRequest, number: str) -> CaseView:
    """The case, if this person registers letters for it."""
    view = doors.readable(request, number)
    may_receive(doors.actor(request), view, doors.now()).required()
    return view


def _readable(request: HttpRequest, pk: int) -> Letter:
    """The letter, if whoever asks may read it; a refusal is written down."""
    found = Letter.objects.filter(pk=pk).select_related("case", "refers_to").first()
    if found is None:
        raise Http404(str(pk))
    if not overview.may_see(doors.actor(request), found):
        _written_down(request, found, audit.REFUSED, "查看函件")
        raise NotAllowed("您没有查看这封函的权限。")
    return found


def _written_down(request: HttpRequest, found: Letter, kind: str, what: str) -> None:
    subject = f"case:{found.case.number}" if found.case else f"letter:{found.pk}"
    audit.record(
        actor=doors.actor(request).id,
        kind=kind,
        subject=subject,
        detail=f"{what} {found.number}",
        now=doors.now(),
    )


def _done(given: pf.Filled, register: Callable[[], object], known: Iterable[str]) -> bool:
    """Do it; a refusal goes beside the field that it names, one that names none to the top."""
    try:
        register()
    except NotAllowed:
        raise
    except DomainError as error:
        if is_fault(error):
            raise
        name = str(error.details.get("field", ""))
        given.fault(name if name in set(known) else pf.WHOLE, error.message.rstrip("。"))
        given.error = error
        return False
    return True


def _typed(request: HttpRequest, parts: Iterable[pf.Part]) -> dict[str, str]:
    return {f.key: request.POST.get(f.key, "")[:LONGEST] for part in parts for f in part.fields}


def _status(found: pf.Filled) -> int:
    """What was refused as a whole has its own status; a form with faults is to be corrected."""
    if found.error is not None:
        return status_of(found.error)
    return 422 if found.faults else 200


def _form(
    request: HttpRequest, parts: Iterable[pf.Part], found: pf.Filled, shown: Mapping[str, Any]
) -> HttpResponse:
    day = local_day(doors.now())
    cards = pf.shown(parts, shown["typed"], found.faults, day=day)
    page = {
        **shown,
        "cards": cards,
        "faults": found.listed(parts),
        "refused": found.whole,
        "spans_faults": found.faults.get(pf.SPANS, ()),
        "spans_example": EXAMPLE,
    }
    return render(request, "desk/paper.html", page, status=_status(found))


def _letter_page(
    request: HttpRequest,
    found: Letter,
    *,
    full: bool = False,
    typed: Mapping[str, str] | None = None,
    refused: pf.Filled | None = None,
) -> HttpResponse:
    actor, now = doors.actor(request), doors.now()
    given, day = refused or pf.Filled(), local_day(now)
    typed = typed or {"posted_on": day.isoformat()}
    page = overview.page_of(found, actor, now, full=full)
    part = pf.posted_part() if page.can_post else pf.settled_part() if page.can_settle else None
    shown = {
        "page": page,
        "part": pf.shown([part], typed, given.faults, day=day)[0] if part else None,
        "faults": given.listed([part] if part else []),
        "refused": given.whole if part else [text for texts in given.faults.values() for text in texts],
        "back": MAIL if MAIL in (request.GET.get("back"), request.POST.get("back")) else "",
    }
    return render(request, "desk/letter.html", shown, status=_status(given))


def _back(request: HttpRequest, found: Letter) -> HttpResponse:
    """To the list whoever came from there, else to the case."""
    if found.case is not None and request.POST.get("back") != MAIL:
        return redirect("desk-case", number=found.case.number)
    return redirect("desk-mail")
