"""The first page of the back office, and changing the own password."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from jingban.access import administration as admin
from jingban.access.models import User
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.office import failures, guide, rooms
from jingban.workdays.service import calendar


@rooms.staff
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits: proposals, changes of the guide, failures, roles that end soon, a year that is missing."""
    region = rooms.here(request, rooms.LOOK)
    day = local_day(doors.now())
    seconds = rooms.allowed(request, region, rooms.SECOND)
    shown = {
        **rooms.base(request, region),
        "proposals": [(one, people_role(one.role), one.proposed_by) for one in admin.proposals(region)]
        if seconds
        else [],
        "pending": guide.pending_count(region),
        "troubles": failures.counts(region),
        "ending": admin.soon_over(region, day)[:10] if rooms.allowed(request, region, rooms.MANAGE) else [],
        "next_year": day.year + 1,
        "year_missing": day.month >= 11 and not calendar().knows(day.year + 1),
    }
    return render(request, "office/home.html", shown)


def people_role(role: str) -> str:
    from jingban.portals.office.people import role_name

    return role_name(role)


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """The own password; other sessions end."""
    form = PasswordChangeForm(cast(User, request.user), request.POST or None)
    faults = {}
    if request.method == "POST":
        if form.is_valid():
            update_session_auth_hash(request, form.save())
            messages.success(request, "口令已修改，其他地方的登录已退出。")
            return redirect("home")
        faults = {name: "；".join(str(text) for text in errors) for name, errors in form.errors.items()}
    names = (("old_password", "现在的口令"), ("new_password1", "新口令"), ("new_password2", "再输一次新口令"))
    fields = [(name, label, faults.get(name, "")) for name, label in names]
    shown = {"fields": fields, "faults": tuple(faults.items())}
    return render(request, "office/password.html", shown, status=422 if faults else 200)
