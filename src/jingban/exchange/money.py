"""The money of transfers that is short, or for nobody: which cases, what is proposed, who agreed.

What arrives is booked when it arrives (``registry.transfer_funds``); here the desk sees to what does not come out even.
The rule: docs/algorithms/letters.md, "The money".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.view import CaseView, read, read_many
from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.exchange import desk
from jingban.exchange.arrivals import ENDS, WANTED
from jingban.exchange.errors import MoneyWrong
from jingban.exchange.kinds import ARRIVED, FUNDS
from jingban.exchange.models import Direction, FundsReturn, Letter, State
from jingban.exchange.waiting import awaited, held
from jingban.registry.service import Funds, Origin, Source, funds_of_cases, return_funds, take_short_funds

PAGE = 50
LONGEST = 150
"""Signs of a reason: it goes into the memo of the entry."""


@dataclass(frozen=True, slots=True)
class Money:
    """How the money of one transfer stands; nothing personal in it."""

    view: CaseView
    funds: Funds
    pending: FundsReturn | None
    returns: tuple[FundsReturn, ...]

    @property
    def outcome(self) -> str | None:
        return self.view.outcome

    @property
    def wanted(self) -> bool:
        """Whether the transfer may still be made, or was."""
        return self.outcome in WANTED

    @property
    def surplus(self) -> Decimal:
        """What lies there for nobody."""
        return self.funds.surplus(wanted=self.wanted)

    @property
    def short(self) -> Decimal:
        """What is missing, and nobody decided to go on without."""
        return self.funds.short if self.wanted and not self.funds.taken_short else to_yuan(0)

    @property
    def is_open(self) -> bool:
        return bool(self.surplus or self.short or self.pending)

    @property
    def is_due(self) -> bool:
        """Whether somebody should see to it: what was merely not paid yet is waited for by the case itself."""
        return bool(self.surplus or self.pending or (self.short and (self.funds.kept or self.outcome)))

    @property
    def words(self) -> str:
        """How it stands, in a line."""
        said = [] if self.funds.expected is None else [f"《信息表》{_yuan(self.funds.expected)}元"]
        said.append(f"收到{_yuan(self.funds.received)}元")
        if self.funds.returned:
            said.append(f"已退回{_yuan(self.funds.returned)}元")
        if not self.wanted and self.outcome:
            said.append(f"本件{ENDS[self.outcome]}")
        if self.short:
            said.append(f"还差{_yuan(self.short)}元")
        if self.surplus:
            said.append(f"待退回{_yuan(self.surplus)}元")
        if self.pending is not None:
            said.append("退回待复核")
        return "，".join(said)


def money_of(view: CaseView) -> Money:
    """The money of a case; the caller asked ``may`` first."""
    return _money(view.region, [view])[0]


def work_list(region: str, after: int = 0, most: int = PAGE) -> list[Money]:
    """Transfers of a region whose money the desk must see to, by the age of the case: those after a case's key."""
    found: list[Money] = []
    while len(found) < most and (cases := _candidates(region, after)):
        after = cases[-1]
        found += (money for money in _money(region, read_many(cases)) if money.is_due)
    return found[:most]


def _candidates(region: str, after: int) -> list[int]:
    """The next cases whose money may be due. Where none came and the case runs on, the case itself waits for it: most
    transfers under way are of this kind, and are not read."""
    came = Letter.objects.filter(case=OuterRef("case"), kind=FUNDS, direction=Direction.IN)
    asked = FundsReturn.objects.filter(case=OuterRef("case"), decided_at__isnull=True)
    waiting = Letter.objects.filter(open_money=True, to_code=region, case__gt=after)
    waiting = waiting.filter(Q(case__outcome__isnull=False) | Exists(came) | Exists(asked))
    return list(waiting.order_by("case").values_list("case", flat=True).distinct()[:PAGE])


def _money(region: str, views: Sequence[CaseView]) -> list[Money]:
    """The money of cases of a region, by as many questions as of one."""
    keys = [view.id for view in views]
    funds = funds_of_cases(region, keys)
    returns: dict[int, list[FundsReturn]] = {key: [] for key in keys}
    for row in FundsReturn.objects.filter(case__in=keys).order_by("id"):
        returns[row.case_id].append(row)
    return [
        Money(
            view=view,
            funds=funds[view.id],
            pending=next((one for one in returns[view.id] if one.decided_at is None), None),
            returns=tuple(returns[view.id]),
        )
        for view in views
    ]


