"""What the unit is to pay: its levies month by month, and each as a paper."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.audit import service as audit
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.documents import service as documents
from jingban.portals import doors, printing
from jingban.portals.public.paperfiles import file_of
from jingban.portals.unit import rights
from jingban.portals.unit.home import tabs
from jingban.registry import service as registry

SHOWN = 36


@login_required
@require_GET
def levies(request: HttpRequest, pk: int) -> HttpResponse:
    """The last levies, what is unpaid first; a void one was replaced by another of its month."""
    acted = rights.unit(request, pk, "query")
    file = registry.unit_file(acted.unit, local_day(doors.now()))
    owed = sorted(file.arrears, key=lambda levy: (levy.start_on, levy.pk))
    rest = [levy for levy in file.levies if levy.status != "issued"]
    rights.note(request, audit.READ, rights.subject(acted), "征缴单")
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "levies"), "owed": owed, "rest": rest[:SHOWN],
        "total": show_yuan(sum(levy.due_fen for levy in owed)), "shown": file.shown,
    }  # fmt: skip
    return render(request, "unit/levies.html", shown)


@login_required
@require_GET
def slip(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """征缴单 as a file: issued on first print, the same ever after."""
    acted = rights.unit(request, pk, "query")
    row = printing.levy_of(acted.unit.region, number)
    if row is None or row.unit_id != acted.unit.pk:
        raise registry.UnitNotFound("没有这张征缴单，请从本单位的征缴单页面打开。")
    rights.note(request, audit.READ, f"levy:{number}", "打印征缴单")
    who = doors.actor(request)
    paper = documents.issue(
        printing.levy(row), kind="levy-slip", region=row.region, actor=who, now=doors.now()
    )
    return file_of(paper, who, request)
