"""Who acts for the unit and with which rights; who may manage them names and dismisses the others."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.access.models import User
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.unit import rights
from jingban.portals.unit.home import tabs
from jingban.registry import service as registry


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the form names, and with which rights."""

    username: str = ""
    name: str = ""
    rights: frozenset[str] = frozenset({"declare", "query"})


EXPLAINED = {
    "declare": "增减员、变更，替本单位提交申请",
    "query": "看本单位人员和征缴单",
    "seal": "在线确认职工的申请，等于加盖单位公章",
    "manage": "添加、撤销经办人，改他们的权限",
}


@login_required
@require_http_methods(["GET", "POST"])
def operators(request: HttpRequest, pk: int) -> HttpResponse:
    """The list; for who manages, the form."""
    acted = rights.unit(request, pk, "manage" if request.method == "POST" else "")
    if request.method != "POST":
        return _shown(request, acted, Asked(), {})
    typed = Asked(
        username=request.POST.get("username", "").strip()[:150],
        name=request.POST.get("name", "").strip()[:64],
        rights=frozenset(request.POST.getlist("right")) & registry.UNIT_RIGHTS.keys(),
    )
    dismissed = "ends" in request.POST
    user = _meant(acted, typed.username, dismissed=dismissed)
    faults = _faults(typed, user, dismissed=dismissed)
    if faults or user is None:
        return _shown(request, acted, typed, faults, 422)
    origin = rights.origin(request, acted)
    try:
        if dismissed:
            registry.dismiss_unit_operator(origin, acted.unit, user.pk)
            done = f"{user}的权限到今天为止。"
        else:
            registry.name_unit_operator(origin, acted.unit, user.pk, typed.rights)
            done = f"{user}可以为{acted.unit.name}办事了。"
    except DomainError as error:
        if is_fault(error):
            raise
        faults = {"username": rights.refusal(request, acted, error)}
        return _shown(request, acted, typed, faults, status_of(error))
    messages.success(request, done)
    return redirect("unit-operators", pk=acted.unit.pk)


def _meant(acted: registry.Acting, username: str, *, dismissed: bool) -> User | None:
    """Whom the form means: to dismiss an operator of the unit, stopped accounts too, to name anybody who signs in."""
    if not dismissed:
        return User.objects.filter(username=username, is_active=True).first()
    rows = registry.operators_of_unit(acted.unit, local_day(doors.now()))
    return next((row.user for row in rows if row.user.username == username), None)


def _faults(typed: Asked, user: User | None, *, dismissed: bool) -> dict[str, str]:
    """The sign-in and the name must be one person's, so that a slip of the pen gives nobody else rights."""
    if user is None or (not dismissed and str(user) != typed.name):
        return {"username": "登录名和姓名对不上，或没有这个登录名；请向对方核对后重新填写。"}
    if not dismissed and not typed.rights:
        return {"right": "请至少选择一项权限。"}
    return {}


def _shown(
    request: HttpRequest,
    acted: registry.Acting,
    typed: Asked,
    faults: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    day = local_day(doors.now())
    rows = [
        (
            row,
            [
                name
                for right, name in registry.UNIT_RIGHTS.items()
                if right in registry.rights_of_operator(row)
            ],
        )
        for row in registry.operators_of_unit(acted.unit, day)
    ]
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "operators"), "rows": rows, "typed": typed,
        "choices": [
            (right, name, EXPLAINED[right], right in typed.rights) for right, name in registry.UNIT_RIGHTS.items()
        ],
        "manages": "manage" in acted.rights, "faults": tuple(faults.items()), "fault_of": faults,
    }  # fmt: skip
    return render(request, "unit/operators.html", shown, status=status)
