"""Villages that a township entrusts, and what offices have the means for (有条件的)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jingban.access import administration as admin
from jingban.access.errors import AccessRefused
from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.desk.register import forms
from jingban.portals.office import rooms

VILLAGE, SWITCH = "village", "switch"
DAYS = (
    forms.field("start_on", "从哪天起", "day", required=False, hint="不填就是今天"),
    forms.field("end_on", "到哪天止", "day", required=False, hint="不填就一直有效"),
)


def _village_fields(region: str) -> tuple[Any, ...]:
    return (
        forms.field("village", "村（社区）", hint="和登记册、岗位里的写法一致"),
        forms.field("township", "委托的乡镇（街道）"),
        *DAYS,
    )


def _switch_fields(region: str) -> tuple[Any, ...]:
    card = book.region_card(region)
    return (
        forms.field(
            "switch", "条件", "choice", choices={key: one.name for key, one in card.switches.items()}
        ),
        forms.field(
            "office",
            "经办处",
            "choice",
            choices={key: body.name for key, body in card.bodies.items()},
            required=False,
        ),
        *DAYS,
    )


@rooms.staff
@require_http_methods(["GET", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """Both lists, each with a form."""
    region = rooms.here(request, rooms.MANAGE)
    day, kind = local_day(doors.now()), request.POST.get("kind", "")
    asked = {VILLAGE: _village_fields(region), SWITCH: _switch_fields(region)}
    filled = {key: forms.empty(fields, day) for key, fields in asked.items()}
    ticked = request.POST.getlist("item")
    if request.method == "POST" and kind in asked:
        filled[kind] = forms.filled(asked[kind], request.POST, day)
        if not filled[kind].faults:
            try:
                done = _kept(region, kind, filled[kind], ticked)
            except AccessRefused as wrong:
                filled[kind] = filled[kind].wrong(wrong)
            else:
                rooms.note(request, rooms.CHANGED, f"office:{region}", done)
                messages.success(request, f"已{done}。")
                return redirect(f"{reverse('office-places')}?region={region}")
    status = 422 if any(form.faults for form in filled.values()) else 200
    return render(
        request,
        "office/places.html",
        _page(request, region, day, filled, ticked),
        status=status,
    )


def _page(
    request: HttpRequest, region: str, day: date, filled: dict[str, forms.Filled], ticked: list[str]
) -> dict[str, Any]:
    card = book.region_card(region)
    items = {e.item.item: e.item.name for e in book.entries(region) if e.item.tier == "grassroots"}
    return {
        **rooms.base(request, region, rooms.MANAGE),
        "village_form": filled[VILLAGE],
        "switch_form": filled[SWITCH],
        "items": items,
        "ticked": ticked,
        "entrustments": [
            (one, "、".join(items.get(key, key) for key in one.items) or "全部十项", _over(one.end_on, day))
            for one in admin.entrustments(region)
        ],
        "switches": [
            (
                one,
                _name(card.switches, one.switch),
                rooms.office_name(region, one.office) or "全地区",
                _over(one.end_on, day),
            )
            for one in admin.switches(region)
        ],
    }


def _name(named: Any, key: str) -> str:
    return named[key].name if key in named else key


def _over(end_on: date | None, day: date) -> bool:
    return end_on is not None and end_on < day


def _kept(region: str, kind: str, form: forms.Filled, ticked: list[str]) -> str:
    said, begin, end_on = form.said, form.day_of("start_on") or form.day, form.day_of("end_on")
    if kind == SWITCH:
        admin.switch_on(region, said.get("office", ""), said["switch"], start_on=begin, end_on=end_on)
        return f"开通条件{_name(book.region_card(region).switches, said['switch'])}"
    known = {e.item.item for e in book.entries(region)}
    items = [key for key in ticked if key in known]
    admin.entrust_village(region, said["village"], said["township"], items, start_on=begin, end_on=end_on)
    return f"登记{said['township']}对{said['village']}的委托"


@rooms.staff
@require_POST
def end(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """What was entrusted or switched on ends today."""
    region, day = rooms.here(request, rooms.MANAGE), local_day(doors.now())
    try:
        if kind == VILLAGE:
            done = f"结束对{admin.end_entrustment(pk, day, region=region).village}的委托"
        elif kind == SWITCH:
            done = f"关闭条件{admin.switch_off(pk, day, region=region).switch}"
        else:
            raise Http404
    except AccessRefused as error:
        messages.error(request, f"没有办理：{error.message}")
    else:
        rooms.note(request, rooms.CHANGED, f"office:{region}", done)
        messages.success(request, f"已{done}，到今天为止。")
    return redirect(f"{reverse('office-places')}?region={region}")
