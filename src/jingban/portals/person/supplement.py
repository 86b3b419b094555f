"""Answering a one-off notice (一次性告知): only what is missing and what is wrong is asked, the rest stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jingban.access.service import Actor
from jingban.cases import actions, drafts
from jingban.cases.drafts import Filled
from jingban.cases.errors import (
    CorrectionNeedsPapers,
    DraftHandedIn,
    DraftMoved,
    DraftNotFound,
    FormIncomplete,
)
from jingban.cases.materials import FORM, Slot, slots
from jingban.cases.models import CaseEvent, Draft
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView, read
from jingban.core.crypto import blind_index
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day, local_time
from jingban.portals import correcting, doors
from jingban.portals.blanks import Blank, typed_answer
from jingban.portals.casepage import Due, due_badge
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.payloads import MASKS
from jingban.portals.person import laidaside, paperslots
from jingban.portals.person.own import own_case
from jingban.processes.engine import allowed_acts
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads
from jingban.workdays.service import calendar

AUTO, LATER, UPLOAD = "autosave", "later", "upload"


@dataclass(frozen=True, slots=True)
class Answering:
    """The case that was sent back, the act that answers, and what was filled in so far."""

    view: CaseView
    item: EffectiveItem
    act: str
    pk: UUID
    draft: Draft | None
    filled: Filled
    actor: Actor
    now: datetime
    called_for: frozenset[str] = field(default_factory=frozenset)
    """Papers that a correction newly asks for."""

    @property
    def asks_form(self) -> bool:
        return FORM in (self.view.state.notified or ())

    @property
    def seen(self) -> int:
        return self.draft.version if self.draft else 0

    @property
    def due(self) -> Due:
        view = self.view
        return due_badge(None, view.due_on, calendar(), local_day(self.now))

    def papers(self, errors: dict[str, str] | None = None) -> paperslots.Papers:
        """The materials that the notice named and nobody has received."""
        state = self.view.state
        wanted = ((state.notified or frozenset()) | self.called_for) - state.received - {FORM}
        asked = [Slot(key, material, True) for key, material in slots(self.item) if key in wanted]
        files = uploads.of_draft(self.pk) if self.draft else []
        return paperslots.papers(asked, files, self.filled.supplied, errors)

    def blanks(self, error: DomainError | None = None) -> tuple[Blank, ...]:
        """The fields that the notice calls wrong; all of them where it names none."""
        if not self.asks_form:
            return ()
        typed = QueryDict(mutable=True)
        typed[f"{self.act}.corrects"] = "1"
        faults: Mapping[str, str] = error.details["faults"] if isinstance(error, FormIncomplete) else {}
        found = correcting.blanks(self.view, self.act, self.now)
        marked = [b for b in found if b.mark] or list(found)
        extra = [b for b in found if b.field.key in faults and b not in marked]
        return tuple(self._typed(b, faults.get(b.field.key, "")) for b in (*marked, *extra))

    def _typed(self, blank: Blank, fault: str) -> Blank:
        text = self.filled.answers.get(blank.field.key)
        chosen = (
            () if text is None else tuple(replace(o, on=o.key in text.split("、")) for o in blank.options)
        )
        return replace(
            blank, value=blank.value if text is None else text, error=fault, options=chosen or blank.options
        )


def answering_act(view: CaseView, now: datetime) -> str:
    """The act by which the applicant answers the notice; nothing where none is awaited."""
    if view.outcome is not None or view.state.notified is None:
        return ""
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    found = allowed_acts(procedure, view.state).items()
    return next((key for key, rule in found if "brought_materials" in rule.needs), "")


def _answering(view: CaseView, actor: Actor, now: datetime) -> Answering | None:
    act = answering_act(view, now)
    if not act:
        return None
    since = CaseEvent.objects.filter(case_id=view.id, to_step=view.step).order_by("-seq").first()
    # The same on each device, and told by nobody: who could would take the draft's place.
    whose = f"{view.id}:{actor.id}:{since.seq if since else 0}"
    pk = UUID(bytes=blind_index("supplement-draft", whose)[:16])
    item = publish.version(view.version_id).item
    try:
        draft = drafts.find(pk, actor=actor, now=now)
    except DraftNotFound:
        return Answering(view, item, act, pk, None, Filled(), actor, now)
    return Answering(view, item, act, pk, draft, drafts.contents(draft), actor, now)


@login_required
@require_http_methods(["GET", "POST"])
def supplement(request: HttpRequest, number: str) -> HttpResponse:
    """What is missing, with its deadline; saved on the way, handed in at once."""
    view, actor, now = own_case(request, number), doors.actor(request), doors.now()
    try:
        job = _answering(view, actor, now)
    except DraftHandedIn:
        job = None
    if job is None:
        return _nothing_asked(request, number)
    if request.method == "GET":
        return _shown(request, job)
    try:
        return _posted(request, job)
    except DraftHandedIn:
        return _nothing_asked(request, number)
    except DraftMoved as moved:
        return _moved(request, job, moved)


def _nothing_asked(request: HttpRequest, number: str) -> HttpResponse:
    address = reverse("my-case", args=[number])
    if request.POST.get("go") == AUTO or request.htmx:  # type: ignore[attr-defined]
        return JsonResponse({"words": "这次补正已经提交，不用再填。", "address": address}, status=409)
    messages.success(request, "这个办件现在不用补材料，或者已经提交过了。")
    return redirect(address)


def _posted(request: HttpRequest, job: Answering) -> HttpResponse:
    go = request.POST.get("go", "")
    if go.startswith(laidaside.SWAP):
        at = laidaside.swapped_at(go)
        drafts.swap(job.pk, actor=job.actor, seen=_number(request, "seen"), now=job.now, at=at)
        return redirect("my-supplement", number=job.view.number)
    job = _saved(request, job)
    if go == AUTO:
        return JsonResponse({"saved": f"{local_time(job.now):%H:%M:%S}", "seen": job.seen})
    if go.startswith(("turn-", "drop-")):
        try:
            slot = paperslots.turn_or_remove(go, job.pk, job.actor, job.now)
        except DomainError as refused:
            if is_fault(refused):
                raise
            return _shown(request, job, refused)
        return redirect(reverse("my-supplement", args=[job.view.number]) + (f"#slot-{slot}" if slot else ""))
    keys = [line.key for line in job.papers().lines]
    holder = uploads.Holder(job.item.region, draft=job.pk)
    errors = paperslots.take_all(request, keys, holder, job.actor.id, job.now)
    if errors or request.htmx:  # type: ignore[attr-defined]
        return _shown(request, job, errors=errors)
    if go == UPLOAD:
        return redirect("my-supplement", number=job.view.number)
    if go == LATER:
        messages.success(request, "已保存，还没有提交。请在期限前回来提交。")
        return redirect("my-case", number=job.view.number)
    return _handed_in(request, job)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _saved(request: HttpRequest, job: Answering) -> Answering:
    """What the page carried, saved: only fields that it showed, and numbers only where they were typed anew."""
    answers, data = dict(job.filled.answers), request.POST
    for blank in job.blanks():
        key, name = blank.field.key, blank.name
        if name not in data and f"asked.{name}" not in data:
            continue
        text = typed_answer(data, name, blank.field).strip()
        if text or blank.field.kind not in MASKS or f"{name}.clear" in data:
            answers[key] = text
        else:
            answers.pop(key, None)
    known = {key for key, _ in slots(job.item)}
    brought = tuple(key for key in data.getlist("supplied") if key in known)
    filled = Filled(answers=answers, supplied=brought, place="supplement")
    draft = drafts.save(
        draft=job.pk, version=job.view.version_id, filled=filled, actor=job.actor, seen=_number(request, "seen"),
        now=job.now, channel=job.view.channel, case=job.view.id,
    )  # fmt: skip
    return replace(job, draft=draft, filled=filled, called_for=frozenset(data.getlist("called_for")) & known)


def _handed_in(request: HttpRequest, job: Answering) -> HttpResponse:
    papers, draft = job.papers(), job.draft
    if draft is None or (papers.lines and not papers.there and not job.asks_form):
        refused = DomainError("还没有上传材料，也没有勾选带到窗口的。请至少补一样，最好一次补齐。")
        return _shown(request, job, refused)
    if laidaside.has_unseen(request, job.item, draft, job.filled):
        return _shown(request, job, DomainError(laidaside.UNSEEN))
    data: dict[str, object] = {"brought_materials": list(papers.there)}
    if job.asks_form:
        data["brought_materials"] = [*papers.there, FORM]
        data["answers"] = dict(job.filled.answers)
    try:
        after = actions.act(
            case_id=job.view.id, act=job.act, data=data, actor=job.actor, seen=_number(request, "case_seen"),
            key=draft.key, now=job.now,
        )  # fmt: skip
    except DomainError as refused:
        if is_fault(refused):
            raise
        again = replace(job, view=read(job.view.id)[0])
        if isinstance(refused, CorrectionNeedsPapers):
            again = replace(again, called_for=frozenset(refused.details["materials"]) | job.called_for)
        return _shown(request, again, refused)
    drafts.handed_in(draft, after, now=job.now)
    messages.success(request, "补正已提交，由受理人员核对。")
    return redirect("my-case", number=job.view.number)


def _shown(
    request: HttpRequest,
    job: Answering,
    refused: DomainError | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    blanks = job.blanks(refused)
    faults = [(b.name, b.error) for b in blanks if b.error]
    shown = {
        "job": job, "item": job.item, "view": job.view, "blanks": blanks, "papers": job.papers(errors),
        "faults": faults, "refused": refused.message if refused and not faults else "", "due": job.due,
        "hint": "没有补齐的，受理人员核对后会再告知；逾期没有补齐，办件可能终止。",
        "accept": paperslots.ACCEPT, "limits": uploads.limits(), "wrong": correcting.wrong_answers(job.view),
        "asides": laidaside.others(job.item, job.draft, job.filled), "asides_mark": laidaside.mark(job.draft),
    }  # fmt: skip
    part = request.htmx and refused is None  # type: ignore[attr-defined]
    status = status_of(refused) if refused else 422 if errors else 200
    status = 422 if status == 400 else status
    answer = render(
        request, "person/_papers.html" if part else "person/supplement.html", shown, status=status
    )
    answer.headers["X-Draft-Version"] = str(job.seen)
    return answer


def _moved(request: HttpRequest, job: Answering, moved: DraftMoved) -> HttpResponse:
    address = reverse("my-supplement", args=[job.view.number])
    if request.POST.get("go") == AUTO or request.htmx:  # type: ignore[attr-defined]
        return JsonResponse({"words": moved.message, "address": address}, status=409)
    draft = drafts.find(job.pk, actor=job.actor, now=job.now)
    different = laidaside.differences(job.item, drafts.set_aside(draft) or Filled(), drafts.contents(draft))
    shown = {
        "item": job.item, "seen": moved.details["version"], "differences": different, "kept_at": draft.saved_at,
        "address": address, "swap": laidaside.word(draft.aside_at),
    }  # fmt: skip
    return render(request, "person/moved.html", shown, status=409)
