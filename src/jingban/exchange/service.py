"""The door of the exchange; other apps import nothing else of this one."""

from __future__ import annotations

from jingban.exchange.agencies import Details, Party, add_agency, agency, agency_at, all_agencies
from jingban.exchange.errors import (
    AgencyWrong,
    CannotCompose,
    DeliveryFailed,
    EnvelopeWrong,
    ExchangeError,
    LetterRefused,
    LetterUnmatched,
    NoLetterHere,
    NotAddressee,
    PaperWrong,
    SenderUnknown,
    SignatureWrong,
)
from jingban.exchange.inbox import Answer, take_in
from jingban.exchange.models import Letter, State
from jingban.exchange.outbox import Delivered, address, deliver, posted
from jingban.exchange.paper import record_paper
from jingban.exchange.reading import LetterCard, body_of, letters_of, settled, to_look_at, unwritten

__all__ = [
    "AgencyWrong",
    "Answer",
    "CannotCompose",
    "Delivered",
    "DeliveryFailed",
    "Details",
    "EnvelopeWrong",
    "ExchangeError",
    "Letter",
    "LetterCard",
    "LetterRefused",
    "LetterUnmatched",
    "NoLetterHere",
    "NotAddressee",
    "PaperWrong",
    "Party",
    "SenderUnknown",
    "SignatureWrong",
    "State",
    "add_agency",
    "address",
    "agency",
    "agency_at",
    "all_agencies",
    "body_of",
    "deliver",
    "letters_of",
    "posted",
    "record_paper",
    "settled",
    "take_in",
    "to_look_at",
    "unwritten",
]
