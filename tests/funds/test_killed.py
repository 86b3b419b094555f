"""A payment run that is killed: before every write and every commit of it, and then goes on.

The run is what the people of the house do, each looking at how things stand: whoever comes back after a kill just goes on.
The bank is a bank: it drops a message that it had before, pays each number once, and knows one account that is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from jingban.cases.view import CaseView, read
from jingban.core.money import to_fen
from jingban.funds import paying, returns
from jingban.funds import service as funds
from jingban.funds.models import BankReturn, Batch, FiscalRequest, Mode, Payment, Recovery
from jingban.ledger import service as ledger
from tests.funds.scene import Room, balance, books_hold

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

OWED = (
    {"employee": 50_000},
    {"employee": 30_000, "serious": 5_000},
    {"resident": 20_000},
    {"employee": 4_000},
)
CLOSED_ACCOUNT = "6222000000000003"
BEFORE = 10_000
"""What was paid before this run."""
KEPT_BACK = 4_000
"""The fourth person was paid too much before: all of this benefit is kept back."""
SLICES = 8
_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|RELEASE|WITH)", re.I)


class Killed(BaseException):
    """The process is gone; nothing of ours catches it."""


@dataclass
class Killer:
    """Counts what is written, and kills before the write of a number."""

    at: int = -1
    seen: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITE.match(sql):
            if self.seen == self.at:
                self.at = -1
                raise Killed
            self.seen += 1
        return execute(sql, params, many, context)


@contextmanager
def killing(at: int) -> Iterator[Killer]:
    killer = Killer(at)
    with connection.execute_wrapper(killer):
        yield killer


@dataclass
class Bank:
    """What reached the bank, and what it paid."""

    messages: dict[str, bytes] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, message_id: str, content: bytes) -> None:
        if message_id in self.messages:
            assert self.messages[message_id] == content, "sent again it is the same file"
            return
        self.messages[message_id] = content
        self.answers[message_id] = {}
        for line in content.decode("utf-8-sig").splitlines()[1:]:
            _, _, number, _, account, _, amount, _ = line.split(",")
            assert number not in self.paid
            if account == CLOSED_ACCOUNT:
                self.answers[message_id][number] = "失败|账户已销户"
            else:
                self.paid[number] = to_fen(amount)
                self.answers[message_id][number] = "成功"


@dataclass
class Run:
    """The people's day: each looks at what is there to be done, and does it."""

    room: Room
    views: list[int]
    bank: Bank = field(default_factory=Bank)

    def go(self) -> None:
        for _ in range(20):
            if not self._round():
                return
        raise AssertionError("the run does not end")

    def _round(self) -> bool:
        self._cases()
        self._batches()
        self._money()
        self._sendings()
        self._answers()
        return any(read(pk)[0].is_open for pk in self.views)

    def _cases(self) -> None:
        for view in map(_fresh, self.views):
            if view.step == "fix-account":
                self.room.house.act(view, "fix", bank="乙银行", bank_account="6230000000000002")
        first, *rest = [view for view in map(_fresh, self.views) if view.step == "pay"] or [None]
        if first is not None:
            self.room.house.act(first, "pay", actor=self.room.cashier)
        listed = [(view.id, view.seq) for view in rest if view is not None]
        funds.pay_many(cases=listed, actor=self.room.cashier, key=uuid4(), now=self.room.now)

    def _batches(self) -> None:
        view = read(self.views[0])[0]
        with suppress(funds.BatchWrong):  # nothing waits
            self.room.batch(view)
        for batch in Batch.objects.filter(state__in=["made", "checked"]).order_by("pk"):
            self.room.approve(batch)

    def _money(self) -> None:
        needed = funds.fiscal_needed(self.room.region)
        if needed and not FiscalRequest.objects.filter(state="asked").exists():
            funds.ask_fiscal(
                region=self.room.region,
                office="",
                parts=needed,
                purpose="用款",
                actor=self.room.cashier,
                now=self.room.now,
            )
        for row in FiscalRequest.objects.filter(state="asked").order_by("pk"):
            funds.answer_fiscal(
                row.pk, granted=True, words="同意", actor=self.room.checker, now=self.room.now
            )

    def _sendings(self) -> None:
        for batch in Batch.objects.filter(state__in=["approved", "sent"]).order_by("pk"):
            file = self.room.send(batch)
            if file is not None:
                self.bank.take(file.message_id, funds.file_content(file))

    def _answers(self) -> None:
        for answers in self.bank.answers.values():
            self.room.returned(answers)


def _fresh(pk: int) -> CaseView:
    return read(pk)[0]


