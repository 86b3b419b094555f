"""Uploading a unit's or a village's roster: checked line by line, then named by its number in an application."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from jingban.access.service import NotAllowed
from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.register import forms, rights
from jingban.portals.middleware import is_fault
from jingban.portals.numbers import whole
from jingban.registry import service as registry

KINDS = {registry.UNIT_ROSTER: "单位职工", registry.VILLAGE_ROSTER: "村（社区）居民"}
FIELDS = (
    forms.field("kind", "种类", "choice", choices=KINDS),
    forms.field("holder", "单位信用代码，或村（社区）名称", hint="要和登记册里的写法一致"),
)
LARGEST = 60 << 20
"""Bytes of a file; 100,000 rows are about ten million."""
RECENT = 20
LINES = 50
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATUS = {"bad": "有误", "good": "可登记", "same": "无变化", "done": "已登记"}


@doors.staff_only
@require_http_methods(["GET", "POST"])
def rosters(request: HttpRequest) -> HttpResponse:
    """The upload, and the last rosters of the region."""
    region, regions = rights.chosen(request, rights.ROSTERS)
    today = local_day(doors.now())
    form, wrong = forms.empty(FIELDS, today, kind=registry.UNIT_ROSTER), ""
    if request.method == "POST":
        form = forms.filled(FIELDS, request.POST, today)
        upload = request.FILES.get("file")
        wrong = _unusable(upload)
        if not form.faults and not wrong and upload is not None:
            try:
                made = _checked(request, region, form, upload)
            except DomainError as error:
                if is_fault(error):
                    raise
                named = error.details.get("field") in ("kind", "holder")
                form, wrong = (form.wrong(error), "") if named else (form, error.message)
            else:
                return redirect("register-roster", pk=made.pk)
    page: dict[str, Any] = {
        "region": region, "regions": regions, "form": form, "wrong": wrong, "kinds": KINDS,
        "recent": registry.recent_rosters(region, RECENT, actor=_only_own(request, region)),
    }  # fmt: skip
    return render(request, "desk/register/rosters.html", page, status=422 if form.faults or wrong else 200)


def _unusable(upload: UploadedFile[bytes] | None) -> str:
    if upload is None:
        return "请选择表格文件"
    if (upload.size or 0) > LARGEST:
        return f"文件超过{LARGEST >> 20}MB，请分成几份上传"
    return ""


def _checked(
    request: HttpRequest, region: str, form: forms.Filled, upload: UploadedFile[bytes]
) -> registry.Roster:
    """Check the file. The same file again is the same roster: it goes on where it stopped, refused lines come anew."""
    kind, holder = form.said["kind"], form.said["holder"]
    if _only_own(request, region) is not None:
        day = local_day(doors.now())
        registry.refuse_foreign_roster(doors.actor(request), region, kind=kind, holder=holder, day=day)
    name = Path(upload.name or "名册.xlsx").name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"roster{Path(name).suffix[:8]}"
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        source = registry.Source.DECLARED
        made = registry.check_roster(
            rights.origin(request, region, source),
            path,
            kind=kind,
            holder=holder,
            name=name,
        )
    rights.note(request, audit.SEARCHED, f"roster:{made.pk}", f"核对名册{made.lines_total}行")
    return made


@doors.staff_only
@require_GET
def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """What the check found, a page of lines at a time: first those that are wrong."""
    found = _roster(request, pk)
    status = request.GET.get("status", "")
    status = status if status in STATUS else ("bad" if found.lines_bad else "good")
    lines = registry.roster_lines(found, status, whole(request.GET.get("after", "")), LINES + 1)
    rights.note(request, audit.READ, f"roster:{found.pk}", STATUS[status])
    page = {
        "roster": found, "kind": KINDS[found.kind], "status": status, "tabs": _tabs(found),
        "lines": lines[:LINES], "older": lines[LINES - 1][0] if len(lines) > LINES else "",
    }  # fmt: skip
    return render(request, "desk/register/roster.html", page)


def _tabs(found: registry.Roster) -> list[tuple[str, str, int]]:
    counts = {
        "bad": found.lines_bad, "good": found.lines_good, "same": found.lines_same, "done": found.lines_done,
    }  # fmt: skip
    return [(key, name, counts[key]) for key, name in STATUS.items()]


@doors.staff_only
@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Every line with what became of it, as a spreadsheet; wrong lines can be put right in it and uploaded again."""
    found = _roster(request, pk)
    rights.note(request, audit.REVEALED, f"roster:{found.pk}", "下载核对结果（全号）")
    with _file() as path:
        registry.export_result(found, path)
        return _download(path, f"名册{found.pk}核对结果.xlsx")


@doors.staff_only
@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty roster to be filled in."""
    region, _ = rights.chosen(request, rights.ROSTERS)
    if kind not in KINDS:
        messages.error(request, "没有这种名册。")
        return redirect("register-rosters")
    with _file() as path:
        registry.roster_template(region, kind, path)
        return _download(path, f"{KINDS[kind]}名册.xlsx")


def _roster(request: HttpRequest, pk: int) -> registry.Roster:
    found = registry.roster_of_id(pk)
    if found is None:
        raise registry.RegistryError("没有这份名册，请核对编号。")
    rights.required(request, found.region, rights.ROSTERS)
    if _only_own(request, found.region) not in (None, found.actor):
        raise NotAllowed("这份名册是别人上传的，您的岗位只能看自己上传的名册。")
    return found


def _only_own(request: HttpRequest, region: str) -> int | None:
    """Townships and villages see the rosters that they uploaded themselves."""
    return None if rights.allowed(request, region, rights.COUNTER) else doors.actor(request).id


@contextmanager
def _file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "roster.xlsx"


def _download(path: Path, name: str) -> HttpResponse:
    answer = HttpResponse(path.read_bytes(), content_type=SPREADSHEET)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
