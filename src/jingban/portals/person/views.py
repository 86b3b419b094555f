"""What a signed-in citizen or employer does: apply, follow the own cases, answer the agency."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.access.service import Actor, NotAllowed
from jingban.cases.errors import DraftHandedIn
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.messaging import service as messaging
from jingban.portals import acts, book, doors
from jingban.portals.casepage import CasePage, case_page, due_badge, in_guide_order
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.person import application as form
from jingban.portals.person import begun, notice
from jingban.portals.person.apply import may_start, start
from jingban.portals.person.counter import counters
from jingban.portals.person.draftlist import own_drafts
from jingban.portals.person.own import own_case
from jingban.portals.person.supplement import answering_act
from jingban.portals.questions import CHANNEL_NAMES
from jingban.portals.timeline import step_name
from jingban.portals.why import why_of_case
from jingban.processes.conflicts import asked_once
from jingban.rulebook import publish
from jingban.supervision import service as supervision
from jingban.uploads import service as uploads
from jingban.workdays.service import calendar

PAGE = 20
NO_COUNTER = (
    "这一页只供窗口代录，您现在没有在这里代录的岗位，没有提交。"
    "本人申请的，请从办事指南点“在线办理”；替到场的人代录的，请由有岗位的同事办理。"
)


@login_required
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, region: str, tier: str, item: str) -> HttpResponse:
    """To the steps (``apply.step``); at a counter the form in one page."""
    entry, now, actor = book.entry(region, tier, item), doors.now(), doors.actor(request)
    may_start(entry, actor, now)
    if counters(entry.item, actor):
        return _at_counter(request, entry, actor, now)
    if request.method == "POST":
        raise NotAllowed(NO_COUNTER)
    return start(request, entry, actor, now)


def _at_counter(request: HttpRequest, entry: book.Entry, actor: Actor, now: datetime) -> HttpResponse:
    """The form, the page to check it, and handing it in for who stands there."""
    try:
        sent = request.POST or begun.gone_on_with(request.GET, entry.item, actor, now)
    except DraftHandedIn as before:
        messages.success(request, before.message)
        return redirect("desk-case", number=before.details["number"])
    typed = form.read_typed(entry.item, sent, actor, now)
    step = request.POST.get("go", "")
    faults = form.faults_of(entry.item, typed, now) if step in ("check", "submit") else {}
    if step == "submit" and not faults:
        view = form.hand_in(entry, typed, actor, now)
        begun.settled(typed.key, view, actor, now)
        request.session["handed-in"] = view.number
        if doors.of_provider(actor):
            return redirect("provider-handed-in", number=view.number)
        return redirect("apply-done", number=view.number)
    page = form.apply_page(entry, typed, now, faults)
    template = "person/check.html" if step == "check" and not faults else "person/apply.html"
    shown = {"page": page, "item": entry.item, "channel_name": CHANNEL_NAMES[page.channel]}
    return render(request, template, shown, status=422 if faults else 200)


@login_required
@require_POST
def materials(request: HttpRequest, region: str, tier: str, item: str) -> HttpResponse:
    """The list of materials for what was said so far, and the fields that come or go with it (htmx).

    POST, so that nothing typed into the form stands in an address or a log.
    """
    entry, now = book.entry(region, tier, item), doors.now()
    typed = form.read_typed(entry.item, request.POST, doors.actor(request), now)
    page = form.apply_page(entry, typed, now)
    return render(request, "person/_refreshed.html", {"page": page})


@login_required
@require_GET
def done(request: HttpRequest, number: str) -> HttpResponse:
    """Handed in: the number, the query code, what happens next and by when."""
    filed_at_counter = request.session.get("handed-in") == number and _walk_in(request, number)
    view = doors.readable(request, number) if filed_at_counter else own_case(request, number)
    shown = {"page": case_page(view, doors.now(), audience="owner"), "counter": filed_at_counter}
    return render(request, "person/done.html", shown)


def _walk_in(request: HttpRequest, number: str) -> bool:
    """Whether a clerk filed it for somebody at the counter, who takes number and code away on paper."""
    return doors.actor(request).is_staff and doors.find_case(number).applicant_id is None


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The own cases and those filed for principals, the newest first."""
    actor, before = doors.actor(request), request.GET.get("before", "")
    cases = Case.objects.filter(_listed(actor)).order_by("-id")
    if before.isascii() and before.isdecimal():
        cases = cases.filter(id__lt=int(before))
    found = list(cases[: PAGE + 1])
    with asked_once():  # a sealed case is its reporter's alone, whatever the mandate
        rows = [_row(case) for case in found[:PAGE] if doors.may_read(actor, case)]
    return render(
        request,
        "person/mine.html",
        {
            "rows": rows,
            "before": found[PAGE - 1].pk if len(found) > PAGE else None,
            "unread": messaging.unread(actor.id),
            "drafts": [] if before else own_drafts(actor, doors.now()),
        },
    )


