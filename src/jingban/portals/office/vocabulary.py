"""Vocabulary and calendar to look at: read from the rulebook's files, changed there and nowhere else, save a region's
own standard opinions (``phrases``)."""

from __future__ import annotations

from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.core.localtime import local_day
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.office import phrases, rooms
from jingban.rulebook.phrases import FITS, PhraseRefused, drop, keep
from jingban.workdays.service import YearFile, calendar

BOOKS = {
    "channels": "渠道", "materials": "材料", "situations": "情形", "diseases": "门诊慢特病病种", "roles": "岗位",
    "phrases": "常用意见", "documents": "文书", "messages": "函件", "laws": "法律法规",
}  # fmt: skip
MOST = 500
SHOWN = {
    "issued_by": "出具或发布", "note": "说明", "question": "怎样问", "number": "文号", "in_force": "施行",
    "must_carry": "载明", "opening": "开头", "closing": "结尾", "staff": "经办机构人员", "remedies": "写明救济途径",
    "any_of": "任一即可", "basis": "依据", "articles": "条款", "fits": "写在哪里", "acts": "只用于",
}  # fmt: skip
"""What of an entry is shown, by what name; the rest is for programs."""


@rooms.staff
@require_GET
def words(request: HttpRequest) -> HttpResponse:
    """One of the dictionaries: key, name, and what else the file says."""
    region = rooms.here(request, rooms.LOOK)
    key = request.GET.get("book", "channels")
    if key not in BOOKS:
        raise Http404
    more = phrases.shown(region) if key == phrases.BOOK else {}
    return render(request, "office/words.html", {**_book_page(request, region, key), **more})


def _book_page(request: HttpRequest, region: str, key: str) -> dict[str, Any]:
    """What the page of a dictionary shows."""
    data, names = _file(key), _Names(region)
    text = request.GET.get("q", "").strip()[:40]
    rows = [(name, *names.told(value)) for name, value in data.items()]
    found = [row for row in rows if not text or any(text in part for part in row)]
    return {
        **rooms.base(request, region), "books": BOOKS, "key": key, "title": BOOKS[key], "rows": found[:MOST],
        "total": len(found), "text": text, "file": f"rulebook/national/{key}.yaml",
    }  # fmt: skip


def _file(key: str) -> dict[str, Any]:
    return read_data(rulebook_root() / "national" / f"{key}.yaml") or {}


class _Names:
    """What the keys in an entry are called, looked up in the files that define them."""

    def __init__(self, region: str) -> None:
        self.acts = phrases.acts(region)
        self.materials = {key: str(one["name"]) for key, one in _file("materials").items()}
        self.laws = {key: str(one["title"]) for key, one in _file("laws").items()}

    def told(self, value: Any) -> tuple[str, str]:
        """The name, and the rest as words."""
        if not isinstance(value, dict):
            return str(value), ""
        name = str(value.get("name") or value.get("title") or value.get("text") or "")
        rest = [f"{label}：{self._said(key, value[key])}" for key, label in SHOWN.items() if key in value]
        return name, "；".join(rest)

    def _said(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return "是" if value else "否"
        if key == "articles":
            return "；".join(f"第{number}条 {text}" for number, text in value.items())
        if key == "basis":
            return "、".join(f"《{self.laws[one['law']]}》第{'、'.join(one['articles'])}条" for one in value)
        known = {"acts": self.acts, "any_of": self.materials, "fits": FITS}.get(key, {})
        listed = value if isinstance(value, list) else [value]
        return "、".join(known.get(str(one), str(one).replace("{item}", "……")) for one in listed)


@rooms.staff
@require_POST
def keep_phrase(request: HttpRequest) -> HttpResponse:
    """Add one."""
    region, now = rooms.here(request, rooms.LOOK), doors.now()
    form = forms.filled(phrases.fields(region), request.POST, local_day(now))
    if not form.faults:
        try:
            said, by = form.said, doors.actor(request).id
            row = keep(region, said["text"], said["fits"], said.get("act", ""), by=by, now=now)
        except PhraseRefused as wrong:
            form = form.wrong(wrong, "text")
        else:
            rooms.note(request, rooms.CHANGED, f"phrases:{region}", f"添加常用意见：{row.text}")
            messages.success(request, "已添加，柜面马上就能选用。")
            return _to_phrases(region)
    page = {**_book_page(request, region, phrases.BOOK), **phrases.shown(region, form)}
    return render(request, "office/words.html", page, status=422)


@rooms.staff
@require_POST
def end_phrase(request: HttpRequest, pk: int) -> HttpResponse:
    """One is offered no more."""
    region = rooms.here(request, rooms.LOOK)
    if (row := drop(pk, region=region, now=doors.now())) is None:
        messages.error(request, "这一条已经停用，请看下面的列表。")
    else:
        rooms.note(request, rooms.CHANGED, f"phrases:{region}", f"停用常用意见：{row.text}")
        messages.success(request, "已停用，办过的件不受影响。")
    return _to_phrases(region)


def _to_phrases(region: str) -> HttpResponse:
    return redirect(f"{reverse('office-words')}?book={phrases.BOOK}&region={region}")


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
