"""What is refused about bills, invoices and decisions, in the words of whoever entered them."""

from __future__ import annotations

from jingban.core.errors import DomainError


class BenefitError(DomainError):
    """The base of all refusals of benefits; nothing was written."""

    code = "benefit_error"


class CatalogueWrong(BenefitError):
    """A file of the catalogue with faults; ``details`` lists them line by line."""

    code = "catalogue_wrong"


class BillWrong(BenefitError):
    """What was entered of a bill contradicts itself; ``details`` names the field."""

    code = "bill_wrong"


class BillClosed(BenefitError):
    """The case is decided or has ended: its bills stay as they are."""

    code = "bill_closed"


class NoBill(BenefitError):
    """Nothing was entered yet that could be worked out."""

    code = "no_bill"


class InvoiceUsed(BenefitError):
    """The invoice belongs to another bill already, in whatever region."""

    code = "invoice_used"


class InvoiceAltered(BenefitError):
    """The same number is known with another amount, day or issuer: one of the two was altered."""

    code = "invoice_altered"


class InvoiceWrong(BenefitError):
    """The invoice is somebody else's, of another time, or cannot be read."""

    code = "invoice_wrong"


class NotCovered(BenefitError):
    """Nobody insured, waiting, or not recognised: the fund does not pay; the text says why."""

    code = "not_covered"


class AmountDiffers(BenefitError):
    """The amount that was approved is not what the rules give."""

    code = "amount_differs"


class OnlyIllustrative(BenefitError):
    """The figures of the region are illustrations; nothing is paid by them here."""

    code = "only_illustrative"


class OpeningWrong(BenefitError):
    """A statement of direct settlements that contradicts itself; ``details`` names the field."""

    code = "opening_wrong"


class NoFigure(BenefitError):
    """The rulebook has no figure for the day of care; ``details`` names the parameter and the day."""

    code = "no_figure"


class Decided(BenefitError):
    """The case has a standing decision already."""

    code = "decided_already"


class OwnBill(BenefitError):
    """Whoever entered a bill does not decide it."""

    code = "own_bill"
