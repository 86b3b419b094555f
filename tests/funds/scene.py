"""A funds room with its people, cases that are owed money, and the way of the money, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from jingban.access.service import Actor, Held
from jingban.cases.view import CaseView
from jingban.core.money import to_yuan
from jingban.funds import service as funds
from jingban.funds.models import Batch, Payment
from jingban.ledger import service as ledger
from jingban.processes import effects
from jingban.registry import accounts
from tests.houses import House
from tests.registry.factories import new_name, new_number, origin, person, who

ENTRY = ("bazhou", "agency", "outpatient-reimbursement")
"""F22 by the procedure ``payment``."""
AID = ("luanzhou", "agency", "medical-aid-reimbursement")
"""F17, with the fiscal authority in the case."""
COUNTER = ("xingtai", "agency", "account-withdrawal")
"""F07 at the counter: granted at once."""
REGION = ENTRY[0]
ACCOUNT = "6222000000000001"
OWN = (
    ("expenditure", "医疗保障经办机构", "1000200030004000"),
    ("personal", "医疗保障经办机构个人账户", "1000200030005000"),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What ``benefits`` would say of a case."""

    pk: int
    parts: Mapping[str, int]
    person_id: int | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)


def staff(number: int, *roles: str, region: str = REGION) -> Actor:
    return Actor(number, f"岗位{number}", held=tuple(Held(role, region, "") for role in roles))


@dataclass
class Room:
    """The house with its cases, and what was decided in them."""

    house: House
    region: str = REGION
    decided: dict[int, Decided] = field(default_factory=dict)
    cases: int = 0

    def __post_init__(self) -> None:
        self.cashier, self.checker, self.head, self.clerk = (
            staff(number, role, region=self.region)
            for number, role in enumerate(("cashier", "fund-checker", "head", "reviewer"), start=9051)
        )

    def at(self, region: str) -> Room:
        """The same house for another region."""
        return replace(self, region=region)

    @property
    def now(self) -> Any:
        return self.house.now

    def decide(self, view: CaseView, parts: Mapping[str, int], person_id: int | None = None) -> None:
        self.decided[view.id] = Decided(len(self.decided) + 1, dict(parts), person_id)

    def applied(self, entry: tuple[str, str, str] = ENTRY, **said: str) -> CaseView:
        """A case as its applicant files it, with an account of its own."""
        self.cases += 1
        n = self.cases
        given = {
            **who(n),
            "payee_name": new_name(n),
            "bank": "试验银行",
            "bank_account": f"62220000{n:08d}",
            "care_from": "2026-02-02",
            **said,
        }
        item = self.house.version(entry).item
        asked = {f.key for f in item.form}
        from tests.houses import answers_for

        answers = {**answers_for(item), **{k: v for k, v in given.items() if k in asked}}
        return self.house.apply(entry, answers=answers, channel="window")

    def approved(self, parts: Mapping[str, int], *, person_id: int | None = None) -> CaseView:
        """Accepted, reviewed, the amount decided: at the cashier's step."""
        view = self.house.act(self.applied(), "accept")
        self.decide(view, parts, person_id)
        return self.house.act(view, "approve", amount=f"{to_yuan(sum(parts.values())):.2f}")

    def prepared(self, parts: Mapping[str, int], *, person_id: int | None = None) -> CaseView:
        """The cashier has prepared the payment; the case waits for the bank."""
        return self.house.act(self.approved(parts, person_id=person_id), "pay", actor=self.cashier)

    def money(self, parts: Mapping[str, int], *, transfer: bool = True) -> None:
        """Income on the special accounts, and from there to the expenditure account."""
        for fund, fen in parts.items():
            funds.record_income(
                region=self.region, fund=fund, fen=fen, reference=f"收{self.now:%m%d%H%M}{fund}{fen}", memo="财政拨入",
                actor=self.cashier, now=self.now,
            )  # fmt: skip
        if transfer:
            row = funds.ask_fiscal(
                region=self.region,
                office="",
                parts=parts,
                purpose="本月用款",
                actor=self.cashier,
                now=self.now,
            )
            funds.answer_fiscal(row.pk, granted=True, words="同意", actor=self.checker, now=self.now)

    def own_account(self) -> None:
        """Both accounts that the agency pays from."""
        for kind, name, number in OWN:
            funds.name_account(
                region=self.region, kind=kind, name=name, bank="试验银行营业部", number=number, actor=self.cashier,
                now=self.now,
            )  # fmt: skip

    def batch(self, view: CaseView, **rest: Any) -> Batch:
        return funds.make_batch(
            region=view.region, office=view.office, actor=self.cashier, now=self.now, **rest
        )

    def approve(self, batch: Batch) -> Batch:
        batch = funds.approve_batch(batch.pk, actor=self.checker, now=self.now)
        if batch.state == "checked":
            batch = funds.approve_batch(batch.pk, actor=self.head, now=self.now)
        return batch

    def send(self, batch: Batch, kind: str = "csv") -> Any:
        return funds.send_batch(batch.pk, actor=self.cashier, now=self.now, kind=kind)

    def sent(self, view: CaseView, kind: str = "csv") -> Batch:
        """Everything that waits in the office of the case, on its way to the bank."""
        batch = self.approve(self.batch(view))
        self.send(batch, kind)
        batch.refresh_from_db()
        return batch

    def returned(self, answers: Mapping[str, str], *, header: str = "", tail: str = "") -> Any:
        """The bank's table: 笔号 to result; amounts as they were sent."""
        return funds.take_return(
            region=self.region,
            content=table(answers, header=header, tail=tail),
            actor=self.cashier,
            now=self.now,
        )


