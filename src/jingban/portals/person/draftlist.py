"""What somebody has begun and not handed in: where it goes on, and how it is thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from jingban.access.service import Actor
from jingban.cases import drafts
from jingban.cases.models import Case, Draft
from jingban.portals import book, doors
from jingban.portals.person import steps


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft as the list of the own cases shows it."""

    draft: Draft
    name: str
    region: str
    address: str


def own_drafts(actor: Actor, now: datetime) -> list[Waiting]:
    """What the actor has not handed in, with where it goes on; of entries that are gone the start page tells."""
    entries: dict[tuple[str, str, str], book.Entry] = {}
    for entry in book.entries():
        entries[entry.item.region, entry.item.tier, entry.item.item] = entry
    found = []
    for draft in drafts.list_of(actor, now=now):
        known = entries.get((draft.region, draft.tier, draft.item))
        if known is None:
            continue
        if draft.case_id is not None:
            number = Case.objects.values_list("number", flat=True).get(pk=draft.case_id)
            address = reverse("my-supplement", args=[number])
        else:
            place = steps.place_of(drafts.contents(draft)) or steps.SITUATION
            address = reverse("apply-step", args=[draft.region, draft.tier, draft.item, draft.pk, place])
        name = f"补正：{known.item.name}" if draft.case_id else known.item.name
        found.append(Waiting(draft, name, known.item.region_name, address))
    return found


@login_required
@require_POST
def discard(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Throw a draft away with its files; the visitor was asked before."""
    drafts.discard(draft, actor=doors.actor(request), now=doors.now())
    messages.success(request, "草稿和已传的材料已经删去。")
    return redirect("mine")
