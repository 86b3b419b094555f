"""追回和补付: what was paid too much comes back, and what a new decision owes beside is paid."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.funds import rooms, sealing
from jingban.portals.funds.fiscal import ASKED
from jingban.portals.funds.rooms import Place
from jingban.portals.middleware import is_fault

RECENT = 50
PLAN = (
    forms.field("mode", "怎样追回", "choice", choices={str(k): str(n) for k, n in funds.Mode.choices}),
    forms.field("instalment", "每月退回（元）", "amount", hint="分期退回的填写", required=False),
    forms.field("first_on", "首期日期", "day", hint="分期退回的填写", required=False),
)
CLAIM = (
    forms.field("number", "办件编号"),
    forms.field("fund", "由哪项基金付出", "choice", choices=ASKED),
    forms.field("amount", "多付金额（元）", "amount"),
    forms.field("reason", "多付的原因"),
    *PLAN,
)
REVOKE = (
    forms.field("number", "办件编号"),
    forms.field("reason", "撤销的原因", hint="例如：查实为虚假票据；不写可以认出他人的内容"),
    *PLAN,
)
REPAID = (
    forms.field("amount", "退回金额（元）", "amount"),
    forms.field("reference", "收款凭证号", hint="一张凭证在全地区只记一次"),
)


@rooms.staff
@require_http_methods(["GET", "POST"])
def recoveries(request: HttpRequest) -> HttpResponse:
    """Adjustments nobody has seen to, the recoveries, and the form to propose one."""
    place, day, status = rooms.here(request), local_day(doors.now()), 200
    form = forms.empty(CLAIM, day)
    if request.method == "POST":
        form = forms.filled(CLAIM, request.POST, day)
        form, status = rooms.kept(
            request, place.region, form, lambda: _proposed(place, form, request.POST.get("key", ""))
        )
        if not status:
            return rooms.back("funds-recoveries", place.region)
    return _listed(request, place, form, status=status or 200)


def _listed(
    request: HttpRequest, place: Place, form: forms.Filled, *, refused: str = "", status: int = 200
) -> HttpResponse:
    rows = list(place.scoped(funds.Recovery.objects.select_related("case").order_by("-pk"))[:RECENT])
    changed = funds.open_adjustments(place.region)
    cases = (
        Case.objects.filter(pk__in=[one.case for one in changed])
        .only("number", "office", "version")
        .in_bulk()
    )
    seen = [one for one in changed if not place.offices or cases[one.case].office in place.offices]
    proposed = funds.Recovery.objects.filter(case__in=cases, state=funds.RecoveryState.PROPOSED)
    waiting = dict(proposed.order_by("pk").values_list("case", "pk"))
    shown = {
        **rooms.base(request, place), "form": form, "refused": refused,
        "key": request.POST.get("key") or uuid4().hex,
        "changed": [
            (
                one,
                "" if sealing.is_sealed(cases[one.case]) else cases[one.case].number,
                place.may(funds.CASHIER if one.net >= 0 else funds.PROPOSERS, cases[one.case].office),
                waiting.get(one.case),
            )
            for one in seen
        ],
        "rows": [(row, sum(funds.left_to_recover(row).values())) for row in rows],
        "may_propose": any(place.may(funds.PROPOSERS, office) for office in place.offices or ("",)),
        "may_revoke": _may_revoke(place),
        "plan": forms.empty(PLAN, local_day(doors.now()), mode=str(funds.Mode.ONCE)),
    }  # fmt: skip
    return render(request, "funds/recoveries.html", shown, status=status)


def _plan(form: forms.Filled) -> funds.Plan:
    fen = to_fen(form.said["instalment"]) if form.said.get("instalment") else None
    first = form.day_of("first_on")
    if first is not None and first < form.day:
        raise funds.RecoveryWrong("首期日期已经过了，请填写今天或以后的日期。", field="first_on")
    return funds.Plan(form.said["mode"], fen, first)


def _proposed(place: Place, form: forms.Filled, key: str) -> str:
    said = form.said
    view = _case_named(place, said["number"])
    payable = funds.Payable.objects.filter(case=view.id).order_by("pk").first()
    row = funds.propose_claim(
        case_id=view.id,
        parts={said["fund"]: to_fen(said["amount"])},
        cause=f"hand:{key[:32]}",
        reason=said["reason"],
        plan=_plan(form),
        person=payable.person if payable else None,
        actor=place.actor,
        now=doors.now(),
    )
    return f"已提出追回{show_yuan(row.total_fen)}元，请另一位同事复核。"


def _case_named(place: Place, number: str) -> CaseView:
    """The case by the number that was typed; a refusal stands at that field."""
    try:
        view = doors.find_case(number)
    except DomainError as error:
        if is_fault(error):
            raise
        raise funds.RecoveryWrong(error.message, field="number") from None
    if view.region != place.region:
        raise funds.RecoveryWrong("这个办件不属于本地区，请核对编号。", field="number")
    return view


def _may_revoke(place: Place) -> bool:
    return any(place.may(funds.REVOKERS, office) for office in place.offices or ("",))


@rooms.staff
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest) -> HttpResponse:
    """撤销待遇并追回: a case paid by fraud or mistake; nothing moves before another person agrees."""
    place, day, status = rooms.here(request), local_day(doors.now()), 200
    if not _may_revoke(place):
        raise rooms.refused(
            request, place.region, "撤销待遇由拨付、审核、资金复核或负责人岗位提出，您没有这个岗位。"
        )
    form = forms.empty(REVOKE, day, mode=str(funds.Mode.ONCE), number=request.GET.get("number", ""))
    if request.method == "POST":
        form = forms.filled(REVOKE, request.POST, day)
        done: list[funds.Recovery] = []
        form, status = rooms.kept(request, place.region, form, lambda: _to_revoke(place, form, done))
        if done:
            return redirect("funds-recovery", pk=done[0].pk)
    shown = {**rooms.base(request, place), "room": "funds-recoveries", "form": form}
    return render(request, "funds/revoke.html", shown, status=status or 200)


def _to_revoke(place: Place, form: forms.Filled, done: list[funds.Recovery]) -> str:
    view = _case_named(place, form.said["number"])
    row = funds.propose_revocation(
        view.id, reason=form.said["reason"], plan=_plan(form), actor=place.actor, now=doors.now()
    )
    done.append(row)
    return f"已提出撤销待遇，追回{show_yuan(row.total_fen)}元；另一位同事同意以后才撤销。"


@rooms.staff
@require_http_methods(["GET", "POST"])
def adjustment(request: HttpRequest, pk: int) -> HttpResponse:
    """A case that was worked out anew: paid up, or proposed to be recovered."""
    case, place = rooms.found_in(request, Case.objects.all(), pk)
    found = next((one for one in funds.open_adjustments(place.region) if one.case == pk), None)
    if found is None:
        return rooms.back("funds-recoveries", place.region)
    day, status = local_day(doors.now()), 200
    form = forms.empty(PLAN if found.net < 0 else (), day, mode=str(funds.Mode.ONCE))
    if request.method == "POST":
        if found.net < 0:
            form = forms.filled(PLAN, request.POST, day)
            form, status = rooms.kept(request, place.region, form, lambda: _ask_back(place, pk, form))
            if not status:
                return rooms.back("funds-recoveries", place.region)
        else:
            return rooms.acted(
                request, place.region, lambda: _pay_up(place, pk), "funds-recoveries",
                lambda why, code: _adjustment(request, place, case, found, form, why, code),
            )  # fmt: skip
    return _adjustment(request, place, case, found, form, "", status or 200)


def _adjustment(
    request: HttpRequest,
    place: Place,
    case: Case,
    found: object,
    form: forms.Filled,
    refused: str,
    status: int,
) -> HttpResponse:
    shown = {
        **rooms.base(request, place),
        "room": "funds-recoveries",
        "case": case,
        "title": sealing.title_of(case),
        "one": found,
        "form": form,
        "refused": refused,
    }
    return render(request, "funds/adjustment.html", shown, status=status)


def _pay_up(place: Place, case: int) -> str:
    payment = funds.supplement(case, actor=place.actor, now=doors.now())
    return (
        f"补付{show_yuan(payment.amount_fen)}元已提出，等待组批。"
        if payment
        else "只在基金之间调整，不用付款。"
    )


def _ask_back(place: Place, case: int, form: forms.Filled) -> str:
    row = funds.propose_recovery(case, plan=_plan(form), actor=place.actor, now=doors.now())
    if row is None:
        return "多付的部分以前已经提出追回，没有再要追回的。"
    return f"已提出追回{show_yuan(row.total_fen)}元，请另一位同事复核。"


@rooms.staff
@require_GET
def recovery(request: HttpRequest, pk: int) -> HttpResponse:
    """A recovery: why, its plan, what came back, and what may be done."""
    row, place = rooms.found_in(request, funds.Recovery.objects.select_related("case"), pk)
    return _shown(request, row, place)


def _shown(
    request: HttpRequest, row: funds.Recovery, place: Place, form: forms.Filled | None = None, *, refused: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    row.refresh_from_db()
    day, left = local_day(doors.now()), funds.left_to_recover(row)
    who = rooms.names([row.proposed_by, row.decided_by])
    may_decide = row.state == funds.RecoveryState.PROPOSED and place.may(funds.DECIDERS, row.office)
    # Of a sealed case (举报) the reason is for the hands alone: it may say who it is about.
    sees_why = (
        not sealing.is_sealed(row.case) or may_decide or place.actor.id in (row.proposed_by, row.decided_by)
    )
    shown = {
        **rooms.base(request, place), "room": "funds-recoveries", "row": row, "left": sum(left.values()),
        "title": sealing.title_of(row.case), "reason": row.reason if sees_why else "保密",
        "sums": [(str(funds.Fund(fund).label), fen, left[fund]) for fund, fen in row.parts.items()],
        "plan": funds.plan_of_recovery(row), "late": funds.overdue_recovery(row, day), "today": day,
        "moves": row.moves.order_by("pk").select_related("payable"), "refused": refused,
        "told": row.notices.order_by("pk"),
        "proposed": who.get(row.proposed_by, "系统"), "decided": who.get(row.decided_by or 0, ""),
        "form": form or forms.empty(REPAID, day),
        "may_decide": may_decide,
        "may_repay": row.state == funds.RecoveryState.OPEN and place.may(funds.BANK, row.office),
    }  # fmt: skip
    return render(request, "funds/recovery.html", shown, status=status)


@rooms.staff
@require_POST
def decide(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Agree, which books the claim, or decline."""
    row, place = rooms.found_in(request, funds.Recovery.objects.select_related("case"), pk)
    if do not in ("agree", "decline"):
        raise rooms.NotFound(rooms.NOT_THERE)

    def act() -> str:
        funds.decide_recovery(row.pk, agrees=do == "agree", actor=place.actor, now=doors.now())
        if row.is_revocation and do == "agree":
            return "已同意，待遇已撤销，应追回的记入应收。"
        return "已同意追回，记入应收。" if do == "agree" else "已决定不予追回。"

    return rooms.acted(
        request, place.region, act, ("funds-recovery", row.pk),
        lambda why, status: _shown(request, row, place, refused=why, status=status),
    )  # fmt: skip


@rooms.staff
@require_POST
def repay(request: HttpRequest, pk: int) -> HttpResponse:
    """Money that came back, under the bank's receipt."""
    row, place = rooms.found_in(request, funds.Recovery.objects.select_related("case"), pk)
    form = forms.filled(REPAID, request.POST, local_day(doors.now()))
    form, status = rooms.kept(request, place.region, form, lambda: _repaid(place, row.pk, form.said))
    if status:
        return _shown(request, row, place, form, status=status)
    return redirect("funds-recovery", pk=row.pk)


def _repaid(place: Place, pk: int, said: Mapping[str, str]) -> str:
    row = funds.repay_recovery(
        pk, fen=to_fen(said["amount"]), reference=said["reference"], actor=place.actor, now=doors.now()
    )
    return f"退款已登记，还欠{show_yuan(sum(funds.left_to_recover(row).values()))}元。"
