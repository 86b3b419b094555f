"""What the steps of procedures do to the funds; ``effects.yaml`` declares the names.

Where a case has nothing of the funds' an effect does nothing: no decision, no money. A trial moves none either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from jingban.access.service import Actor
from jingban.cases.work import Work
from jingban.funds import answers, fiscal, payables, payments
from jingban.funds.errors import NotSent
from jingban.funds.models import Attempt, Payment
from jingban.funds.payables import case_subject
from jingban.funds.payees import hold_receivers
from jingban.processes.effects import effect


@effect("funds.owe", moves_registers=False)
def owe(work: Work) -> None:
    """Book what the decision owes (应付待遇款)."""
    if not work.trial:
        payables.owe(work)


@effect("funds.name_payees", moves_registers=False)
def name_payees(work: Work) -> None:
    """Hold the accounts that a reward goes to against who reported (F26); nothing moves."""
    owed = [] if work.trial else payables.standing_in(work.case_id)
    if owed:
        hold_receivers(work, len(owed))


@effect("funds.cancel", moves_registers=False)
def cancel(work: Work) -> None:
    """退回: what was booked is taken back."""
    if not work.trial:
        payables.cancel(work)


@effect("funds.pay", moves_registers=False)
def pay(work: Work) -> None:
    """Prepare the payment; two other people let it go."""
    if not work.trial:
        payments.pay(work)


@effect("funds.paid", moves_registers=False)
def paid(work: Work) -> None:
    """The bank paid: by its file this is done already, registered by hand it is booked here."""
    if not work.trial:
        _answered(work, paid=True)


@effect("funds.bounced", moves_registers=False)
def bounced(work: Work) -> None:
    """The bank sent it back."""
    if not work.trial:
        _answered(work, paid=False)


def _answered(work: Work, *, paid: bool) -> None:
    owed = payables.standing_in(work.case_id)
    row = _answerable([one.subject for one in owed] or [case_subject(work.case_id)], paid)
    done = (Attempt.PAID,) if paid else (Attempt.BOUNCED, Attempt.CANCELLED)
    if row is None and settings.JINGBAN_FUNDS_LIVE and owed:
        raise NotSent("本件的应付款还没有办理拨付，不能登记银行回执；请先拨付。")
    if row is None or row.state in done:
        return
    if row.state != Attempt.SENT:
        _never_sent(row, paid, work.at)
        return
    outcome = answers.Outcome(row, paid, "" if paid else "银行退回（手工登记）")
    # The case is moving by this very act, so there is nobody to tell.
    answers.booked(row.region, [outcome], actor=Actor(work.actor, ""), now=work.at)


def _answerable(subjects: Sequence[str], paid: bool) -> Payment | None:
    """The payment that an answer by hand is about; of shares it must be the only one that is open."""
    rows = [row for subject in subjects if (row := payments.last(subject)) is not None]
    if len(subjects) == 1 or not rows:
        return rows[0] if rows else None
    open_ = [row for row in rows if row.state != Attempt.PAID]
    if len(open_) > 1 or len(rows) < len(subjects):
        raise NotSent("本件分几笔发放，手工登记分不清是哪一笔；请在资金室导入银行回执文件，逐笔登记。")
    return open_[0] if open_ else rows[-1]


def _never_sent(row: Payment, paid: bool, now: datetime) -> None:
    """The bank cannot have answered. Where a procedure is only tried out, what was to be paid waits, or is dropped."""
    if settings.JINGBAN_FUNDS_LIVE or row.batch_id is not None:
        raise NotSent(
            f"这笔款{row.get_state_display()}，还没有送银行，不能登记银行回执；请到资金室核对。",
            state=row.state,
        )
    if not paid:
        row.state, row.reason, row.answered_at = Attempt.CANCELLED, "没有送银行，登记为退回", now
        row.save(update_fields=["state", "reason", "answered_at"])


@effect("funds.request_fiscal", moves_registers=False)
def request_fiscal(work: Work) -> None:
    """Ask the fiscal authority for what the case owes."""
    if not work.trial:
        fiscal.ask_for_case(work, fiscal.TRANSFER)


@effect("funds.request_subsidy", moves_registers=False)
def request_subsidy(work: Work) -> None:
    """Ask the fiscal authority for the premium subsidy that the act names (F16)."""
    if not work.trial:
        fiscal.ask_for_case(work, fiscal.SUBSIDY)


@effect("funds.fiscal_granted", moves_registers=False)
def fiscal_granted(work: Work) -> None:
    """The fiscal authority agrees: its transfer to the expenditure account is booked."""
    if not work.trial:
        fiscal.answer_for_case(work, granted=True)


@effect("funds.fiscal_declined", moves_registers=False)
def fiscal_declined(work: Work) -> None:
    """The fiscal authority declines, or does not pay what it granted; what was owed stays owed until the case goes back to
    review."""
    if not work.trial:
        fiscal.answer_for_case(work, granted=False)


@effect("funds.receive_subsidy", moves_registers=False)
def receive_subsidy(work: Work) -> None:
    """The subsidy is on the special account."""
    if not work.trial:
        fiscal.receive_for_case(work)
