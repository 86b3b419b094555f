"""The guide: what is in force, what the files would change, putting that into force; and running cases by version."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.cache import cache as kept
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.access.service import Recorded, entrust
from jingban.cases import actions, moving
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read_many
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.middleware import is_fault
from jingban.portals.numbers import whole
from jingban.portals.office import rooms
from jingban.rulebook import cache, publish
from jingban.rulebook.changes import Changed, changes
from jingban.rulebook.check import check
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.errors import RulebookBroken
from jingban.rulebook.models import PublishedItem

SHOWN = 100
"""Lines of a list; what is decided makes room for the next."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry that would change."""

    name: str
    tier: str
    kind: str
    changes: tuple[Changed, ...]
    running: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Cases that run under a version which is no longer in force, by step."""

    item: str
    hash: str
    published_at: Any
    step: str
    cases: int
    safe: int
    why: tuple[tuple[str, int], ...]
    version: int
    step_key: str


def _items(region: str) -> list[EffectiveItem]:
    return [item for item in cache.current().items if item.region == region]


def pending_count(region: str) -> int | None:
    """How many entries would change; none known where the files are broken. Kept by the files' digest."""
    try:
        key = f"office:pending:{region}:{cache.current().digest}:{_in_force(region)}"
        if (found := kept.get(key)) is None:
            found = len(publish.pending(region, _items(region)))
            kept.set(key, found, 3600)
    except RulebookBroken:
        return None
    return int(found)


def _in_force(region: str) -> str:
    rows = (
        PublishedItem.objects.filter(region=region, is_current=True)
        .order_by("-pk")
        .values_list("pk", flat=True)
    )
    return f"{len(rows)}-{rows[0]}" if rows else "0"


@rooms.staff
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """What publishing would change, entry by entry; and what is in force."""
    region = rooms.here(request, rooms.LOOK)
    lines: list[Line] = []
    broken = ""
    try:
        lines = [_line(one) for one in publish.pending(region, _items(region))]
    except RulebookBroken as error:
        broken = error.message
    current = PublishedItem.objects.filter(region=region, is_current=True).defer("content")
    shown = {
        **rooms.base(request, region),
        "lines": lines,
        "entrustments": [] if broken else _named(_entrustments(region)),
        "broken": broken,
        "may_publish": rooms.allowed(request, region, rooms.PUBLISH),
        "current": list(current),
        "digest": "" if broken else cache.current().digest,
    }
    return render(request, "office/guide.html", shown)


def _entrustments(region: str) -> list[Recorded]:
    """What the region's file says of entrusted villages and is not in force yet."""
    day = local_day(doors.now())
    recorded = publish.entrustments(region, cache.current().regions[region])
    return [record for record in recorded if record.is_news(day)]


def _named(records: list[Recorded]) -> list[tuple[Recorded, str]]:
    """With the names of the items; none named are all."""
    names = {item.item: item.name for item in cache.current().items}
    return [(one, "、".join(names.get(key, key) for key in one.items) or "全部事项") for one in records]


def _line(one: publish.Pending) -> Line:
    tier = "基层" if one.key.split("/")[1] == "grassroots" else "经办机构"
    if one.old is None or one.new is None:
        return Line(one.name, tier, "新增" if one.old is None else "停办", (), _running(one))
    found = changes(one.old.item, one.new, (one.old.parameters, one.parameters))
    return Line(one.name, tier, "修改", found, _running(one))


def _running(one: publish.Pending) -> int:
    return Case.objects.open().filter(version_id=one.old.id).count() if one.old else 0


@rooms.staff
@require_POST
def publish_now(request: HttpRequest) -> HttpResponse:
    """Put the files of the region into force: those that were shown, after the whole check."""
    region = rooms.here(request, rooms.LOOK)
    rooms.required(request, region, rooms.PUBLISH)
    back = redirect(f"{reverse('office-guide')}?region={region}")
    try:
        items = _items(region)
    except RulebookBroken as error:
        messages.error(request, f"没有发布：{error.message}")
        return back
    if request.POST.get("digest") != cache.current().digest:
        messages.error(request, "没有发布：规则文件刚才又改过了，请看过新的变化再发布。")
        return back
    if errors := check().errors:
        messages.error(request, f"没有发布：规则检查有{len(errors)}处错误，第一处：{errors[0]}")
        return back
    changed = publish.publish(items, now=doors.now(), whole=True, region=region)
    names = "、".join(row.name for row in changed[:5])
    rooms.note(request, rooms.CHANGED, f"guide:{region}", f"发布{len(changed)}个事项：{names}")
    for record in _entrustments(region):
        entrust(record, local_day(doors.now()))
        rooms.note(
            request,
            rooms.CHANGED,
            f"office:{region}",
            f"按规则文件登记{record.township}对{record.village}的委托",
        )
    messages.success(request, f"已发布{len(changed)}个有变化的事项；已开始的办件仍按原来的版本办。")
    return back


