"""The door of the exchange; other apps import nothing else of this one."""

from __future__ import annotations

from jingban.exchange.agencies import Details, Party, add_agency, agency, agency_at, all_agencies
from jingban.exchange.arrivals import WANTED
from jingban.exchange.desk import (
    may_agree_return,
    may_open,
    may_propose_return,
    may_receive,
    may_see_stray,
    may_settle,
)
from jingban.exchange.errors import (
    AgencyWrong,
    CannotCompose,
    DeliveryFailed,
    EnvelopeWrong,
    ExchangeError,
    LetterRefused,
    LetterUnmatched,
    MoneyWrong,
    NoLetterHere,
    NotAddressee,
    PaperWrong,
    SenderUnknown,
    SignatureWrong,
)
from jingban.exchange.inbox import Answer, take_in
from jingban.exchange.models import FundsReturn, Letter, State
from jingban.exchange.money import Money, decide_return, go_on_short, money_of, propose_return
from jingban.exchange.money import work_list as money_to_look_at
from jingban.exchange.outbox import Delivered, address, deliver, posted
from jingban.exchange.paper import record_paper
from jingban.exchange.reading import LetterCard, body_of, letters_of, settled, to_look_at, unwritten
from jingban.exchange.waiting import awaited

__all__ = [
    "WANTED",
    "AgencyWrong",
    "Answer",
    "CannotCompose",
    "Delivered",
    "DeliveryFailed",
    "Details",
    "EnvelopeWrong",
    "ExchangeError",
    "FundsReturn",
    "Letter",
    "LetterCard",
    "LetterRefused",
    "LetterUnmatched",
    "Money",
    "MoneyWrong",
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
    "awaited",
    "body_of",
    "decide_return",
    "deliver",
    "go_on_short",
    "letters_of",
    "may_agree_return",
    "may_open",
    "may_propose_return",
    "may_receive",
    "may_see_stray",
    "may_settle",
    "money_of",
    "money_to_look_at",
    "posted",
    "propose_return",
    "record_paper",
    "settled",
    "take_in",
    "to_look_at",
    "unwritten",
]