@pytest.fixture
def run(room: Room, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Four cases at the cashier's step, one of a person who owes something; the money lies on the special accounts."""
    monkeypatch.setattr(returns, "CHUNK", 2)
    monkeypatch.setattr(paying, "CHUNK", 2)
    room.own_account()
    owing = _overpaid(room)
    views = [room.approved(parts, person_id=9 if n == 3 else None).id for n, parts in enumerate(OWED)]
    assert Recovery.objects.get(pk=owing).state == "open"
    room.money({"employee": 90_000, "serious": 10_000, "resident": 30_000}, transfer=False)
    return Run(room, views)


def _overpaid(room: Room) -> int:
    """A benefit of person 9 that was paid, and of which something is asked back out of later ones."""
    view = room.prepared({"employee": BEFORE}, person_id=9)
    room.money({"employee": BEFORE})
    batch = room.sent(view)
    room.returned({Payment.objects.get(batch=batch).end_to_end_id or "": "成功"})
    row = funds.propose_claim(
        case_id=view.id, parts={"employee": KEPT_BACK}, cause="test", reason="重复报销", plan=funds.Plan(Mode.SET_OFF),
        person=9, actor=room.clerk, now=room.now,
    )  # fmt: skip
    return funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now).pk


def _whole(run: Run) -> None:
    """Nothing lost, nothing paid twice, and the books say so."""
    assert all(read(pk)[0].outcome == "granted" for pk in run.views)
    owed = [sum(parts.values()) for parts in OWED]
    assert sorted(run.bank.paid.values()) == sorted((BEFORE, *owed[:3])), "the fourth was kept back"
    for case, fen in zip(run.views, (*owed[:3], 0), strict=True):
        assert Payment.objects.get(case=case, state="paid").amount_fen == fen
    assert Payment.objects.filter(case=run.views[1]).count() == 2
    assert Payment.objects.exclude(state__in=["paid", "bounced"]).count() == 0
    for fund in ("employee", "serious", "resident"):
        for kind in ("payable", "transit", "returned", "receivable", "expenditure"):
            assert balance(f"fund:{fund}:{kind}") == 0, (fund, kind)
    assert BankReturn.objects.count() == len(run.bank.messages)
    assert Recovery.objects.get().state == "closed"
    books_hold()


def test_the_run_goes_through_when_nobody_kills_it(run: Run) -> None:
    with killing(-1) as killer:
        run.go()
    assert killer.seen > 120
    _whole(run)


@pytest.mark.parametrize("part", range(SLICES))
def test_killed_before_any_write_or_commit_it_goes_on(run: Run, part: int) -> None:
    """At every one: where a transaction is taken back whole, and between any two."""
    total = _writes(run)
    for at in range(part, total, SLICES):
        mark = transaction.savepoint()
        run.bank = Bank()
        try:
            with killing(at):
                run.go()
            raise AssertionError(f"nothing was killed at {at} of {total}")
        except Killed:
            pass
        run.go()
        _whole(run)
        transaction.savepoint_rollback(mark)


def _writes(run: Run) -> int:
    mark = transaction.savepoint()
    with killing(-1) as killer:
        run.go()
    transaction.savepoint_rollback(mark)
    return killer.seen


def test_the_month_is_closed_after_a_kill(run: Run) -> None:
    run.go()
    run.room.house.now = run.room.now.replace(month=4, day=2)
    statement = _statement(run)
    month = date(2026, 3, 1)

    def finish() -> None:
        funds.reconcile(region=run.room.region, content=statement, actor=run.room.cashier, now=run.room.now)
        funds.close_month(region=run.room.region, month=month, actor=run.room.checker, now=run.room.now)

    with killing(-1) as killer:
        mark = transaction.savepoint()
        finish()
        transaction.savepoint_rollback(mark)
    for at in range(killer.seen):
        mark = transaction.savepoint()
        try:
            with killing(at):
                finish()
            raise AssertionError("nothing was killed")
        except Killed:
            pass
        finish()
        assert ledger.closed_through(run.room.region) == date(2026, 3, 31)
        _whole(run)
        transaction.savepoint_rollback(mark)


def _statement(run: Run) -> bytes:
    """What the bank moved on the expenditure account that day, as its books would say it."""
    lines, held = ["日期,收入,支出,余额,参考号,摘要"], 0
    code = [f"fund:{fund}:expenditure" for fund in funds.Fund.values]
    moved = (
        ledger.Line.objects.filter(account__code__in=code).order_by("entry_id", "seq").select_related("entry")
    )
    sums: dict[int, int] = {}
    for line in moved:
        sums[line.entry_id] = sums.get(line.entry_id, 0) + (
            line.amount_fen if line.side == "debit" else -line.amount_fen
        )
    for entry, fen in sums.items():
        held += fen
        yuan = [f"{abs(n) / 100:.2f}" if n else "" for n in (max(fen, 0), max(-fen, 0))]
        lines.append(f"2026-03-02,{yuan[0]},{yuan[1]},{held / 100:.2f},银行{entry},")
    return "\n".join(lines).encode()
