"""A list of civil affairs, pasted from a spreadsheet: each line is taken in or explained.

Where the region opens premium subsidies by such a list (无需个人申报), each line that was taken opens its case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from jingban.audit import service as audit
from jingban.cases.forms import checked_answer
from jingban.core.errors import DomainError
from jingban.core.insurance import AID_CATEGORIES
from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.desk.register import forms, rights
from jingban.portals.middleware import is_fault
from jingban.processes.model import Message
from jingban.registry import service as registry

MOST_LINES = 2000
BATCH = forms.field("batch", "名单编号", hint="民政部门来文的编号；同一编号的名单再交一次不会重复开件")
YEAR = forms.field(
    "year", "参保年度", "year", required=False, hint="开缴费补贴办件的填写，例如 2027；只登记身份的不填"
)
_DAY = forms.field("recognised_on", "认定日期", "day")
_PARTS = re.compile(r"[\t,，;；]+|\s{2,}|(?<=\S) (?=\S)")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a line, for the page."""

    line: int
    name: str
    status: str
    why: str
    person: int | None = None
    case: str = ""


@doors.staff_only
@require_http_methods(["GET", "POST"])
def aid(request: HttpRequest) -> HttpResponse:
    """The form for a list, and what came of each line."""
    region, regions = rights.chosen(request, rights.AID)
    today, opens = local_day(doors.now()), opens_by_list(region)
    fields = (BATCH, YEAR) if opens else ()
    form, text, wrong, told = forms.empty(fields, today), request.POST.get("list", ""), "", list[Told]()
    if request.method == "POST":
        form = forms.filled(fields, request.POST, today)
        wrong = "" if text.strip() else "请粘贴名单"
        if not form.faults and not wrong:
            try:
                told = _taken(request, region, form, text)
            except DomainError as error:
                if is_fault(error):
                    raise
                wrong = error.message
    page: dict[str, Any] = {
        "region": region, "regions": regions, "form": form, "text": text, "wrong": wrong, "told": told,
        "opens": opens, "good": sum(1 for t in told if t.status != "refused"),
        "faults": ([("list", wrong)] if wrong else []) + list(form.listed),
        "categories": AID_CATEGORIES.values(),
    }  # fmt: skip
    return render(request, "desk/register/aid.html", page, status=422 if form.faults or wrong else 200)


def opens_by_list(region: str) -> bool:
    """Whether the region's premium subsidies begin with the list."""
    starts = (entry.item.process.starts for entry in book.entries(region))
    return any(isinstance(s, Message) and s.message == registry.AID_LIST for s in starts)


def _taken(request: HttpRequest, region: str, form: forms.Filled, text: str) -> list[Told]:
    """Register the statuses, then open the cases of the lines that were taken in."""
    lines, wrong = read_lines(text, form.day)
    rows = [row for _, row in lines]
    numbered = dict(enumerate((line for line, _ in lines), 1))
    names = dict(enumerate((row.name for row in rows), 1))
    taken = registry.take_aid_list(rights.origin(request, region), rows)
    rights.note(request, audit.SEARCHED, f"register:{region}", f"登记救助对象名单{len(rows)}行")
    cases = dict[int, registry.AidCase]()
    if form.said.get("year"):
        good = [t.line for t in taken if t.status != "refused"]
        opened = registry.open_aid_cases(
            region,
            [rows[line - 1] for line in good],
            batch=form.said["batch"],
            year=int(form.said["year"]),
            actor=doors.actor(request),
            now=doors.now(),
        )
        cases = dict(zip(good, opened, strict=True))
    told = [_told(t, numbered[t.line], names[t.line], cases.get(t.line)) for t in taken]
    return sorted([*told, *wrong], key=lambda t: t.line)


def _told(taken: registry.AidTaken, line: int, name: str, case: registry.AidCase | None) -> Told:
    number = case.case.number if case and case.case else ""
    why = taken.why or (case.why if case else "")
    return Told(line, name, taken.status, why, taken.person.pk if taken.person else None, number)


def read_lines(text: str, today: date) -> tuple[list[tuple[int, registry.AidRow]], list[Told]]:
    """The rows of a pasted list by their line, and the lines that are none."""
    rows: list[tuple[int, registry.AidRow]] = []
    wrong: list[Told] = []
    said = text.splitlines()
    if len(said) > MOST_LINES:
        raise registry.RegistryError(
            f"名单有{len(said)}行，一次最多{MOST_LINES}行，请分几次粘贴。", field="list"
        )
    for line, row in enumerate(said, 1):
        parts = [part.strip() for part in _PARTS.split(row.strip()) if part.strip()]
        if not parts or (line == 1 and "姓名" in parts[0]):
            continue
        try:
            rows.append((line, _row(parts, today)))
        except DomainError as error:
            wrong.append(Told(line, parts[0], "refused", error.message))
    return rows, wrong


def _row(parts: list[str], today: date) -> registry.AidRow:
    if not 4 <= len(parts) <= 5:
        raise registry.RegistryError("应有姓名、证件号码、类别、认定日期四列，有截止日期的再加一列。")
    name, number, category, *days = parts
    codes = {words: code for code, words in AID_CATEGORIES.items()}
    code = codes.get(category, category)
    if code not in AID_CATEGORIES:
        raise registry.RegistryError(f"没有“{category}”这一类，可用：{'、'.join(codes)}。")
    read = [date.fromisoformat(checked_answer(_DAY, day, {}, today)) for day in days]
    return registry.AidRow(name, number, code, read[0], read[1] if len(read) > 1 else None)
