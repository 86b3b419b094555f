"""Acting for a family member: children by the register at once, grown-ups after they agreed with their own account."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jingban.access import mandates
from jingban.access.service import Actor
from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.names import person_name
from jingban.messaging import service as messaging
from jingban.portals import doors
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.person.account import FIELDS
from jingban.registry import service as registry

RELATIONS = ("配偶", "父母", "子女", "祖父母或外祖父母", "兄弟姐妹", "其他亲属", "其他")
MONTHS = {"6": "半年", "12": "一年", "24": "两年"}
ASKED = (
    "请求已经提出。对方用自己实名认证的账户登录，在“为家人办理”里同意以后，您就可以为其办理；"
    "没有账户的，看本页下面的另外两种办法。"
)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def family(request: HttpRequest) -> HttpResponse:
    """For whom one acts and who acts for one; ask, agree, decline, end."""
    who, error, wrong, status = doors.actor(request), "", "", 200
    if request.method == "POST":
        try:
            messages.success(request, _done(request, who))
            return redirect("family")
        except DomainError as refused:
            if is_fault(refused):
                raise
            error, status = refused.message, status_of(refused)
            wrong = FIELDS.get(refused.code) or str(refused.details.get("field", ""))
    now = doors.now()
    day, mark = local_day(now), registry.own_mark(who.id)
    found = mandates.mandates_of(who.id, day)
    open_ones = mandates.open_requests(now)
    shown = {
        "bound": registry.bound_name(who.id),
        "wards": registry.acts_for(who.id, None, day),
        "held": [m for m in found if m.agent_id == who.id],
        "given": [m for m in found if m.principal_id == who.id],
        "asked_of_me": list(open_ones.filter(digest=mark).exclude(agent=who.id)) if mark else [],
        "waiting": list(open_ones.filter(agent=who.id)),
        "relations": RELATIONS,
        "months": MONTHS,
        "typed": {key: request.POST.get(key, "") for key in ("name", "id_number", "relation")},
        "chosen": request.POST.get("months", "12"),
        "error": error,
        "wrong": wrong,
    }
    return render(request, "person/family.html", shown, status=422 if status == 400 else status)


def _done(request: HttpRequest, who: Actor) -> str:
    """What the button asks for, and what to say then."""
    go, now = request.POST.get("go", ""), doors.now()
    word, _, pk = go.partition("-")
    if go == "ask":
        return _asked(request, who)
    number = int(pk) if pk.isascii() and pk.isdecimal() else 0
    if word == "end":
        mandates.end_mandate(number, by=who.id, now=now)
        _note(who, number, "终止委托")
        return "委托已终止，从现在起不能再代办。"
    mark = registry.own_mark(who.id)
    if mark is None or word not in ("agree", "decline"):
        raise _Wrong("请先实名认证，再答复请求。")
    given = mandates.answer_request(number, principal=who.id, digest=mark, agreed=word == "agree", now=now)
    if given is not None:
        _note(who, given.pk, f"同意账户{given.agent_id}代办，至{given.end_on}")
    return (
        f"已同意，{given.agent}可以为您办理，至{given.end_on}；随时可以终止。"
        if given and given.end_on
        else "已拒绝。"
    )


def _note(who: Actor, mandate: int, detail: str) -> None:
    audit.record(actor=who.id, kind=audit.BOUND, subject=f"mandate:{mandate}", detail=detail, now=doors.now())


def _asked(request: HttpRequest, who: Actor) -> str:
    """Ask to act for somebody. Whether that person has an account is not said."""
    now, data = doors.now(), request.POST
    day = local_day(now)
    if not registry.bound_name(who.id):
        raise _Wrong("请先实名认证，再请求为家人办理。")
    name, mark = person_name(data.get("name", "")), registry.number_mark(data.get("id_number", ""), day)
    if mark == registry.own_mark(who.id):
        raise _Wrong("这是您本人的号码，本人的事直接办理就可以。", field="id_number")
    relation = data.get("relation", "")
    if relation not in RELATIONS:
        raise _Wrong("请选择关系。", field="relation")
    months = int(data.get("months", "")) if data.get("months") in MONTHS else 12
    _, is_new = mandates.ask_mandate(
        who.id, digest=mark, name=name, relation=relation, end_on=_until(day, months), now=now
    )
    for account in registry.accounts_of(mark) if is_new else ():
        messaging.send(account, "mandate-asked", now=now)
    return ASKED


def _until(day: date, months: int) -> date:
    return day + timedelta(days=months * 365 // 12)


class _Wrong(DomainError):
    """Something on this page is not filled in right."""

    code = "answer_wrong"
