"""The first page of townships and villages, and the lists of people to look after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.audit import service as audit
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk import queue
from jingban.portals.grassroots import posts
from jingban.portals.grassroots.offline import version
from jingban.portals.numbers import whole
from jingban.registry import service as registry
from jingban.visits import service as visits
from jingban.workdays.service import calendar

SHOWN = 5
"""So many lines of the queue stand on the first page; the rest at the desk."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the own place stands: people, how many of them are insured, and how many stand in each list."""

    people: int
    insured: int
    counts: dict[str, int]

    @property
    def share(self) -> str:
        return f"{self.insured * 100 / self.people:.1f}%" if self.people else "—"


@posts.local_only
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """How the place stands, what to do next, the ten items, the own cases and visits."""
    post, actor, now = posts.here(request), doors.actor(request), doors.now()
    day = local_day(now)
    waiting = queue.queue_page(actor, queue.MINE, "", calendar(), day)
    shown: dict[str, Any] = {
        "standing": _standing(request, post),
        "lists": registry.CARE_LISTS,
        "tiles": posts.tiles(post, actor),
        "queue": waiting.rows[:SHOWN],
        "more": len(waiting.rows) > SHOWN or bool(waiting.after),
        "waiting": len(waiting.rows),
        "waiting_more": bool(waiting.after),
        "visits": visits.open_count(actor.id),
        "version": version(),
    }
    return render(request, "grassroots/home.html", {**_base(request, post), **shown})


def _base(request: HttpRequest, post: posts.Post) -> dict[str, Any]:
    return {"post": post, "posts": posts.posts(doors.actor(request))}


def _standing(request: HttpRequest, post: posts.Post) -> Standing:
    day = local_day(doors.now())
    counts = registry.care_counts(registry.around(doors.actor(request), post.region, day), day)
    return Standing(counts.pop("people"), counts.pop("insured_people"), counts)


@posts.local_only
@require_GET
def care(request: HttpRequest, key: str) -> HttpResponse:
    """One of the lists, a page at a time; who looked is written down."""
    if key not in registry.CARE_LISTS:
        raise Http404
    post, now = posts.here(request), doors.now()
    day, last = local_day(now), whole(request.GET.get("after", ""))
    where = registry.around(doors.actor(request), post.region, day)
    page = registry.care_list(where, key, day=day, after=last)
    title = registry.CARE_LISTS[key]
    audit.record(
        actor=doors.actor(request).id,
        kind=audit.READ,
        subject=f"register:{post.region}",
        detail=f"{post.name}{title}名单：{len(page.rows)}条",
        now=now,
    )
    shown = {"page": page, "lists": registry.CARE_LISTS, "key": key, "title": title, "first": not last}
    return render(request, "grassroots/care.html", {**_base(request, post), **shown})