@rooms.staff
@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """Open cases by version and step; for what is out of force, whether each could go on under the newer one."""
    region = rooms.here(request, rooms.LOOK)
    rows = Case.objects.open().filter(region=region)
    counts = rows.filter(version__is_current=True).values_list("item").annotate(Count("pk")).order_by("item")
    names = {e.item.item: e.item.name for e in book.entries(region)}
    older = rows.filter(version__is_current=False).order_by("version_id", "step", "pk")
    old = read_many(older.values_list("pk", flat=True)[: SHOWN * 10])
    shown = {
        **rooms.base(request, region),
        "current": [(names.get(item, item), count) for item, count in counts],
        "older": _older(old),
        "may_move": rooms.allowed(request, region, moving.MOVERS),
        "key": str(uuid4()),
        "cut": len(old) == SHOWN * 10,
    }
    return render(request, "office/running.html", shown)


def _older(cases: list[CaseView]) -> list[Moved]:
    """The cases of a version and step together, with what stands in the way of how many."""
    together: dict[tuple[int, str], list[CaseView]] = {}
    for case in cases:
        together.setdefault((case.version_id, case.step), []).append(case)
    stamps = dict(
        PublishedItem.objects.filter(pk__in={v for v, _ in together}).values_list("pk", "published_at")
    )
    found = []
    for (pk, step), some in sorted(together.items()):
        published = publish.version(pk)
        into = _in_force_of(some[0])
        why: Counter[str] = Counter()
        safe = 0
        for case in some:
            words = moving.in_the_way(case, into)
            safe += not words
            why.update(words)
        process = published.item.process_named(some[0].process)
        name = process.steps[step].name if step in process.steps else step
        found.append(
            Moved(
                published.item.name,
                published.hash,
                stamps[pk],
                name,
                len(some),
                safe,
                tuple(why.most_common(5)),
                pk,
                step,
            )
        )
    return found


def _in_force_of(view: CaseView) -> PublishedItem | None:
    return publish.current(view.region, view.tier, view.item)


def _moved(request: HttpRequest, view: CaseView) -> bool:
    """Whether the case was moved; one that somebody acted upon meanwhile stays."""
    key = actions.as_key(f"{request.POST.get('key', '')}/{view.id}")
    try:
        moving.move(view.id, actor=doors.actor(request), seen=view.seq, key=key, now=doors.now())
    except DomainError as error:
        if is_fault(error):
            raise
        return False
    return True


@rooms.staff
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Let the cases of a version and step go on under the version in force: those for which it is proved, one by one."""
    region = rooms.here(request, rooms.LOOK)
    rooms.required(request, region, rooms.PUBLISH)
    version, step = request.POST.get("version", ""), request.POST.get("step", "")
    cases = Case.objects.open().filter(region=region, step=step, version__is_current=False).order_by("pk")
    views = read_many(cases.filter(version_id=whole(version)).values_list("pk", flat=True)[: SHOWN * 10])
    into = _in_force_of(views[0]) if views else None  # of one version, so of one entry
    fits = [view for view in views if not moving.in_the_way(view, into)]
    done = sum(_moved(request, view) for view in fits[:SHOWN])
    rooms.note(request, rooms.CHANGED, f"guide:{region}", f"把{done}件从版本{version}转到现行版本")
    more = f"还有{len(fits) - SHOWN}件接得上的，请再点一次。" if len(fits) > SHOWN else ""
    messages.success(request, f"已把{done}件转到现行版本；接不上的仍按原来的版本办。{more}")
    return redirect(f"{reverse('office-running')}?region={region}")
