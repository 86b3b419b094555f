"""Accounts of staff: who works here, in which roles, for how long and for whom; what needs two people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jingban.access import administration as admin
from jingban.access.errors import AccessRefused
from jingban.access.models import Grant, User
from jingban.access.service import INSTITUTION_ROLES, LOCAL_ROLES
from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.names import institution_name
from jingban.portals import book, doors
from jingban.portals.desk.register import forms
from jingban.portals.middleware import is_fault
from jingban.portals.office import rooms
from jingban.rulebook.effective import FormField

NEVER_GIVEN = frozenset({"applicant", "unit-clerk", "reporter", "public", "system"})
"""Roles that whoever files a case holds in it; no administrator gives them."""
MOST = 500
"""Lines of the list: a city's agency has some hundreds of staff."""


def role_name(role: str) -> str:
    return book.words("").role(role)


def _roles() -> dict[str, str]:
    return {key: role.name for key, role in book.words("").roles.items() if key not in NEVER_GIVEN}


def _role_fields(region: str, day: date, but: int = 0) -> tuple[FormField, ...]:
    staff = {
        str(u.pk): f"{u}（{u.username}）"
        for u in admin.staff_of(region).filter(is_active=True).exclude(pk=but)
    }
    return (
        forms.field("role", "岗位", "choice", choices=_roles()),
        forms.field(
            "office",
            "经办处",
            required=False,
            hint="不填就是全地区；乡镇、村岗位写乡镇或村的名称，定点医疗机构的岗位写医院全称",
        ),
        forms.field("start_on", "从哪天起", "day", required=False, hint="不填就是今天"),
        forms.field("end_on", "到哪天止", "day", required=False, hint="不填就一直有效；代理的必须写"),
        forms.field("deputy_for", "代理谁", "choice", choices=staff, required=False),
    )


USER_FIELDS = (
    forms.field("username", "用户名", hint="字母、数字，例如 liu.fang"),
    forms.field("name", "姓名"),
)


@rooms.staff
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a role here, and a new account."""
    region = rooms.here(request, rooms.MANAGE)
    day = local_day(doors.now())
    fields = (*USER_FIELDS, *_role_fields(region, day))
    form = forms.empty(fields, day)
    if request.method == "POST":
        form = forms.filled(fields, request.POST, day)
        if not form.faults:
            try:
                return _created(request, region, form)
            except AccessRefused as wrong:
                form = form.wrong(wrong, "role")
    users = list(admin.staff_of(region)[:MOST])
    held: dict[int, list[Grant]] = {}
    for grant in admin.grants_of([u.pk for u in users], region):
        if grant.end_on is None or grant.end_on >= day:
            held.setdefault(grant.user_id, []).append(grant)
    rows = [
        (u, [role_name(g.role) + ("（代理）" if g.deputy_for_id else "") for g in held.get(u.pk, [])])
        for u in users
    ]
    shown = {**rooms.base(request, region, rooms.MANAGE), "rows": rows, "form": form}
    return render(request, "office/people.html", shown, status=422 if form.faults else 200)


def _created(request: HttpRequest, region: str, form: forms.Filled) -> HttpResponse:
    user, password, in_force = admin.create_staff(
        form.said["username"],
        form.said["name"],
        _role(region, form),
        by=doors.actor(request).id,
        now=doors.now(),
    )
    rooms.note(
        request,
        rooms.CHANGED,
        f"user:{user.pk}",
        f"新建账号{user.username}，岗位{role_name(form.said['role'])}",
    )
    return _password_shown(request, region, user, password, in_force=in_force)


def _password_shown(
    request: HttpRequest, region: str, user: User, password: str, *, in_force: bool = True
) -> HttpResponse:
    """Once, on this page; it is kept nowhere but as a hash."""
    shown = {
        **rooms.base(request, region, rooms.MANAGE),
        "user_shown": user,
        "password": password,
        "in_force": in_force,
    }
    return render(request, "office/password_shown.html", shown)


def _role(region: str, form: forms.Filled) -> admin.Role:
    role = form.said["role"]
    return admin.Role(
        role, region, _office(region, role, form.said.get("office", "")),
        form.day_of("start_on") or form.day, form.day_of("end_on"),
        int(form.said["deputy_for"]) if form.said.get("deputy_for") else None,
    )  # fmt: skip


def _office(region: str, role: str, typed: str) -> str:
    """The key of a body that the region's card names; of a village or township the name, as the registers write it;
    of an institution its own name, by which its patients' cases are told from those of the next one."""
    bodies = book.region_card(region).bodies
    named = {body.name: key for key, body in bodies.items()}
    if role in LOCAL_ROLES:
        return bodies[typed].name if typed in bodies else typed
    if role in INSTITUTION_ROLES:
        if not typed or typed in bodies or typed in named:
            raise AccessRefused("定点医疗机构的岗位请填写这家医院的全称。", field="office")
        return institution_name(typed)
    if not typed or typed in bodies:
        return typed
    if typed in named:
        return named[typed]
    raise AccessRefused(f"本地区没有“{typed}”，可填：{'、'.join(named) or '（不填）'}。", field="office")


