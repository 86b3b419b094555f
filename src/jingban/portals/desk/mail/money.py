"""The money of one transfer: what is short, what lies there for nobody, and what goes back by two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jingban.access.models import User
from jingban.access.service import Actor, NotAllowed
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.exchange.service import (
    FundsReturn,
    Money,
    decide_return,
    go_on_short,
    may_agree_return,
    may_propose_return,
    money_of,
    propose_return,
)
from jingban.portals import doors
from jingban.portals.desk.mail import fields as pf
from jingban.portals.middleware import is_fault, status_of


@dataclass(frozen=True, slots=True)
class Return:
    """A return as the page tells it."""

    pk: int
    amount: str
    reason: str
    proposed: str
    decided: str


@doors.staff_only
@require_GET
def money(request: HttpRequest, number: str) -> HttpResponse:
    """How the money of a transfer stands; reading is written down."""
    view = doors.readable(request, number)
    doors.written_down(request, view, "查看转移资金")
    return _page(request, view)


@doors.staff_only
@require_POST
def give_back(request: HttpRequest, number: str) -> HttpResponse:
    """Propose that money which is for nobody goes back."""
    view, actor, now = doors.readable(request, number), doors.actor(request), doors.now()

    def propose(clean: Mapping[str, str]) -> str:
        propose_return(view.id, Decimal(clean["amount"]), clean["reason"], actor=actor, now=now)
        return "已提出退回，请另一位同事复核。"

    return _done(request, view, "return", propose)


@doors.staff_only
@require_POST
def go_on(request: HttpRequest, number: str) -> HttpResponse:
    """Decide to go on with less than the sheet says."""
    view, actor, now = doors.readable(request, number), doors.actor(request), doors.now()

    def decide(clean: Mapping[str, str]) -> str:
        go_on_short(view.id, clean["reason"], actor=actor, now=now)
        return "已按实收办理，不再等款。"

    return _done(request, view, "short", decide)


@doors.staff_only
@require_POST
def agree(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Agree to a return, or decline it."""
    view, agrees = doors.readable(request, number), request.POST.get("agrees") == "yes"
    if not FundsReturn.objects.filter(pk=pk, case_id=view.id).exists():
        raise Http404(str(pk))
    decide_return(pk, agrees=agrees, actor=doors.actor(request), now=doors.now())
    messages.success(request, "已复核，退回已记账。" if agrees else "已否决这笔退回。")
    return redirect("desk-money", number=view.number)


def _done(
    request: HttpRequest, view: CaseView, form: str, act: Callable[[Mapping[str, str]], str]
) -> HttpResponse:
    """Do what a form asks for, or show it again with what is wrong."""
    part = _parts(money_of(view))[form]
    typed = {f.key: request.POST.get(f.key, "")[:1000] for f in part.fields}
    given = pf.filled([part], typed, on=local_day(doors.now()))
    if not given.faults:
        try:
            messages.success(request, act(given.clean))
        except NotAllowed:
            raise
        except DomainError as error:
            if is_fault(error):
                raise
            name = str(error.details.get("field", ""))
            given.fault(name if name in typed else pf.WHOLE, error.message.rstrip("。"))
            given.error = error
        else:
            return redirect("desk-money", number=view.number)
    return _page(request, view, {form: typed}, given)


def _parts(found: Money) -> dict[str, pf.Part]:
    return {"return": pf.return_part(_yuan(found.surplus)), "short": pf.short_part()}


def _page(
    request: HttpRequest,
    view: CaseView,
    typed: Mapping[str, Mapping[str, str]] | None = None,
    given: pf.Filled | None = None,
) -> HttpResponse:
    actor, found, given = doors.actor(request), money_of(view), given or pf.Filled()
    day, parts = local_day(doors.now()), _parts(found)
    offered = _offered(found, actor)
    said: dict[str, Mapping[str, str]] = {"return": {"amount": f"{found.surplus:.2f}"}, **(typed or {})}
    forms = []
    for name in offered:
        faults = given.faults if typed and name in typed else {}
        (card,) = pf.shown([parts[name]], said.get(name, {}), faults, day=day)
        forms.append((f"desk-money-{name}", card))
    page = {
        "view": view,
        "facts": _facts(found),
        "returns": [_told(one) for one in found.returns],
        "pending": found.pending.pk if found.pending and _agrees(found, actor) else None,
        "waits": found.pending is not None,
        "forms": forms,
        "faults": given.listed([parts[name] for name in offered]),
        "refused": given.whole,
    }
    status = status_of(given.error) if given.error else 422 if given.faults else 200
    return render(request, "desk/money.html", page, status=status)


def _offered(found: Money, actor: Actor) -> list[str]:
    """Which forms this person gets."""
    if not may_propose_return(actor, found.view):
        return []
    wanted = {"return": bool(found.surplus) and found.pending is None, "short": bool(found.short)}
    return [name for name, yes in wanted.items() if yes]


def _agrees(found: Money, actor: Actor) -> bool:
    proposed_by = found.pending.proposed_by if found.pending else None
    return proposed_by != actor.id and bool(may_agree_return(actor, found.view))


def _facts(found: Money) -> list[tuple[str, str]]:
    funds = found.funds
    told = {
        "《信息表》划转金额": "还没有收到《信息表》"
        if funds.expected is None
        else f"{_yuan(funds.expected)}元",
        "收到": f"{_yuan(funds.received)}元",
        "记入个人账户": f"{_yuan(funds.credited)}元",
        "已退回": f"{_yuan(funds.returned)}元" if funds.returned else "",
        "还差": f"{_yuan(found.short)}元" if found.short else "",
        "待退回": f"{_yuan(found.surplus)}元" if found.surplus else "",
        "不再等款": funds.taken_short,
    }
    return [(label, text) for label, text in told.items() if text]


def _told(one: FundsReturn) -> Return:
    names = {
        user.pk: str(user) for user in User.objects.filter(pk__in=[one.proposed_by, one.decided_by or 0])
    }
    decided = ""
    if one.decided_at is not None and one.decided_by is not None:
        how = f"同意，第{one.entry}号分录" if one.is_agreed else "否决"
        who = names.get(one.decided_by, f"工号{one.decided_by}")
        decided = f"{who}，{local_day(one.decided_at):%Y年%-m月%-d日}{how}"
    who = names.get(one.proposed_by, f"工号{one.proposed_by}")
    proposed = f"{who}，{local_day(one.proposed_at):%Y年%-m月%-d日}提出"
    return Return(one.pk, show_yuan(one.amount_fen), one.reason, proposed, decided)


def _yuan(amount: Decimal) -> str:
    return show_yuan(to_fen(amount))
