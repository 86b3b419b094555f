"""Applying step by step: every step is saved as it is filled in, and can be gone on with anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jingban.access.service import Actor, NotAllowed
from jingban.cases import drafts
from jingban.cases.drafts import Filled
from jingban.cases.errors import DraftHandedIn, DraftMoved, DraftNotFound, ItemNotOpen
from jingban.cases.materials import Slot, checklist, slots
from jingban.cases.models import Draft
from jingban.cases.offering import closed_now
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day, local_time
from jingban.portals import book, doors
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.person import application as form
from jingban.portals.person import laidaside, paperslots, prefill, steps
from jingban.portals.person.blankpage import given_blanks, said_masked
from jingban.portals.person.counter import counters
from jingban.portals.questions import CHANNEL_NAMES
from jingban.registry import service as registry
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads

LOST = (
    "这份草稿是为别人填的，您现在不能替对方办理（委托已经终止，或监护关系已经变更），不能再接着填。"
    "可以重新登记委托，或从办事指南另填一份；这份草稿到期自动删去。"
)
ENDED = (
    "您现在不能替这个人办理（委托已经终止，或监护关系已经变更），没有保存。"
    "请返回上一页另选为谁办理，或重新登记委托。"
)
LATER, AUTO, FIELDS, UPLOAD, SUBMIT = "later", "autosave", "fields", "upload", "submit"


@dataclass(frozen=True, slots=True)
class Job:
    """What a request is about: the entry, who fills it in, and the draft as far as there is one."""

    entry: book.Entry
    actor: Actor
    now: datetime
    pk: UUID
    draft: Draft | None
    filled: Filled
    whoms: tuple[prefill.Whom, ...]
    channel: str
    changed: bool = False
    dropped: tuple[tuple[str, str], ...] = ()

    @property
    def item(self) -> EffectiveItem:
        return self.entry.item

    @property
    def whom(self) -> prefill.Whom:
        return prefill.chosen(self.whoms, steps.whom_of(self.filled)) or self.whoms[0]

    @property
    def has_lost(self) -> bool:
        """Whether the draft is for somebody for whom the visitor may not act any more."""
        return self.draft is not None and prefill.chosen(self.whoms, steps.whom_of(self.filled)) is None

    @property
    def keys(self) -> tuple[str, ...]:
        return steps.keys_of(self.item, asks=len(self.whoms) > 1 or len(self.item.accepted_by) > 1)

    @property
    def seen(self) -> int:
        return self.draft.version if self.draft else 0

    def typed(self, shown: frozenset[str] = frozenset()) -> form.Typed:
        key = self.draft.key if self.draft else self.pk
        return steps.typed_of(
            self.item, self.filled, key=key, channel=self.channel, whom=self.whom, shown=shown
        )

    def address(self, step: str) -> str:
        item = self.item
        return reverse("apply-step", args=[item.region, item.tier, item.item, self.pk, step])


def may_start(entry: book.Entry, actor: Actor, now: datetime) -> None:
    """Whether the entry is applied for, now, and by such as this; an error in words otherwise."""
    item = entry.item
    if item.process.starts != "application":
        raise ItemNotOpen(f"“{item.name}”不受理申请：由月度结算或来函启动，不用您来申请。")
    if why := closed_now(item, now):
        raise ItemNotOpen(why)
    form.check_initiator(item, actor)


def start(request: HttpRequest, entry: book.Entry, actor: Actor, now: datetime) -> HttpResponse:
    """To the draft of this entry that was saved last, or to a fresh one."""
    item = entry.item
    if "new" not in request.GET:
        for draft in drafts.list_of(actor, now=now):
            if draft.case_id is None and (draft.region, draft.tier, draft.item) == (
                item.region,
                item.tier,
                item.item,
            ):
                job = _job(entry, actor, now, draft.pk)
                if not job.has_lost:
                    return redirect(job.address(_resumed_at(job)))
    job = _job(entry, actor, now, uuid4())
    return redirect(job.address(job.keys[0]))


def _resumed_at(job: Job) -> str:
    place = steps.place_of(job.filled)
    return place if place in job.keys else job.keys[0]


def _job(entry: book.Entry, actor: Actor, now: datetime, pk: UUID) -> Job:
    """The draft of that id as the entry asks it today; DraftHandedIn."""
    item, changed = entry.item, False
    dropped: tuple[tuple[str, str], ...] = ()
    filled, draft = Filled(), None
    try:
        draft = drafts.find(pk, actor=actor, now=now)
    except DraftNotFound:
        pass
    else:
        if draft.case_id is not None or (draft.region, draft.tier, draft.item) != (
            item.region,
            item.tier,
            item.item,
        ):
            raise DraftNotFound("没有这份草稿，请从办事指南重新进入。")
        again = drafts.resumed(draft, entry.version)
        filled, changed, dropped = again.filled, again.changed, again.dropped
    options = prefill.whoms(item, actor, local_day(now))
    return Job(entry, actor, now, pk, draft, filled, options, form.channel_now(item, now), changed, dropped)


@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, region: str, tier: str, item: str, draft: UUID, step: str) -> HttpResponse:
    """One step: shown, saved, gone on from; the last hands in. At a counter the form is one page."""
    entry, actor, now = book.entry(region, tier, item), doors.actor(request), doors.now()
    may_start(entry, actor, now)
    if counters(entry.item, actor):
        return redirect(f"{reverse('apply', args=[region, tier, item])}?draft={draft}")
    try:
        job = _job(entry, actor, now, draft)
    except DraftHandedIn as done:
        return _handed_in_before(request, done)
    if job.has_lost:
        raise NotAllowed(LOST)
    if step not in job.keys:
        return redirect(job.address(job.keys[0]))
    if request.method == "GET":
        if job.draft is None and step != job.keys[0]:
            return redirect("apply", region, tier, item)
        return _shown(request, job, step)
    try:
        return _posted(request, job, step)
    except DraftHandedIn as done:
        return _handed_in_before(request, done)
    except DraftMoved as moved:
        return _moved(request, job, step, moved)


def _handed_in_before(request: HttpRequest, done: DraftHandedIn) -> HttpResponse:
    """Back after handing in, or handed in twice: the case is there already."""
    address = reverse("apply-done", args=[done.details["number"]])
    if request.POST.get("go") == AUTO or request.htmx:  # type: ignore[attr-defined]
        return JsonResponse({"words": done.message, "address": address}, status=409)
    messages.success(request, "这份申请已经提交过，没有重复提交。")
    return redirect(address)


def _posted(request: HttpRequest, job: Job, step: str) -> HttpResponse:
    go = request.POST.get("go", "")
    if go.startswith(laidaside.SWAP):
        at = laidaside.swapped_at(go)
        drafts.swap(job.pk, actor=job.actor, seen=_seen(request), now=job.now, at=at)
        return redirect(job.address(step))
    whom = prefill.chosen(job.whoms, request.POST.get("whom", job.whom.key))
    if whom is None:
        raise NotAllowed(ENDED)
    filled = steps.merged(job.item, job.filled, step, request.POST, job.whom, whom)
    job = replace(job, filled=filled)
    if go == FIELDS:
        return _fields(request, job)
    job = _saved(request, job)
    if go == AUTO:
        return JsonResponse({"saved": f"{local_time(job.now):%H:%M:%S}", "seen": job.seen})
    if go == LATER:
        messages.success(request, "已保存。在“我的办件”里可以接着填，换一台设备登录也能接着填。")
        return redirect("mine")
    if step == steps.PAPERS and (go.startswith(("turn-", "drop-")) or go == UPLOAD or request.FILES):
        return _files(request, job, go)
    return _onward(request, job, step, go)


def _seen(request: HttpRequest) -> int:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdecimal() else 0


def _saved(request: HttpRequest, job: Job) -> Job:
    saved = drafts.save(
        draft=job.pk, version=job.entry.version, filled=job.filled, actor=job.actor, seen=_seen(request),
        now=job.now, channel=job.channel, mandate=job.whom.mandate,
    )  # fmt: skip
    return replace(job, draft=saved)


def _onward(request: HttpRequest, job: Job, step: str, go: str) -> HttpResponse:
    if go in job.keys:  # 更改, or a step of the bar
        return redirect(job.address(go))
    faults = faults_of(job, step)
    if faults:
        return _shown(request, job, step, faults)
    if step == steps.CHECK:
        return _handed_in(request, job) if go == SUBMIT else redirect(job.address(step))
    if request.POST.get("back") == steps.CHECK:
        return redirect(job.address(steps.CHECK))
    return redirect(job.address(job.keys[job.keys.index(step) + 1]))


def faults_of(job: Job, step: str) -> dict[str, str]:
    """What is wrong with this step, keys being the ids of its inputs; on the last step with any."""
    found = form.faults_of(job.item, job.typed(), job.now)
    first = {key for key in found if key == "office" or key.startswith("fact.")}
    wanted = {
        steps.SITUATION: first,
        steps.FILL: found.keys() - first,
        steps.PAPERS: set(),
        steps.CHECK: set(found),
    }
    return {key: text for key, text in found.items() if key in wanted[step]}


def _handed_in(request: HttpRequest, job: Job) -> HttpResponse:
    if (draft := job.draft) is None:
        raise DraftNotFound("没有这份草稿，请从办事指南重新进入。")
    if laidaside.has_unseen(request, job.item, draft, job.filled):
        return _shown(request, job, steps.CHECK, {"asides": laidaside.UNSEEN}, 409)
    typed = job.typed()
    typed = replace(typed, supplied=papers_of(job, typed).there)
    view = form.hand_in(job.entry, typed, job.actor, job.now)
    drafts.handed_in(draft, view, now=job.now)
    request.session["handed-in"] = view.number
    return redirect("apply-done", number=view.number)


def papers_of(job: Job, typed: form.Typed, errors: dict[str, str] | None = None) -> paperslots.Papers:
    """The checklist of this case with the draft's files."""
    asked = checklist(job.item, form.situations(job.item, typed), typed.channel)
    files = uploads.of_draft(job.pk) if job.draft else []
    listed = {slot.key for slot in asked}
    unasked = [Slot(key, material, False) for key, material in slots(job.item) if key not in listed]
    return paperslots.papers(asked, files, typed.supplied, errors, unasked)


