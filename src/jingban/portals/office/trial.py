"""参数试算: who would have gained and lost by other figures, and what it would have cost, on a year's decided claims.

Nothing of the house is changed and no result is kept: the table that can be exported travels in the page, signed.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.benefits.service import trials
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.parameters import Parameter
from jingban.portals import doors
from jingban.portals.office import figureform, rooms
from jingban.rulebook.figures import figures

MOST = 300_000
"""Cases that are worked out while somebody waits, a minute or two; more by the command."""
LONGEST_FILE = 200_000
SALT = "office.trial"
KEPT_SECONDS = 24 * 3600
"""How long a result can be exported."""
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_busy = threading.Lock()


@rooms.staff
@require_http_methods(["GET", "POST"])
def trial(request: HttpRequest) -> HttpResponse:
    """Tables of figures to be changed, or a file of them; above them what that would have meant."""
    region = rooms.here(request, rooms.TRY)
    rooms.required(request, region, rooms.TRY)
    years = trials.decided_years(region)
    asked = request.POST or request.GET
    year = _year(asked.get("year", ""), years)
    wanted = asked.get("table", "" if request.POST else next(iter(trials.TABLES)))
    tables = figureform.tables(figures(region), trials.TABLES, _day(year), request.POST, wanted)
    rows = [row for one in tables for row in one.rows]
    shown: dict[str, Any] = {
        **rooms.base(request, region), "tables": tables, "years": years, "year": year, "faults": (),
        "most": f"{MOST // 10_000}万", "fewest": trials.FEWEST, "can_try": trials.is_installed(),
    }  # fmt: skip
    if request.method == "POST":
        faults = [
            (row.key, f"{one.name}，{row.name}：{row.fault}")
            for one in tables
            for row in one.rows
            if row.fault
        ]
        try:
            shown |= {} if faults else _tried(request, region, year, years, rows)
        except DomainError as wrong:
            faults = [("file" if request.FILES else "year", wrong.message)]
        shown["faults"] = tuple(faults)
    return render(request, "office/trial.html", shown, status=422 if shown["faults"] else 200)


@rooms.staff
@require_POST
def table(request: HttpRequest) -> HttpResponse:
    """A result as a spreadsheet, which is written down."""
    region = rooms.here(request, rooms.TRY)
    rooms.required(request, region, rooms.TRY)
    try:
        found = signing.loads(request.POST.get("result", ""), salt=SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        found = {}
    if found.get("region") != region:
        messages.error(request, "这份试算结果已经过期，请重新试算后再导出。")
        return redirect(f"{reverse('office-trial')}?region={region}")
    sheets = [trials.Sheet(title, head, trials.rows_of(rows)) for title, head, rows in found["sheets"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.xlsx"
        trials.workbook(sheets, found["said"], path)
        content = path.read_bytes()
    rooms.note(request, audit.READ, f"office:{region}", f"导出{found['year']}年度参数试算结果")
    name = quote(f"参数试算{found['year']}.xlsx")
    answer = HttpResponse(content, content_type=SPREADSHEET)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _tried(
    request: HttpRequest, region: str, year: int, years: Mapping[int, int], rows: list[figureform.Row]
) -> dict[str, Any]:
    """What the page shows of a trial. Raises DomainError for what cannot be tried."""
    if not years.get(year):
        raise DomainError(f"{year}年度还没有核定的报销，没有单据可以试算，请换一个年度。")
    if years[year] > MOST:
        raise DomainError(
            f"{year}年度有{years[year]}件，页面上一次最多试算{MOST}件；请把参数文件交系统管理员在服务器上运行："
            f"jingban benefit what-if --parameters 文件 --year {year} --region {region}"
        )
    draft = _draft(request, region, year, rows)
    if not _busy.acquire(blocking=False):
        raise DomainError("另一次试算正在进行，请过一两分钟再试。")
    try:
        taken, found = trials.try_on_decided(
            draft, year=year, region=region, actor=doors.actor(request).id, now=doors.now(), said="参数试算："
        )
    finally:
        _busy.release()
    sheets, said = trials.sheets(found), [*trials.said(found), *trials.left_out(taken)]
    kept = {
        "region": region, "year": year, "said": said,
        "sheets": [(one.title, one.head, trials.as_data(one.rows)) for one in sheets],
    }  # fmt: skip
    return {
        "sheets": [_shown(one) for one in sheets],
        "said": said,
        "result": signing.dumps(kept, salt=SALT, compress=True),
    }


def _shown(sheet: trials.Sheet) -> dict[str, Any]:
    """A table with each cell under its heading, figures as people read them."""
    cells = [
        [
            (name, f"{cell:,}" if isinstance(cell, Decimal | int) else cell, name not in trials.WORDS)
            for name, cell in zip(sheet.head, row, strict=True)
        ]
        for row in sheet.rows
    ]
    head = [(name, name not in trials.WORDS) for name in sheet.head]
    return {"title": sheet.title, "head": head, "cells": cells}


def _draft(request: HttpRequest, region: str, year: int, rows: list[figureform.Row]) -> dict[str, Parameter]:
    """The changed figures: typed, or of an uploaded file."""
    typed, sent = figureform.changed(rows, year), request.FILES.get("file")
    if sent is None:
        if not typed:
            raise DomainError("还没有填写试算值：请在要改的参数后面填写新值，或上传改好的参数文件。")
        return typed
    if typed:
        raise DomainError("填写的试算值和上传的文件只能选一种，请清空其中一种。")
    if (sent.size or 0) > LONGEST_FILE:
        raise DomainError("文件太大，不像是参数文件，请核对。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(sent.name or "").name
        if path.suffix != ".yaml":
            raise DomainError("请上传参数文件（文件名以 .yaml 结尾）。")
        path.write_bytes(sent.read())
        try:
            return trials.read_draft(path)
        except DomainError as wrong:
            raise DomainError(wrong.message.replace(str(path), path.name)) from None


def _year(text: str, years: Mapping[int, int]) -> int:
    last = local_day(doors.now()).year - 1
    if text.isdecimal() and int(text) in years:
        return int(text)
    return last if last in years or not years else max(years)


def _day(year: int) -> date:
    """The day whose figures are shown: the last of the year that has come."""
    return min(date(year, 12, 31), local_day(doors.now()))
