"""What the exchange of letters refuses, in words that the desk or the other agency can act on."""

from __future__ import annotations

from jingban.core.errors import DomainError


class ExchangeError(DomainError):
    """The base of all refusals of the exchange."""

    code = "exchange_error"


class EnvelopeWrong(ExchangeError):
    """What came is no letter, or another one under the identity of a letter already here; nothing is kept."""

    code = "envelope_wrong"


class SenderUnknown(ExchangeError):
    """No such agency on record, or none of its keys holds today."""

    code = "sender_unknown"


class SignatureWrong(ExchangeError):
    """The letter was not signed by its sender, or changed on the way."""

    code = "signature_wrong"


class NotAddressee(ExchangeError):
    """The letter is for an agency that is not of this installation."""

    code = "not_addressee"


class LetterRefused(ExchangeError):
    """A true letter that cannot be taken as it is: kept, answered in words, nothing applied."""

    code = "letter_refused"


class LetterUnmatched(ExchangeError):
    """A true letter that answers nothing which waits for it: kept for the desk, nothing applied."""

    code = "letter_unmatched"


class NoLetterHere(ExchangeError):
    """Inside a province that shares one platform no letter is written."""

    code = "no_letter_here"


class CannotCompose(ExchangeError):
    """The case does not say what the letter must say; tried again later."""

    code = "cannot_compose"


class AgencyWrong(ExchangeError):
    """An agency cannot be recorded like this."""

    code = "agency_wrong"


class PaperWrong(ExchangeError):
    """A letter on paper cannot be registered like this."""

    code = "paper_wrong"


class MoneyWrong(ExchangeError):
    """Nothing of the kind can be done with the money of this transfer."""

    code = "money_wrong"


class DeliveryFailed(ExchangeError):
    """The other side was not reached, or did not answer as it should; tried again later."""

    code = "delivery_failed"
