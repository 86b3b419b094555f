"""What the registers refuse, in the words of whoever asked."""

from __future__ import annotations

from jingban.core.errors import DomainError


class RegistryError(DomainError):
    """The base of all refusals of the registers."""

    code = "registry_error"


class PersonNotFound(RegistryError):
    """Nobody with this number is in the region's register."""

    code = "person_not_found"


class NumberTaken(RegistryError):
    """The number belongs to somebody else of the register."""

    code = "number_taken"


class NotEnrolled(RegistryError):
    """The act needs an enrolment that is not there on the day."""

    code = "not_enrolled"


class AlreadyEnrolled(RegistryError):
    """A second enrolment, or one whose days overlap with another."""

    code = "already_enrolled"


class NothingChanges(RegistryError):
    """A change that names nothing new."""

    code = "nothing_changes"


class OnlyIllustrative(RegistryError):
    """What would be levied rests on illustrations; nobody is asked to pay by them here."""

    code = "only_illustrative"


class RegisterMoved(RegistryError):
    """What the case was to change has been changed meanwhile."""

    code = "register_moved"


class NotYours(RegistryError):
    """Data of another person, or of a unit that one does not act for."""

    code = "not_yours"


class PersonClosed(RegistryError):
    """The person has died, or the row was merged into another: nothing is added any more."""

    code = "person_closed"


class BenefitPaid(RegistryError):
    """Days for which a benefit was paid cannot lose their cover."""

    code = "benefit_paid"


class EnrolmentRefused(RegistryError):
    """An enrolment, or a change of one, that the rules do not allow on these days."""

    code = "enrolment_refused"


class MonthTwice(RegistryError):
    """A month of one insurance that is on record already."""

    code = "month_twice"


class MonthsMissing(RegistryError):
    """Too few months of contribution for a pension's medical cover; ``details`` says how many are missing."""

    code = "months_missing"


class RegisterRefuses(RegistryError):
    """The database itself refused a row (``guards``); ``details`` names the rule and the register."""

    code = "register_refuses"