def _listed(actor: Actor) -> Q:
    """The own cases, and of a principal's those that the mandate is for."""
    wanted = Q(applicant=actor.id)
    for held in actor.mandates:
        of_principal = Q(applicant=held.principal)
        wanted |= of_principal & Q(item__in=held.items) if held.items else of_principal
    return wanted


def _row(case: Case) -> dict[str, object]:
    item = publish.version(case.version_id).item
    due = due_badge(case.outcome, case.due_on, calendar(), local_day(doors.now()))
    return {
        "case": case,
        "item": item,
        "step": step_name(item.process_named(case.process), case.step),
        "due": due,
        "yours": case.outcome is None and case.role in ("applicant", "unit-clerk", "provider", "reporter"),
    }


@login_required
@require_GET
def my_case(request: HttpRequest, number: str) -> HttpResponse:
    """An own case with what may be done to it."""
    return _shown(request, own_case(request, number))


@login_required
@require_POST
def my_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Bring what was missing, withdraw, put the account right; an objection is open to everybody."""
    if act == notice.OBJECT:
        return notice.objected(request, number)
    view, now = own_case(request, number), doors.now()
    try:
        acts.submit(view=view, act=act, typed=request.POST, actor=doors.actor(request), now=now)
    except DomainError as refused:
        if is_fault(refused):
            raise
        return _shown(request, read(view.id)[0], acts.Refused(act, refused, request.POST))
    messages.success(request, "已提交。")
    return redirect("my-case", number=view.number)


def _files(view: CaseView, page: CasePage) -> list[tuple[str, uploads.Upload]]:
    """What was handed in as files, with the names of the materials."""
    found = uploads.of_case(view.id)
    names = dict(in_guide_order(page.item, {upload.slot for upload in found}))
    return [(names[upload.slot], upload) for upload in found]


@login_required
@require_POST
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """Rate a case that ended, or add to the rating; what is refused comes back with what was typed."""
    view, stars = own_case(request, number), request.POST.get("stars", "")
    level = int(stars) if stars.isascii() and stars.isdecimal() else 0
    words = request.POST.get("words", "")
    try:
        supervision.rate(view, doors.actor(request), stars=level, words=words, now=doors.now())
    except DomainError as refused:
        if is_fault(refused):
            raise
        return _shown(request, view, unrated=(refused, words, level))
    messages.success(request, "谢谢您的评价。")
    return redirect("my-case", number=view.number)


def _shown(
    request: HttpRequest,
    view: CaseView,
    refused: acts.Refused | None = None,
    unrated: tuple[DomainError, str, int] | None = None,
) -> HttpResponse:
    now = doors.now()
    page: CasePage = case_page(view, now, audience="owner")
    panel = acts.act_panel(view, doors.actor(request), now, refused)
    answers = answering_act(view, now)
    # A notice is answered on the page of its own; what was refused of it stands here with what was typed.
    may_answer = any(card.key == answers and not card.off for card in panel.cards)
    panel = replace(panel, cards=tuple(c for c in panel.cards if c.key != answers or c.opened))
    shown = {
        "page": page,
        "panel": panel,
        "refused": refused.error.message if refused else "",
        "rated": supervision.rated(view.id),
        "may_rate": supervision.may_rate(view, doors.actor(request)),
        "levels": supervision.Stars.choices[::-1],
        "unrated": unrated[0].message if unrated else "",
        "words": unrated[1] if unrated else "",
        "stars": unrated[2] if unrated else 0,
        "files": _files(view, page),
        "supplement": may_answer,
        "why": why_of_case(view),
    }
    wrong = refused.error if refused else unrated[0] if unrated else None
    return render(request, "person/my_case.html", shown, status=status_of(wrong) if wrong else 200)
