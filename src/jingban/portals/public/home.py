"""The first page and the page of a region: search, life situations, kinds of applicant, the list of entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.portals import book
from jingban.portals.book import Entry
from jingban.portals.context import remembered_region
from jingban.portals.public.finding import Finding, finding, found, is_for
from jingban.portals.public.guide import Number, correction_text, limit_number
from jingban.portals.public.switching import remember_region

MOST_FOUND = 40
OFTEN = ("报销", "异地就医", "转移", "生育津贴", "慢性病", "参保")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in a list."""

    item: Any
    limit: Number
    applies: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way to entries other than by searching: a situation of life, or a kind of applicant."""

    key: str
    name: str
    sign: str
    count: int


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Say what you want to do, or choose a situation of life, a kind of applicant, or a region."""
    asked, known = request.GET, finding()
    query = asked.get("q", "").strip()[:40]
    life, kind = asked.get("life", ""), known.kinds.get(asked.get("for", ""))
    card = book.regions().get(asked["region"]) if "region" in asked else remembered_region(request)
    listed = book.entries(*([card.region] if card else []))
    hits = _hits(listed, query, life, kind)
    elsewhere = query and card and not hits and found(book.entries(), query)
    shown = {
        "regions": book.regions().values(),
        "counts": book.counts(),
        "query": query,
        "chosen": card,
        "title": f"“{query}”" if query else life or (kind.name if kind else ""),
        "found": [_row(e) for e in hits[:MOST_FOUND]],
        "more": max(0, len(hits) - MOST_FOUND),
        "elsewhere": sorted({e.item.region_name for e in elsewhere or ()}),
        "often": OFTEN,
        "lives": _lives(listed, known),
        "kinds": _kinds(listed, known),
    }
    answer = render(request, "public/home.html", shown)
    if "region" in asked:
        remember_region(answer, card.region if card else "")
    return answer


def _hits(listed: Iterable[Entry], query: str, life: str, kind: Any) -> list[Entry]:
    if query:
        return found(listed, query)
    if life:
        return [e for e in listed if life in e.item.life]
    return [e for e in listed if is_for(e.item, kind)] if kind else []


def _lives(listed: Iterable[Entry], known: Finding) -> list[Way]:
    items = [e.item for e in listed]
    ways = [
        Way(name, name, life.sign, sum(name in i.life for i in items)) for name, life in known.life.items()
    ]
    return [way for way in ways if way.count]


def _kinds(listed: Iterable[Entry], known: Finding) -> list[Way]:
    items = [e.item for e in listed]
    ways = [Way(key, k.name, "", sum(is_for(i, k) for i in items)) for key, k in known.kinds.items()]
    return [way for way in ways if way.count]


def _row(entry: Entry) -> Row:
    item = entry.item
    return Row(item, limit_number(item), item.process.starts == "application")


@require_GET
def region(request: HttpRequest, region: str) -> HttpResponse:
    """The guides of a region, level by level, under their main items."""
    card = book.region_card(region)
    listed = book.entries(region)
    tiers = list(dict.fromkeys(e.item.tier for e in listed))
    tier = request.GET.get("tier", "")
    tier = tier if tier in tiers else (tiers[0] if tiers else "agency")
    rows = [_row(e) for e in listed if e.item.tier == tier]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.item.main_item.name if row.item.main_item else "其他", []).append(row)
    shown = {
        "card": card,
        "tiers": tiers,
        "tier": tier,
        "count": len(rows),
        "groups": list(groups.items()),
        "corrections": [correction_text(c) for c in card.corrections],
    }
    return remember_region(render(request, "public/region.html", shown), region)