def _files(request: HttpRequest, job: Job, go: str) -> HttpResponse:
    """Files came, or one is turned or taken out; back to the slot."""
    if go.startswith(("turn-", "drop-")):
        try:
            slot = paperslots.turn_or_remove(go, job.pk, job.actor, job.now)
        except DomainError as refused:
            if is_fault(refused):
                raise
            return _shown(request, job, steps.PAPERS, {"papers": refused.message}, status_of(refused))
        return redirect(job.address(steps.PAPERS) + (f"#slot-{slot}" if slot else ""))
    asked = [s.key for s in checklist(job.item, form.situations(job.item, job.typed()), job.channel)]
    holder = uploads.Holder(job.item.region, draft=job.pk)
    errors = paperslots.take_all(request, asked, holder, job.actor.id, job.now)
    if errors or request.htmx:  # type: ignore[attr-defined]
        return _shown(request, job, steps.PAPERS, {f"slot-{key}": text for key, text in errors.items()})
    if go == UPLOAD or not go:
        return redirect(job.address(steps.PAPERS))
    return _onward(request, job, steps.PAPERS, go)


def _fields(request: HttpRequest, job: Job) -> HttpResponse:
    """Fields that come or go with what was filled in (htmx); nothing is kept by asking."""
    typed = job.typed(frozenset(request.POST.getlist("shown")))
    page = form.apply_page(job.entry, typed, job.now)
    return render(request, "person/_moved_fields.html", {"page": page})


