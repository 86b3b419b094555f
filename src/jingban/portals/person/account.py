"""The own account: a telephone number proved by a code, the real name, and a password for who wants one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jingban.access.models import User
from jingban.core.errors import DomainError
from jingban.core.identifiers import mask_phone
from jingban.core.localtime import local_day
from jingban.messaging import service as messaging
from jingban.portals import doors
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.throttle import REAL_NAME, place_of
from jingban.registry import service as registry

PHONE = "account-phone"
"""Session key of the number that a code was sent to."""
FIELDS = {"name_wrong": "name", "identifier_wrong": "id_number"}
"""What a refusal is about, by its code."""
SHORTEST = 10
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOT_THE_SAME = (
    "没有核验通过。请对照身份证核对姓名和号码；参保登记里有手机号码的，要用那个号码注册。"
    "号码换了、没有登记过的，请带身份证到窗口登记手机号码以后再认证。"
)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register or sign in by telephone: the number first, then its code. An account is made by the first code."""
    error, now = None, doors.now()
    typed, phone = request.POST.get("phone", ""), str(request.session.get(PHONE, ""))
    if request.method == "GET" and "again" in request.GET:
        request.session.pop(PHONE, None)
        phone = ""
    try:
        if request.POST.get("go") == "send":
            phone = messaging.phone_typed(typed or phone)
            request.session[PHONE] = phone
            messaging.send_code(phone, place=place_of(request), now=now)
            messages.success(request, "验证码已发出，5分钟内有效。")
            return redirect(_keeping_next(request, "account-register"))
        if request.POST.get("go") == "check" and phone:
            messaging.check_code(phone, request.POST.get("code", ""), now=now)
            return _signed_in(request, phone)
        if request.POST.get("go") == "check":
            error = _Refused("这一页停留太久，请重新填写手机号码，再获取验证码。", 422, "phone")
    except DomainError as refused:
        error = _known(refused, "code" if phone else "phone")
    shown = {"phone": phone, "typed": typed, "next": _next(request)}
    return _page(request, "register", shown, error)


def _signed_in(request: HttpRequest, phone: str) -> HttpResponse:
    user = User.objects.get(pk=messaging.account_for(phone, now=doors.now()))
    if not user.is_active:
        raise messaging.CodeWrong("这个账户已经停用，请到窗口办理。")
    request.session.pop(PHONE, None)
    login(request, user, backend=BACKEND)
    if not registry.bound_name(user.pk):
        return redirect(_keeping_next(request, "account-bind"))
    return redirect(_next(request) or reverse("mine"))


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def bind(request: HttpRequest) -> HttpResponse:
    """The real-name check. Whatever does not fit is told in one and the same way."""
    who, now = doors.actor(request), doors.now()
    error, name, number = None, request.POST.get("name", ""), request.POST.get("id_number", "")
    if request.method == "POST":
        try:
            REAL_NAME.hold(str(who.id))
            REAL_NAME.hold(place_of(request))
            phone, day = messaging.phone_for(who.id), local_day(now)
            if registry.verify_and_bind(who.id, name=name, number=number, phone=phone, now=now, day=day):
                User.objects.filter(pk=who.id, name="").update(name=registry.bound_name(who.id))
                messages.success(request, "实名认证通过。姓名、号码等以后从参保登记带出，不用再填。")
                return redirect(_next(request) or reverse("mine"))
            REAL_NAME.failed(str(who.id))
            REAL_NAME.failed(place_of(request))
            error = _Refused(NOT_THE_SAME, 422)
        except DomainError as refused:
            error = _known(refused)
    shown = {"bound": registry.bound_name(who.id), "name": name, "number": number, "next": _next(request)}
    return _page(request, "bind", shown, error)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """What the account is: number, real name; set a password."""
    who, error = doors.actor(request), None
    user = User.objects.get(pk=who.id)
    if request.method == "POST":
        first, second = request.POST.get("password", ""), request.POST.get("again", "")
        old_is_wrong = user.has_usable_password() and not user.check_password(request.POST.get("old", ""))
        error = _wrong_password(user, first, second, old_is_wrong=old_is_wrong)
        if error is None:
            user.set_password(first)
            user.save(update_fields=["password"])
            update_session_auth_hash(request, user)
            messages.success(request, f"口令已设好。用户名是 {user.username}，也可以继续用手机验证码登录。")
            return redirect("account")
    phone = messaging.phone_for(who.id)
    shown = {
        "user_name": user.username,
        "phone": mask_phone(phone) if phone else "",
        "bound": registry.bound_name(who.id),
        "has_password": user.has_usable_password(),
    }
    return _page(request, "account", shown, error)


@dataclass(frozen=True, slots=True)
class _Refused:
    """Words and status of a refusal, and the field that it is about, if any."""

    words: str
    status: int
    field: str = ""


def _wrong_password(user: User, first: str, second: str, *, old_is_wrong: bool) -> _Refused | None:
    if old_is_wrong:
        return _Refused("原口令不对，请重新输入。", 422, "old")
    if first != second:
        return _Refused("两次输入的口令不同，请重新输入。", 422, "again")
    if len(first) < SHORTEST:
        return _Refused(f"口令至少{SHORTEST}位，请用不容易猜到的。", 422, "password")
    try:
        validate_password(first, user)
    except ValidationError as wrong:
        return _Refused("；".join(wrong.messages), 422, "password")
    return None


def _known(refused: DomainError, field: str = "") -> _Refused:
    """A refusal in words; a fault of the system is none."""
    if is_fault(refused):
        raise refused
    status = status_of(refused)
    about = field if refused.code == "code_wrong" else FIELDS.get(refused.code, "")
    return _Refused(refused.message, 422 if status == 400 else status, about)


def _page(request: HttpRequest, name: str, shown: dict[str, Any], error: _Refused | None) -> HttpResponse:
    shown = {**shown, "error": error.words if error else "", "wrong": error.field if error else ""}
    return render(request, f"person/{name}.html", shown, status=error.status if error else 200)


def _next(request: HttpRequest) -> str:
    """Where to go on; only within this site."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return (
        wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else ""
    )


def _keeping_next(request: HttpRequest, name: str) -> str:
    wanted = _next(request)
    return reverse(name) + (f"?{urlencode({'next': wanted})}" if wanted else "")
