"""The door of the funds; other apps import nothing else of this one."""

from __future__ import annotations

from jingban.funds.adjustments import open_adjustments, propose_recovery, supplement
from jingban.funds.batches import approve as approve_batch
from jingban.funds.batches import dissolve as dissolve_batch
from jingban.funds.batches import drop as drop_payment
from jingban.funds.batches import make as make_batch
from jingban.funds.closing import close as close_month
from jingban.funds.closing import open_points as month_faults
from jingban.funds.corrections import ToPay, returned_late, to_correct
from jingban.funds.corrections import decide as decide_payee
from jingban.funds.corrections import payee_of as correction_payee
from jingban.funds.corrections import propose as propose_payee
from jingban.funds.corrections import propose_for as propose_payee_for
from jingban.funds.doctor import faults
from jingban.funds.errors import (
    AmountDiffers,
    BatchWrong,
    FileWrong,
    FiscalWrong,
    FundsError,
    MonthNotReady,
    NothingOwed,
    NotSent,
    PayeeWrong,
    RecoveryWrong,
    SamePerson,
    StatementWrong,
    UnderWay,
)
from jingban.funds.fiscal import answer as answer_fiscal
from jingban.funds.fiscal import ask as ask_fiscal
from jingban.funds.fiscal import needed as fiscal_needed
from jingban.funds.fiscal import record_income
from jingban.funds.models import (
    Attempt,
    BankFile,
    BankReturn,
    Batch,
    BatchState,
    FileKind,
    FiscalRequest,
    FiscalState,
    Fund,
    LineState,
    Mode,
    Own,
    Payable,
    PayeeCorrection,
    PayingAccount,
    Payment,
    PaymentPart,
    Reconciliation,
    Recovery,
    RecoveryNotice,
    RecoveryState,
)
from jingban.funds.notices import paid_names
from jingban.funds.notices import reached as notice_reached
from jingban.funds.notices import told as notice_told
from jingban.funds.notices import untold as untold_notices
from jingban.funds.own import account_number, name_account
from jingban.funds.own import unnamed as unnamed_accounts
from jingban.funds.payables import left as left_of
from jingban.funds.payees import Payee
from jingban.funds.paying import pay_many
from jingban.funds.payments import payee as payee_of
from jingban.funds.plans import Plan
from jingban.funds.plans import left as left_to_recover
from jingban.funds.plans import overdue as overdue_recovery
from jingban.funds.plans import plan_of as plan_of_recovery
from jingban.funds.reconciliation import explain as explain_difference
from jingban.funds.reconciliation import open_items, reconcile
from jingban.funds.recoveries import decide as decide_recovery
from jingban.funds.recoveries import propose as propose_claim
from jingban.funds.recoveries import repay as repay_recovery
from jingban.funds.reports import (
    BOOKS,
    CashBook,
    aged_sheet,
    balances,
    cash_book,
    export,
    paid_by_item,
    paid_sheet,
    payables_by_age,
    workbook,
)
from jingban.funds.returns import Taken
from jingban.funds.returns import retry as retry_return
from jingban.funds.returns import take as take_return
from jingban.funds.revocations import propose as propose_revocation
from jingban.funds.rights import BANK, CASHIER, CHECKER, DECIDERS, HEAD, PROPOSERS, READERS, REVOKERS, allowed
from jingban.funds.sending import content_of as file_content
from jingban.funds.sending import is_unsettled
from jingban.funds.sending import send as send_batch
from jingban.funds.telling import Stage, told

__all__ = [
    "BANK",
    "BOOKS",
    "CASHIER",
    "CHECKER",
    "DECIDERS",
    "HEAD",
    "PROPOSERS",
    "READERS",
    "REVOKERS",
    "AmountDiffers",
    "Attempt",
    "BankFile",
    "BankReturn",
    "Batch",
    "BatchState",
    "BatchWrong",
    "CashBook",
    "FileKind",
    "FileWrong",
    "FiscalRequest",
    "FiscalState",
    "FiscalWrong",
    "Fund",
    "FundsError",
    "LineState",
    "Mode",
    "MonthNotReady",
    "NotSent",
    "NothingOwed",
    "Own",
    "Payable",
    "Payee",
    "PayeeCorrection",
    "PayeeWrong",
    "PayingAccount",
    "Payment",
    "PaymentPart",
    "Plan",
    "Reconciliation",
    "Recovery",
    "RecoveryNotice",
    "RecoveryState",
    "RecoveryWrong",
    "SamePerson",
    "Stage",
    "StatementWrong",
    "Taken",
    "ToPay",
    "UnderWay",
    "account_number",
    "aged_sheet",
    "allowed",
    "answer_fiscal",
    "approve_batch",
    "ask_fiscal",
    "balances",
    "cash_book",
    "close_month",
    "correction_payee",
    "decide_payee",
    "decide_recovery",
    "dissolve_batch",
    "drop_payment",
    "explain_difference",
    "export",
    "faults",
    "file_content",
    "fiscal_needed",
    "is_unsettled",
    "left_of",
    "left_to_recover",
    "make_batch",
    "month_faults",
    "name_account",
    "notice_reached",
    "notice_told",
    "open_adjustments",
    "open_items",
    "overdue_recovery",
    "paid_by_item",
    "paid_names",
    "paid_sheet",
    "pay_many",
    "payables_by_age",
    "payee_of",
    "plan_of_recovery",
    "propose_claim",
    "propose_payee",
    "propose_payee_for",
    "propose_recovery",
    "propose_revocation",
    "reconcile",
    "record_income",
    "repay_recovery",
    "retry_return",
    "returned_late",
    "send_batch",
    "supplement",
    "take_return",
    "to_correct",
    "told",
    "unnamed_accounts",
    "untold_notices",
    "workbook",
]
