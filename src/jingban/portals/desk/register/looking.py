"""The search box of the registers: number, name, initials, unit or place; who searched what is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.audit import service as audit
from jingban.core.identifiers import mask_id
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.register import rights
from jingban.registry import service as registry

ANY, UNIT, PLACE = "any", "unit", "place"
KINDS = ((ANY, "个人或单位"), (UNIT, "某单位的参保人员"), (PLACE, "某村（社区）的人员"))


@dataclass(frozen=True, slots=True)
class Result:
    """What was found: people of one page, units, and whether there is more."""

    page: registry.Page
    units: tuple[registry.FoundUnit, ...] = ()

    @property
    def count(self) -> int:
        return len(self.page.rows) + len(self.units)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The box; POST, so that no number stands in an address or a log."""
    region, regions = rights.chosen(request, rights.READERS)
    shown: dict[str, Any] = {
        "region": region, "regions": regions, "kinds": KINDS, "text": "", "by": ANY, "found": None, "wrong": "",
        "links": links(request),
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "desk/register/home.html", shown)
    text, by = request.POST.get("q", "").strip()[:60], request.POST.get("by", ANY)
    shown |= {"text": text, "by": by}
    try:
        found = look_up(
            region, text, by, day=local_day(doors.now()), after=request.POST.get("after", "")[:120]
        )
    except registry.NothingToSearch as error:
        return render(request, "desk/register/home.html", {**shown, "wrong": error.message}, status=422)
    rights.note(request, audit.SEARCHED, f"register:{region}", f"{mask_id(text)}：{found.count}条")
    rows = found.page.rows
    if len(rows) == 1 and not found.units and found.page.by == "number":
        return redirect("register-person", pk=rows[0].id)
    part = bool(request.htmx) and "after" in request.POST  # type: ignore[attr-defined]
    template = "desk/register/_people.html" if part else "desk/register/home.html"
    return render(request, template, {**shown, "found": found, "page": found.page})


def look_up(region: str, text: str, by: str, *, day: date, after: str = "") -> Result:
    """One box for all: what the text means is told by its form; a unit's name is looked for beside a person's."""
    if by == UNIT:
        page = registry.people_of_named_unit(region, text, day=day, after=after)
        return Result(page, page.units)
    if by == PLACE:
        return Result(registry.people_of_place(region, text, day=day, after=after))
    page = registry.search(region, text, day=day, after=after)
    if after:
        return Result(page)
    by_number = registry.search_kind(text) == "number"
    units = () if by_number and page.rows else registry.search_units(region, text)
    if not page.rows and not units and not by_number:
        page = registry.people_of_place(region, text, day=day)
    return Result(page, units)


def links(request: HttpRequest) -> list[tuple[str, str]]:
    """The other pages of the registers that this person may use: address name and title."""
    actor = doors.actor(request)
    known = (
        ("register-work", "待核实和待复审", rights.READERS),
        ("register-rosters", "名册", rights.ROSTERS),
        ("register-tax", "税务到账", rights.TAX),
        ("register-aid", "救助对象名单", rights.AID),
        ("register-claims", "受理台账", rights.READERS),
        ("register-batches", "批次和分类汇总", rights.READERS),
        ("register-invoices", "票据查验", rights.READERS),
    )
    return [(name, title) for name, title, roles in known if rights.regions_of(actor, roles)]
