"""What can be wrong with codes and messages, in the words of whoever asked for one."""

from __future__ import annotations

from jingban.core.errors import DomainError


class CodeWrong(DomainError):
    """The code is not the one that was sent, or it is used up or too old; which of these is not said."""

    code = "code_wrong"


class TooManyCodes(DomainError):
    """Codes are asked for too often, for this number or from this place."""

    code = "too_many_tries"


class PhoneTaken(DomainError):
    """The telephone number is another account's."""

    code = "phone_taken"


class NotSent(DomainError):
    """A line that does not take the message now; the words are for the desk."""

    code = "message_not_sent"
