"""The first page of the back office, and changing the own password."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from jingban.access import administration as admin
from jingban.access.models import User
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.office import failures, guide, rooms
from jingban.portals.office.people import role_name
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
        "proposals": [
            (one, role_name(one.role), rooms.office_name(region, one.office))
            for one in admin.proposals(region)
        ]
        if seconds
        else [],
        "pending": guide.pending_count(region),
        "troubles": failures.counts(region),
        "ending": admin.soon_over(region, day)[:10] if rooms.allowed(request, region, rooms.MANAGE) else [],
        "next_year": day.year + 1,
        "year_missing": day.month >= 11 and not calendar().knows(day.year + 1),
    }
    return render(request, "office/home.html", shown)


class OwnPassword(PasswordChangeForm):
    """The one who signs in chooses it, and it is another than before: a temporary one is known to who gave it."""

    def clean_new_password1(self) -> str:
        chosen: str = self.cleaned_data["new_password1"]
        if self.user.check_password(chosen):
            raise ValidationError("新口令不能和现在的一样。")
        return chosen


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """The own password; other sessions end."""
    user = cast(User, request.user)
    form = OwnPassword(user, request.POST or None)
    faults, temporary = {}, user.must_change_password
    if request.method == "POST":
        if form.is_valid():
            user.must_change_password = False  # saved with the password
            update_session_auth_hash(request, form.save())
            messages.success(request, "口令已修改，其他地方的登录已退出。")
            return redirect("home")
        faults = {name: "；".join(str(text) for text in errors) for name, errors in form.errors.items()}
    names = (("old_password", "现在的口令"), ("new_password1", "新口令"), ("new_password2", "再输一次新口令"))
    fields = [(name, label, faults.get(name, "")) for name, label in names]
    shown = {"fields": fields, "faults": tuple(faults.items()), "temporary": temporary}
    return render(request, "office/password.html", shown, status=422 if faults else 200)