def table(answers: Mapping[str, str], *, header: str = "", tail: str = "") -> bytes:
    """笔号, with 成功 or 失败；a reason or an amount may follow after a bar."""
    lines = [header or "笔号,结果,金额,原因,银行流水号"]
    for number, answer in answers.items():
        result, _, rest = answer.partition("|")
        row = Payment.objects.filter(end_to_end_id=number).first()
        amount = rest if rest[:1].isdigit() else f"{to_yuan(row.amount_fen):.2f}" if row else "1.00"
        reason = "" if rest[:1].isdigit() else rest
        lines.append(f"{number},{result},{amount},{reason},B{number[-4:]}")
    return ("\n".join(lines) + "\n" + tail).encode()


def ids(batch: Batch) -> list[str]:
    """The bank's numbers of a batch, in order."""
    return list(batch.payments.order_by("pk").values_list("end_to_end_id", flat=True))


def balance(code: str, region: str = REGION) -> int:
    """Fen on an account of the books; nothing where it is not opened."""
    row = ledger.Account.objects.filter(region=region, code=code).first()
    return 0 if row is None else row.balance_fen


def books_hold(*regions: str) -> None:
    """The chain, every entry and balance; and what the books say is what the payments say."""
    assert list(ledger.faults()) == []
    assert funds.faults() == []


def insured(region: str, n: int = 1, yuan: int = 100) -> Any:
    """Person ``n`` with so much on the personal account."""
    from datetime import date

    from jingban.registry import enrolments
    from tests.registry.factories import unit

    o = origin(region, date(2026, 2, 2))
    p = person(o, n)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=unit(o, n + 50))
    accounts.credit(o, p, Decimal(yuan), kind="levy", reference=f"levy:{region}:{n}")
    return p


def heir(n: int) -> dict[str, str]:
    """A withdrawal after death: paid to person ``n + 100``."""
    return {
        **who(n),
        "withdrawal_reason": "death",
        "payee_name": new_name(n + 100),
        "payee_id_number": new_number(n + 100),
        "payee_relation": "child",
        "bank": "试验银行",
        "bank_account": ACCOUNT,
        "death_on": "2026-02-10",
    }


def without_benefits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the money does is looked at apart from what it is worked out by."""
    for name in [n for n in effects.REGISTRY if n.startswith("benefits.")]:
        monkeypatch.delitem(effects.REGISTRY, name)
