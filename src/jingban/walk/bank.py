"""The bank and the fiscal authority of a walk: what a case is to be paid goes the funds' whole way, and comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from jingban.access.service import Actor, Held
from jingban.cases.view import CaseView, read
from jingban.core.money import to_yuan
from jingban.funds import service as funds
from jingban.walk.cast import BEGIN
from jingban.walk.scene import STAFF

PAID, FAILED = "paid", "failed"
RESULTS = {PAID: "成功", FAILED: "失败"}
CASHIER, CHECKER, HEAD, REGISTRAR, AGREER = (STAFF + 900 + n for n in range(5))
"""Staff of the funds room; none of them acts in a case."""
OWN = (
    (funds.Own.EXPENDITURE, "演练医疗保障局支出户", "6200000000000000"),
    (funds.Own.PERSONAL, "演练医疗保障局个人账户基金户", "6200000000000018"),
)
"""The agency's two accounts that money leaves from."""


def answers(view: CaseView, way: str, now: datetime) -> CaseView | None:
    """Batch, approval, fiscal transfer, bank file and the bank's answer for what waits; none where nothing does.

    Of the shares of a joint reward the last is sent back alone, and the case ends when it is paid too.
    """
    waiting = list(_waiting(view))
    if not waiting:
        return None
    batch = _approved(waiting, now)
    _funded(view.region, view.office, now)
    funds.send_batch(batch, actor=_actor(CASHIER, "cashier", view.region), now=now, kind=funds.FileKind.CSV)
    lines = ["笔号,结果,金额,原因,银行流水号"]
    for n, payment in enumerate(waiting, start=1):
        payment.refresh_from_db()
        result = way if n == len(waiting) else PAID
        why = "户名与账号不符" if result == FAILED else ""
        amount = f"{to_yuan(payment.amount_fen):.2f}"
        lines.append(f"{payment.end_to_end_id},{RESULTS[result]},{amount},{why},BK{payment.pk}")
    content = "\n".join([*lines, ""])
    taken = funds.take_return(
        region=view.region,
        content=content.encode(),
        actor=_actor(CHECKER, "fund-checker", view.region),
        now=now,
    )
    if taken.applied != len(waiting):
        line = taken.file.lines.first()
        raise AssertionError(f"银行回执没有入账：{line.why if line else ''}")
    return read(view.id)[0]


def settles(view: CaseView, now: datetime) -> None:
    """A case that ended with its payment prepared (F07): the bank sends it back once, another account is agreed, it is paid."""
    payment = _waiting(view).first()
    if payment is None:
        return
    answers(view, FAILED, now)
    cashier, checker = _actor(CASHIER, "cashier", view.region), _actor(AGREER, "fund-checker", view.region)
    asked = funds.propose_payee(
        payment.pk, name="演练收款人", bank="演练银行", account="6200000000000009", reason="演练：户名有误",
        actor=cashier, now=now,
    )  # fmt: skip
    funds.decide_payee(asked.pk, agrees=True, actor=checker, now=now)
    answers(view, PAID, now)


def endows(view: CaseView, now: datetime) -> None:
    """What a case asks of the fiscal authority is on its special account (aid-tracks)."""
    asked = (
        funds.FiscalRequest.objects.filter(case=view.id, state=funds.FiscalState.ASKED, kind="transfer")
        .order_by("-pk")
        .first()
    )
    if asked is not None:
        _income(view.region, asked.parts, asked.number, now)


def _income(region: str, parts: Mapping[str, int], mark: str, now: datetime) -> None:
    """Contributions that came in, so that the special account has what is asked of it."""
    for fund, fen in parts.items():
        funds.record_income(
            region=region, fund=fund, fen=fen, reference=mark, memo="演练：基金收入",
            actor=_actor(CASHIER, "cashier", region), now=now,
        )  # fmt: skip


def _waiting(view: CaseView) -> QuerySet[funds.Payment]:
    return funds.Payment.objects.filter(case=view.id, state=funds.Attempt.PREPARED).order_by("pk")


def _approved(waiting: Sequence[funds.Payment], now: datetime) -> int:
    """Put together by one, approved by another, above the limit by the head as well."""
    region, office = waiting[0].region, waiting[0].office
    cashier = _actor(REGISTRAR, "cashier", region)
    for kind, name, number in OWN:
        funds.name_account(
            region=region, kind=kind, name=name, bank="演练银行", number=number, actor=cashier, now=BEGIN
        )
    batch = funds.make_batch(
        region=region, office=office, actor=cashier, now=now, payments=[payment.pk for payment in waiting]
    )
    batch = funds.approve_batch(batch.pk, actor=_actor(CHECKER, "fund-checker", region), now=now)
    if batch.state == funds.BatchState.CHECKED:
        funds.approve_batch(batch.pk, actor=_actor(HEAD, "head", region), now=now)
    return int(batch.pk)


def _funded(region: str, office: str, now: datetime) -> None:
    """What the expenditure account lacks is asked of the fiscal authority, and transferred."""
    missing = funds.fiscal_needed(region)
    if not missing:
        return
    asked = funds.ask_fiscal(
        region=region, office=office, parts=missing, purpose="演练：待遇支付", actor=_actor(CASHIER, "cashier", region),
        now=now,
    )  # fmt: skip
    _income(region, missing, asked.number, now)
    funds.answer_fiscal(
        asked.pk, granted=True, words="演练：同意", actor=_actor(CHECKER, "fund-checker", region), now=now
    )


def _actor(number: int, role: str, region: str) -> Actor:
    return Actor(number, "演练", held=(Held(role, region, ""),))
