"""What the funds refuse, in words that a cashier can act on."""

from __future__ import annotations

from jingban.core.errors import DomainError


class FundsError(DomainError):
    """The base of all refusals about money that goes out or comes back; nothing was written."""

    code = "funds_error"


class NothingOwed(FundsError):
    """There is nothing to pay."""

    code = "nothing_owed"


class AmountDiffers(FundsError):
    """The amount that the act carries is not what is owed."""

    code = "amount_differs"


class PayeeWrong(FundsError):
    """Name, bank or number of the account cannot be paid to."""

    code = "payee_wrong"


class UnderWay(FundsError):
    """The money is on its way or paid; it is not paid or changed again."""

    code = "payment_under_way"


class NotSent(FundsError):
    """The bank cannot have answered what it was never sent."""

    code = "payment_not_sent"


class SamePerson(FundsError):
    """One of the hands that must be another's (社会保险经办条例 art. 37)."""

    code = "same_person"


class BatchWrong(FundsError):
    """The batch does not allow that now."""

    code = "batch_wrong"


class FileWrong(FundsError):
    """A file of the bank, or for it, is not what was agreed; nothing of it was kept."""

    code = "file_wrong"


class FiscalWrong(FundsError):
    """The request to the fiscal authority does not allow that now."""

    code = "fiscal_wrong"


class RecoveryWrong(FundsError):
    """Nothing of the kind can be recovered like this."""

    code = "recovery_wrong"


class StatementWrong(FundsError):
    """A bank statement that does not add up, or cannot be read; nothing of it was kept."""

    code = "statement_wrong"


class MonthNotReady(FundsError):
    """The month cannot be closed yet; ``details['faults']`` says all that is in the way."""

    code = "month_not_ready"