@rooms.staff
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles, a further one, password, closing."""
    region = rooms.here(request, rooms.MANAGE)
    user = _of_region(region, pk)
    day = local_day(doors.now())
    fields = _role_fields(region, day, but=user.pk)
    form = forms.empty(fields, day)
    if request.method == "POST":
        form = forms.filled(fields, request.POST, day)
        if not form.faults:
            try:
                given = admin.give(user, _role(region, form), by=doors.actor(request).id, now=doors.now())
            except AccessRefused as wrong:
                form = form.wrong(wrong, "role")
            else:
                waits = not isinstance(given, Grant)
                said = f"{'提议' if waits else '给予'}{user.username}岗位{role_name(given.role)}"
                rooms.note(request, rooms.CHANGED, f"user:{user.pk}", said)
                done = "已提出，由另一位系统管理或负责人决定后生效。" if waits else "岗位已给。"
                messages.success(request, done)
                return _back(region, user.pk)
    shown: dict[str, Any] = {
        **rooms.base(request, region, rooms.MANAGE),
        "user_shown": user,
        "grants": [
            (g, role_name(g.role), _standing(g, day), rooms.office_name(region, g.office))
            for g in admin.grants_of([user.pk], region)
        ],
        "waiting": [(p, role_name(p.role)) for p in admin.proposals(region).filter(user=user)],
        "form": form,
        "myself": user.pk == doors.actor(request).id,
        "seconded": "、".join(role_name(role) for role in _roles() if role in admin.SECONDED),
    }
    return render(request, "office/person.html", shown, status=422 if form.faults else 200)


def _standing(grant: Grant, day: date) -> str:
    if grant.start_on > day:
        return "ahead"
    return "over" if grant.end_on is not None and grant.end_on < day else "now"


def _of_region(region: str, pk: int) -> User:
    return get_object_or_404(admin.staff_of(region), pk=pk)


def _back(region: str, pk: int) -> HttpResponse:
    return redirect(f"{reverse('office-person', args=[pk])}?region={region}")


@rooms.staff
@require_POST
def change(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Close or open an account, or give it a new temporary password."""
    region = rooms.here(request, rooms.MANAGE)
    user, by = _of_region(region, pk), doors.actor(request).id
    if do == "password":
        return _reset(request, region, user)
    if do in ("close", "open"):
        mine = rooms.regions_of(request, rooms.MANAGE)
        word = "停用" if do == "close" else "启用"

        def work() -> str:
            admin.set_active(user, do == "open", by=by, regions=mine, day=local_day(doors.now()))
            return f"{word}账号{user.username}"

        _told(request, f"user:{pk}", work)
    return _back(region, pk)


def _reset(request: HttpRequest, region: str, user: User) -> HttpResponse:
    mine, by = rooms.regions_of(request, rooms.MANAGE), doors.actor(request).id
    try:
        password = admin.reset_password(user, by=by, regions=mine, now=doors.now())
    except AccessRefused as error:
        messages.error(request, f"没有办理：{error.message}")
        return _back(region, user.pk)
    rooms.note(request, rooms.CHANGED, f"user:{user.pk}", f"重设{user.username}的口令")
    return _password_shown(request, region, user, password)


def _told(request: HttpRequest, subject: str, work: Any) -> None:
    """Do it, write it down and say so; a refusal stands above the page."""
    try:
        done = work()
    except AccessRefused as error:
        messages.error(request, f"没有办理：{error.message}")
    else:
        rooms.note(request, rooms.CHANGED, subject, done)
        messages.success(request, f"已{done}。")


@rooms.staff
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """A role ends today."""
    region = rooms.here(request, rooms.MANAGE)
    day, mine = local_day(doors.now()), rooms.regions_of(request, rooms.MANAGE)
    try:
        found = admin.end_grant(pk, day, by=doors.actor(request).id, regions=mine)
    except AccessRefused as error:
        messages.error(request, f"没有办理：{error.message}")
        return redirect(f"{reverse('office-people')}?region={region}")
    rooms.note(
        request,
        rooms.CHANGED,
        f"user:{found.user_id}",
        f"结束{found.user.username}的岗位{role_name(found.role)}",
    )
    messages.success(request, "岗位到今天为止。")
    return _back(region, found.user_id)


@rooms.staff
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to a proposal, or decline it."""
    region = rooms.here(request, rooms.SECOND)
    agreed, mine = request.POST.get("do") == "agree", rooms.regions_of(request, rooms.SECOND)
    try:
        found = admin.decide(pk, agreed, by=doors.actor(request).id, regions=mine, now=doors.now())
    except DomainError as error:
        if is_fault(error) or error.code == "not_allowed":
            rooms.note(request, audit.REFUSED, f"office:{region}", error.message)
            raise
        messages.error(request, f"没有办理：{error.message}")
    else:
        word = "同意" if agreed else "不同意"
        said = f"{word}给予{found.user.username}岗位{role_name(found.role)}"
        rooms.note(request, rooms.CHANGED, f"user:{found.user_id}", said)
        messages.success(request, f"已决定：{said}。")
    return redirect(f"{reverse('office')}?region={region}")
