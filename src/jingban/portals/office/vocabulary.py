"""Vocabulary and calendar to look at: read from the rulebook's files, changed there and nowhere else."""

from __future__ import annotations

from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.core.localtime import local_day
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.portals import doors
from jingban.portals.office import rooms
from jingban.workdays.service import YearFile, calendar

BOOKS = {
    "channels": "渠道", "materials": "材料", "situations": "情形", "diseases": "门诊慢特病病种", "roles": "岗位",
    "phrases": "常用意见", "documents": "文书", "messages": "函件", "laws": "法律法规",
}  # fmt: skip
MOST = 500


@rooms.staff
@require_GET
def words(request: HttpRequest) -> HttpResponse:
    """One of the dictionaries: key, name, and what else the file says."""
    region = rooms.here(request, rooms.LOOK)
    key = request.GET.get("book", "channels")
    if key not in BOOKS:
        raise Http404
    data = read_data(rulebook_root() / "national" / f"{key}.yaml") or {}
    text = request.GET.get("q", "").strip()[:40]
    rows = [(name, *_told(value)) for name, value in data.items()]
    found = [row for row in rows if not text or any(text in part for part in row)]
    shown = {
        **rooms.base(request, region), "books": BOOKS, "key": key, "title": BOOKS[key], "rows": found[:MOST],
        "total": len(found), "text": text, "file": f"rulebook/national/{key}.yaml",
    }  # fmt: skip
    return render(request, "office/words.html", shown)


def _told(value: Any) -> tuple[str, str]:
    """The name, and the rest as words."""
    if not isinstance(value, dict):
        return str(value), ""
    name = str(value.get("name") or value.get("title") or value.get("text") or "")
    rest = [f"{key}：{_flat(one)}" for key, one in value.items() if key not in ("name", "title", "text")]
    return name, "；".join(rest)


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_flat(one) for one in value)
    if isinstance(value, dict):
        return "，".join(f"{key} {_flat(one)}" for key, one in value.items())
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _year_file(year: int) -> YearFile | None:
    path = rulebook_root() / "national" / "calendar" / f"{year}.yaml"
    return YearFile.model_validate(read_data(path)) if path.exists() else None


@rooms.staff
@require_GET
def years(request: HttpRequest) -> HttpResponse:
    """Which years are known, by which notice; which the limits of running cases will reach without one."""
    region = rooms.here(request, rooms.LOOK)
    today = local_day(doors.now())
    found = [
        (year, _year_file(year), calendar().knows(year)) for year in range(today.year + 1, today.year - 6, -1)
    ]
    shown = {**rooms.base(request, region), "years": found, "today": today, "next_year": today.year + 1}
    return render(request, "office/calendar.html", shown)


@rooms.staff
@require_GET
def year(request: HttpRequest, year: int) -> HttpResponse:
    """The days of a year: what works and what does not, and why."""
    region = rooms.here(request, rooms.LOOK)
    file = _year_file(year)
    if file is None:
        raise Http404
    days = calendar()
    months = [
        (
            month,
            [
                [(day, day.month == month, days.is_working(day), _special(days, day)) for day in week]
                for week in weeks
            ],
        )
        for month in range(1, 13)
        if (weeks := Calendar().monthdatescalendar(year, month))
    ]
    first = date(year, 1, 1)
    working = sum(
        days.is_working(first + timedelta(days=n)) for n in range((date(year + 1, 1, 1) - first).days)
    )
    shown = {
        **rooms.base(request, region), "year": year, "file": file, "months": months, "working": working,
        "known": days.knows(year),
    }  # fmt: skip
    return render(request, "office/year.html", shown)


def _special(days: Any, day: date) -> str:
    """休 for a holiday on a weekday, 班 for a make-up workday; nothing for an ordinary day."""
    weekend = day.weekday() >= 5
    if days.is_working(day):
        return "班" if weekend else ""
    return "" if weekend else "休"
