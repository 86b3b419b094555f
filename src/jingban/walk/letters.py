"""An agency of another province on the other side of a transfer; its letters come by registered post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jingban.access.service import Actor, Held
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.exchange import service as exchange
from jingban.registry.models import Contribution, Insurance, Person
from jingban.registry.rules import months as m
from jingban.rulebook.cache import regions
from jingban.walk.cast import Cast
from jingban.walk.scene import PREPARER

CONTACT, SHEET, FUNDS = "contact-letter", "info-sheet", "transfer-funds"
"""The messages between agencies (messages.yaml)."""
AMOUNT = "738.20"
YEAR = 12


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The other agency, and whom the letters are about. Its place was never a place."""

    cast: Cast
    key: str
    turn: int

    @property
    def place(self) -> str:
        return f"{999001 + self.turn % 900}"

    @property
    def office(self) -> dict[str, str]:
        return {"name": f"演练{self.turn}县医疗保障局", "admin_code": self.place}

    def asks(self, now: datetime) -> CaseView:
        """Its 《联系函》 opens a case here."""
        said = self.cast.said(self.key)
        fields = {
            "letter_number": f"LX{self.place}-{self.turn}",
            "person": {name: said[name] for name in ("name", "id_kind", "id_number", "phone")},
            "from_insurance": "employee",
            "to_insurance": "employee",
            "transferee": self.office,
            "payee": {"name": "演练县医疗保障局", "bank": "演练银行", "account": "6200000000000001"},
            "move_account": True,
        }
        letter = self._posted(None, CONTACT, fields, now)
        return read(letter.case_id or 0)[0]

    def answers(self, view: CaseView, way: str, now: datetime) -> CaseView:
        """Its answer to our 《联系函》, with the money where it says so and the case waits for it."""
        exchange.deliver(now=now, at_once=True)
        step = view.step
        if way == "refused":
            fields: dict[str, Any] = {"result": way, "reason": "演练：在转出地没有停保"}
        else:
            amount = "0.00" if way == "no-balance" else AMOUNT
            number = contact_of(view.id).number
            fields = {"result": way, "sheet": self.sheet(number, amount, local_day(now))}
        self._posted(view.id, SHEET, fields, now)
        view = read(view.id)[0]
        if view.step == step:
            self._posted(view.id, FUNDS, {"amount": AMOUNT, "paid_on": local_day(now).isoformat()}, now)
        return read(view.id)[0]

    def pays(self, view: CaseView, now: datetime) -> None:
        """The money after the end: where the procedure does not wait for it, it comes all the same."""
        sheets = exchange.Letter.objects.filter(case_id=view.id, kind=SHEET, direction="in", result="arrived")
        paid = exchange.Letter.objects.filter(case_id=view.id, kind=FUNDS, direction="in")
        if view.outcome == "granted" and sheets.exists() and not paid.exists():
            self._posted(view.id, FUNDS, {"amount": AMOUNT, "paid_on": local_day(now).isoformat()}, now)

    def sheet(self, letter_number: str, amount: str, day: date) -> dict[str, Any]:
        """《信息表》: a year of months that the register here does not have yet."""
        role, said = self.cast.role(self.key), self.cast.said(self.key)
        first, last = (f"{month:%Y-%m}" for month in year_before(day, self.cast.person(self.key)))
        base = {"insurance": "310", "kind": "paid", "base": "5000.00", "place": self.place}
        return {
            "letter_number": letter_number,
            "person": {
                **{name: said[name] for name in ("name", "id_kind", "id_number")},
                "sex": role.sex,
                "born_on": role.born_on.isoformat(),
            },
            "transferor": {"place": self.place, "name": self.office["name"]},
            "transferee": {"place": regions()[self.cast.region].admin_code, "name": ""},
            "insurance": "310",
            "periods": [{**base, "first": first, "last": last, "months": YEAR}],
            "months_paid": YEAR,
            "months_deemed": 0,
            "account_balance": amount,
            "transfer_amount": amount,
            "date": day.isoformat(),
        }

    def _posted(
        self, case: int | None, kind: str, fields: Mapping[str, Any], now: datetime
    ) -> exchange.Letter:
        region = self.cast.region
        return exchange.record_paper(
            case,
            kind,
            fields,
            received_on=local_day(now),
            tracking_number=f"XA{self.cast.next_letter():09d}CN",
            actor=Actor(PREPARER, "演练收发", held=(Held("window", region, ""),)),
            now=now,
            region=region,
        )


def contact_of(case: int) -> exchange.Letter:
    """Our 《联系函》 that counts in a case: the last one."""
    found = exchange.Letter.objects.filter(case_id=case, kind=CONTACT, direction="out")
    return found.order_by("-id")[0]


def year_before(day: date, *persons: Person | None) -> tuple[date, date]:
    """The first days of the first and the last of twelve months before all that is on record of these."""
    own = Contribution.objects.filter(person__in=[p for p in persons if p], insurance=Insurance.EMPLOYEE)
    run = own.order_by("start_on").first()
    last = m.index(run.start_on if run is not None else day) - 1
    return m.first_day(last - YEAR + 1), m.first_day(last)