def propose_return(case_id: int, amount: Decimal, reason: str, *, actor: Actor, now: datetime) -> FundsReturn:
    """Propose that money which is for nobody goes back to its payer; another person agrees before it is booked.

    Again, it is the proposal that there is.
    """
    with transaction.atomic():
        view = held(case_id)
        desk.may_propose_return(actor, view).required()
        text, money = _reason(reason), money_of(view)
        if (there := money.pending) is not None:
            if (there.proposed_by, there.amount_fen, there.reason) == (actor.id, to_fen(amount), text):
                return there
            raise MoneyWrong("本件已有一笔退回等待复核，请先请另一位同事复核。")
        if not 0 < to_fen(amount) <= to_fen(money.surplus):
            raise MoneyWrong(f"本件可以退回的是{_yuan(money.surplus)}元，请核对金额。", field="amount")
        return FundsReturn.objects.create(
            case_id=case_id,
            region=view.region,
            amount_fen=to_fen(amount),
            reason=text,
            proposed_by=actor.id,
            proposed_at=now,
        )


def decide_return(return_id: int, *, agrees: bool, actor: Actor, now: datetime) -> FundsReturn:
    """Agree to a return, which books it, or decline it. Never by whoever proposed it; the same answer twice is one."""
    asked = FundsReturn.objects.filter(pk=return_id).first()
    if asked is None:
        raise MoneyWrong("没有这笔退回，请刷新页面核对。")
    with transaction.atomic():
        view = held(asked.case_id)
        desk.may_agree_return(actor, view).required()
        row = FundsReturn.objects.select_for_update().get(pk=return_id)
        if row.decided_at is not None:
            if (row.decided_by, row.is_agreed) == (actor.id, agrees):
                return row
            raise MoneyWrong("这笔退回已经复核过，请刷新页面核对。")
        if row.proposed_by == actor.id:
            raise MoneyWrong("这笔退回是您提出的，请由另一位同事复核。")
        row.decided_by, row.decided_at, row.is_agreed = actor.id, now, agrees
        if agrees:
            origin = Origin(view.region, actor.id, now, Source.AGENCY, view.id, view.seq)
            wanted = view.outcome in WANTED
            row.entry = return_funds(
                origin, view.id, to_yuan(row.amount_fen), row.reason, wanted=wanted
            ).number
        row.save()
        if agrees and not money_of(view).surplus:
            done = Letter.objects.filter(case_id=view.id, open_money=True, state=State.UNMATCHED, note="")
            done.update(note=f"款项已退回：{row.reason}")
    return row


def go_on_short(case_id: int, reason: str, *, actor: Actor, now: datetime) -> Money:
    """Decide that a transfer goes on with less money than its sheet says; whoever checks the takeover sees why.

    What still comes is the person's all the same. The decision stands in the history of the registers.
    """
    with transaction.atomic():
        view = held(case_id)
        desk.may_propose_return(actor, view).required()
        text = _reason(reason)
        if view.outcome not in WANTED:
            raise MoneyWrong("本件没有办成转移接续，不用再等款；收到的款项请办理退回。")
        take_short_funds(Origin(view.region, actor.id, now, Source.AGENCY, view.id, view.seq), view.id, text)
        if awaited(view, FUNDS, now) is not None:
            view = actions.told(
                case_id=view.id, message=FUNDS, result=ARRIVED, key=uuid4(), now=now, actor=actor
            )
    return money_of(view)


def tidy() -> int:
    """Put away the letters of ended cases whose money came out even; returns how many."""
    put_away = 0
    ended = Letter.objects.filter(open_money=True, case__outcome__isnull=False)
    letters: dict[int, list[int]] = {}
    for pk, case in ended.order_by("id").values_list("pk", "case_id"):
        letters.setdefault(case or 0, []).append(pk)
    for case, keys in letters.items():
        if not money_of(read(case)[0]).is_open:  # what came meanwhile is not among the keys
            put_away += Letter.objects.filter(pk__in=keys).update(open_money=False)
    return put_away


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise MoneyWrong(f"请写明理由，不超过{LONGEST}字，例如“申请人撤回，原路退回”。", field="reason")
    return said


def _yuan(amount: Decimal) -> str:
    return show_yuan(to_fen(amount))