def _shown(
    request: HttpRequest, job: Job, step: str, faults: dict[str, str] | None = None, status: int = 422
) -> HttpResponse:
    typed, faults = job.typed(), faults or {}
    typed = replace(typed, shown=steps.asked_now(job.item, typed))
    page = form.apply_page(job.entry, typed, job.now, faults)
    errors = {key.removeprefix("slot-"): text for key, text in faults.items() if key.startswith("slot-")}
    left = form.faults_of(job.item, typed, job.now) if step == steps.CHECK else {}
    shown = {
        "job": job,
        "page": page,
        "item": job.item,
        "step": step,
        "bar": steps.bar(job.keys, step),
        "prior": job.keys[max(0, job.keys.index(step) - 1)],
        "blanks": given_blanks(page, typed, job.whom),
        "said": said_masked(page, typed, job.whom),
        "papers": papers_of(job, typed, errors),
        "hint": "少了也能提交申请，受理人员会一次性告知要补的全部材料。",
        "accept": paperslots.ACCEPT,
        "limits": uploads.limits(),
        "left": _with_steps(left),
        "asides": laidaside.others(job.item, job.draft, job.filled) if step == steps.CHECK else (),
        "asides_mark": laidaside.mark(job.draft),
        "back": request.POST.get("back") or request.GET.get("back", ""),
        "channel_name": CHANNEL_NAMES[page.channel],
        "bound": registry.bound_name(job.actor.id),
    }
    whole = "person/_papers.html" if request.htmx and step == steps.PAPERS else f"person/step_{step}.html"  # type: ignore[attr-defined]
    answer = render(request, whole, shown, status=status if faults else 200)
    answer.headers["X-Draft-Version"] = str(job.seen)  # a page that only exchanges a part goes on from here
    return answer


def _with_steps(faults: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """What is still wrong, each with the step where it is put right."""
    return tuple(
        (steps.SITUATION if key == "office" or key.startswith("fact.") else steps.FILL, key, text)
        for key, text in faults.items()
    )


def _moved(request: HttpRequest, job: Job, step: str, moved: DraftMoved) -> HttpResponse:
    """Two pages at once: both versions are kept, and the person says which to go on with."""
    if request.POST.get("go") == AUTO or request.htmx:  # type: ignore[attr-defined]
        return JsonResponse({"words": moved.message, "address": job.address(step)}, status=409)
    draft = drafts.find(job.pk, actor=job.actor, now=job.now)
    other = drafts.set_aside(draft)
    here = laidaside.differences(job.item, other or Filled(), drafts.contents(draft))
    shown = {
        "job": job, "item": job.item, "step": step, "seen": moved.details["version"], "differences": here,
        "kept_at": draft.saved_at, "address": job.address(step), "swap": laidaside.word(draft.aside_at),
    }  # fmt: skip
    return render(request, "person/moved.html", shown, status=409)
