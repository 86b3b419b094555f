"""Employees come and go: lines typed, pasted or from a file, checked alike; the good ones are handed in."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from jingban.audit import service as audit
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.portals import doors
from jingban.portals.middleware import is_fault
from jingban.portals.unit import handing, rights, sheet
from jingban.portals.unit.home import tabs
from jingban.registry import service as registry

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 10 << 20
"""Bytes of a file; ten thousand lines are about one million."""


@login_required
@require_http_methods(["GET", "POST"])
def changes(request: HttpRequest, pk: int, operation: str) -> HttpResponse:
    """The table of one operation. Nothing is kept before it is handed in, and nothing typed is lost."""
    acted = rights.unit(request, pk, "declare")
    if operation not in sheet.OPERATIONS:
        raise Http404(operation)
    known = registry.roster_columns(acted.unit.region)
    faults: dict[str, str] = {}
    sent = sheet.read(request.POST, [column.key for column in known])
    if request.method == "POST":
        sent, faults = _taken_in(request, sent, known, operation)
    looked = _looked(request, acted, sent, operation)
    go = request.POST.get("go", "")
    if go == "faults" and not faults:
        return _fault_sheet(acted, looked)
    way = handing.way_of(acted.unit.region, doors.now())
    if go == "submit" and not faults:
        return _submitted(request, acted, way, operation, sent, looked)
    return _shown(request, acted, way, operation, sent, looked, faults)


def _taken_in(
    request: HttpRequest, sent: sheet.Sent, known: tuple[registry.RosterColumn, ...], operation: str
) -> tuple[sheet.Sent, dict[str, str]]:
    """What was pasted and what the file holds join the lines; what is wrong with them is told at their field."""
    faults: dict[str, str] = {}
    lines = list(sent.lines)
    first = max(sent.next, 1)
    try:
        more = registry.pasted_lines(request.POST.get("paste", ""), known, sheet.order_of(operation), first)
        lines, first = [*lines, *more], first + len(more)
    except DomainError as error:
        faults["paste"] = _told(error)
    upload = request.FILES.get("file")
    if upload is not None:
        try:
            lines += _read_file(upload, known, first)
        except DomainError as error:
            faults["file"] = _told(error)
    if len(lines) > registry.ROSTER_MOST:
        faults["paste"] = f"一次最多{registry.ROSTER_MOST}人，请先提交已经核对好的，再接着粘贴。"
        lines = list(sent.lines)
    return replace(sent, lines=tuple(lines)), faults


def _read_file(
    upload: UploadedFile[bytes], known: tuple[registry.RosterColumn, ...], first: int
) -> list[registry.TypedLine]:
    if (upload.size or 0) > LARGEST:
        raise registry.RegistryError(f"文件超过{LARGEST >> 20}MB，请分成几份上传。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{Path(upload.name or '').suffix[:8]}"
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        return registry.lines_of_file(path, known, first)


def _told(error: DomainError) -> str:
    if is_fault(error):
        raise error
    return error.message


def _looked(
    request: HttpRequest, acted: registry.Acting, sent: sheet.Sent, operation: str
) -> list[registry.LookedLine]:
    """Every line judged. That a number is known here is told to the unit only, and the look is written down."""
    if not sent.lines:
        return []
    found = registry.look_over(rights.origin(request, acted), sent.lines, acted.unit.credit_code, operation)
    rights.note(request, audit.SEARCHED, rights.subject(acted), f"核对增减员{len(found)}行")
    return found


def _submitted(
    request: HttpRequest,
    acted: registry.Acting,
    way: handing.Way,
    operation: str,
    sent: sheet.Sent,
    looked: Sequence[registry.LookedLine],
) -> HttpResponse:
    """Hand in what is right; what is wrong stays on the page."""
    good = [one for one in looked if one.status == "good"]
    if not good:
        faults = {"sheet": "还没有可以提交的人：请先填写，或把有误的行改正后再提交。"}
        return _shown(request, acted, way, operation, sent, looked, faults)
    application = handing.application_of(
        way, acted, operation, good, {"phone": sent.phone, "office": sent.office}
    )
    now = doors.now()
    if faults := handing.faults_of(way, application, now):
        return _shown(request, acted, way, operation, sent, looked, faults)
    view = handing.hand_in(way, acted, application, good, key=sent.key, actor=doors.actor(request), now=now)
    rest = [one for one in looked if one.status == "bad"]
    if not rest:
        return redirect("unit-handed-in", pk=acted.unit.pk, number=view.number)
    left = replace(sent, lines=tuple(one.typed for one in rest), open=frozenset(), key=str(uuid4()))
    return _shown(request, acted, way, operation, left, rest, {}, handed=(view, len(good)))


def _shown(
    request: HttpRequest,
    acted: registry.Acting,
    way: handing.Way,
    operation: str,
    sent: sheet.Sent,
    looked: Sequence[registry.LookedLine],
    faults: dict[str, str],
    handed: tuple[CaseView, int] | None = None,
) -> HttpResponse:
    page = sheet.page_of(acted.unit.region, operation, sent, looked, faults, acted.unit.phone)
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "changes"), "page": page, "way": way,
        "tasks": [(key, sheet.OPERATIONS[key], text) for key, text in sheet.TASKS.items()],
        "handed": handed[0] if handed else None, "handed_count": handed[1] if handed else 0,
        "pasted": request.POST.get("paste", "") if "paste" in faults else "", "most": f"{registry.ROSTER_MOST:,}",
        "fault_of": faults,
    }  # fmt: skip
    return render(request, "unit/changes.html", shown, status=422 if faults else 200)


def _fault_sheet(acted: registry.Acting, looked: Sequence[registry.LookedLine]) -> HttpResponse:
    """The wrong lines as a spreadsheet, each with what is wrong; put right, it can be pasted or uploaded again."""
    wrong = [one for one in looked if one.status == "bad"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faults.xlsx"
        registry.export_looked(acted.unit.region, wrong, path)
        return download(path, "增减员差错表.xlsx")


def download(path: Path, name: str) -> HttpResponse:
    answer = HttpResponse(path.read_bytes(), content_type=SPREADSHEET)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


@login_required
@require_GET
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """An empty table to be filled in: every column set to text, so that numbers keep their digits."""
    acted = rights.unit(request, pk, "declare")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        registry.roster_template(acted.unit.region, registry.UNIT_ROSTER, path)
        return download(path, "单位职工名册.xlsx")
