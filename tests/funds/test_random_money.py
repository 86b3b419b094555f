"""Money pushed about at random: after every step the books balance, and the person has what was decided.

The steps are those that people take: paid, answered by the bank, come back late, worked out anew, revoked, paid up, asked
back, declined, repaid, kept back from a later benefit. What is refused changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jingban.benefits import service as benefits
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.funds import anew, payables
from jingban.funds import service as funds
from jingban.funds.models import Mode, Payable, PayeeCorrection, Payment, Recovery
from jingban.ledger import service as ledger
from tests.builders import MONDAY
from tests.funds.scene import Room, books_hold, staff, without_benefits
from tests.funds.test_recoveries import decision, worked_out_anew
from tests.houses import House, forget_versions

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

FUNDS = ("employee", "serious")
PARTS = st.fixed_dictionaries(dict.fromkeys(FUNDS, st.integers(0, 9).map(lambda n: n * 1000)))
EXAMPLES = int(os.environ.get("JINGBAN_MONEY_EXAMPLES", "6"))
PAYEE = {"name": "张小凤", "bank": "乙银行", "account": "6230000000000002", "reason": "换卡"}


class RandomMoney(RuleBasedStateMachine):
    """Two cases of one person; the model is only what the bank really moved and what came back."""

    @initialize(parts=PARTS)
    def begin(self, parts: dict[str, int]) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        forget_versions()
        self.room = Room(House(now=MONDAY))
        self.patched, payables.decision_of = payables.decision_of, self.room.decided.get
        self.room.own_account()
        self.room.money(dict.fromkeys(FUNDS, 10_000_000))
        self.got = self.repaid = self.receipts = 0
        self.views: list[CaseView] = []
        self.opened({**parts, "employee": 5_000})
        self.let_go(yes=True)
        self.heard(yes=True)

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            payables.decision_of = self.patched
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            forget_versions()

    @rule(
        choice=st.integers(0, 10**6), pick=st.integers(0, 5), parts=PARTS, yes=st.sampled_from([True, True, False]),
        mode=st.sampled_from([Mode.ONCE, Mode.SET_OFF]),
    )  # fmt: skip
    def step(self, choice: int, pick: int, parts: dict[str, int], yes: bool, mode: str) -> None:
        """One of what can be done now."""
        plan, view = funds.Plan(mode), self.views[pick % len(self.views)]
        late, sent = self._payments("paid").filter(amount_fen__gt=0), self._payments("sent")
        proposed, open_ = Recovery.objects.filter(state="proposed"), Recovery.objects.filter(state="open")
        owing = [one for one in funds.to_correct(self.room.region) if one.payment is not None]
        asked = PayeeCorrection.objects.filter(decided_at__isnull=True)
        waiting = funds.open_adjustments(self.room.region)
        stands = benefits.standing_decision(view.id) is not None
        steps: list[tuple[Any, Callable[[], object]]] = [
            (True, lambda: self.let_go(yes=yes)),
            (sent.exists(), lambda: self.heard(yes=yes)),
            (len(self.views) < 2, lambda: self.opened(parts)),
            (stands, lambda: worked_out_anew(self.room, view, {}, {f: n for f, n in parts.items() if n})),
            (stands and pick == 0, lambda: self.revocation(view, plan)),
            (late.exists(), lambda: self.came_back(self._one(late, pick))),
            (waiting, lambda: self.supplemented(waiting[pick % len(waiting)])),
            (waiting, lambda: self.asked_back(waiting[pick % len(waiting)], plan)),
            (proposed.exists(), lambda: self.decided(self._one(proposed, pick), yes)),
            (open_.exists(), lambda: self.paid_back(self._one(open_, pick), 1 + pick % 3)),
            (owing, lambda: self.account_named(owing[pick % len(owing)])),
            (asked.exists(), lambda: self.account_decided(self._one(asked, pick), yes)),
        ]
        can = [do for is_possible, do in steps if is_possible]
        can[choice % len(can)]()

    @invariant()
    def the_books_balance(self) -> None:
        books_hold()
        sides = {"debit": 0, "credit": 0}
        for side, fen in ledger.Line.objects.values_list("side", "amount_fen"):
            sides[str(side)] += fen
        assert sides["debit"] == sides["credit"]

    @invariant()
    def the_person_has_what_was_decided(self) -> None:
        """Got, less paid back: what stands decided, less what is open or still owed, and what is still to come back.

        What was kept back is neither owed nor to come back any more.
        """
        decided = open_ = 0
        for view in self.views:
            standing, found = benefits.standing_decision(view.id), anew.open_of(view.id)
            decided += sum(standing.parts.values()) if standing is not None else 0
            open_ += found.net if found is not None else 0
        unpaid = Payable.objects.filter(reversed_on__isnull=True, paid_on__isnull=True)
        owed = sum(sum(payables.left(row).values()) for row in unpaid)
        claims = Recovery.objects.filter(state__in=["open", "closed"])
        due = sum(sum(funds.left_to_recover(row).values()) for row in claims)
        assert self.got - self.repaid == decided - open_ - owed + due

    @invariant()
    def what_is_owed_is_owed_to_somebody(self) -> None:
        """Each payable that stands is being paid, or its case pays it, or it is listed in the funds room."""
        listed = {one.payable.pk for one in funds.to_correct(self.room.region)}
        unpaid = Payable.objects.filter(reversed_on__isnull=True, paid_on__isnull=True, total_fen__gt=0)
        for row in unpaid.select_related("case"):
            assert anew.is_live(row) or row.case.outcome is None or row.pk in listed
        assert not Payment.objects.filter(
            payable__reversed_on__isnull=False, state__in=["prepared", "approved", "sent", "paid"]
        ).exists()

    # What people do

    def opened(self, parts: dict[str, int]) -> None:
        some = {fund: fen for fund, fen in parts.items() if fen}
        view = self.room.approved(some, person_id=7)
        decision(view, some, 1)
        self.views.append(view)

    def let_go(self, *, yes: bool) -> None:
        """What the cases pay is prepared, and goes to the bank with all else that waits."""
        for one in self.views:
            view = read(one.id)[0]
            if view.step == "fix-account":
                view = self.room.house.act(view, "fix")
            if view.step == "pay":
                self.room.house.act(view, "pay", actor=self.room.cashier)
        batch = self._try(lambda: self.room.batch(self.views[0])) if yes else None
        if batch is not None:
            funds.approve_batch(batch.pk, actor=staff(9071, "fund-checker"), now=self.room.now)
            self.room.send(batch)

    def heard(self, *, yes: bool) -> None:
        for row in list(self._payments("sent")):
            self.room.returned({row.end_to_end_id or "": "成功" if yes else "失败|销户"})
            self.got += row.amount_fen * yes

    def came_back(self, row: Payment) -> None:
        funds.returned_late(
            row.pk, fen=row.amount_fen, reference=self._number(), **self._by(self.room.cashier)
        )
        self.got -= row.amount_fen
        event("came back late")

    def supplemented(self, one: anew.Open) -> None:
        if self._try(lambda: funds.supplement(one.case, **self._by(self.room.cashier))) is not None:
            event("paid up")

    def asked_back(self, one: anew.Open, plan: funds.Plan) -> None:
        self._try(lambda: funds.propose_recovery(one.case, plan=plan, **self._by(self.room.clerk)))

    def revocation(self, view: CaseView, plan: funds.Plan) -> None:
        said = {"reason": "查实为虚假票据", "plan": plan}
        self._try(lambda: funds.propose_revocation(view.id, **said, **self._by(self.room.clerk)))

    def decided(self, row: Recovery, yes: bool) -> None:
        done = self._try(lambda: funds.decide_recovery(row.pk, agrees=yes, **self._by(self.room.checker)))
        if done is not None:
            event(f"{'revocation' if row.is_revocation else 'recovery'} {done.state}")
        if done is not None and row.is_revocation and yes:
            self.room.decided.pop(row.case_id, None)

    def paid_back(self, row: Recovery, share: int) -> None:
        fen = -(-sum(funds.left_to_recover(row).values()) // share)
        funds.repay_recovery(row.pk, fen=fen, reference=self._number(), **self._by(self.room.cashier))
        self.repaid += fen

    def account_named(self, one: funds.ToPay) -> None:
        key = one.payment.pk if one.payment is not None else 0
        self._try(lambda: funds.propose_payee(key, **PAYEE, **self._by(self.room.clerk)))

    def account_decided(self, row: PayeeCorrection, yes: bool) -> None:
        if self._try(lambda: funds.decide_payee(row.pk, agrees=yes, **self._by(self.room.head))) is not None:
            event(f"account {'agreed' if yes else 'declined'}")

    # How

    def _by(self, actor: Any) -> dict[str, Any]:
        return {"actor": actor, "now": self.room.now}

    def _payments(self, state: str) -> QuerySet[Payment]:
        return Payment.objects.filter(state=state)

    def _one(self, rows: QuerySet[Any], pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)]

    def _number(self) -> str:
        self.receipts += 1
        return f"R{self.receipts}"

    def _try(self, act: Callable[[], Any]) -> Any:
        """A refusal in words is no fault; it changes nothing."""
        try:
            with transaction.atomic():
                return act()
        except DomainError:
            return None


@pytest.fixture
def live(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JINGBAN_FUNDS_LIVE = True
    without_benefits(monkeypatch)


@pytest.mark.usefixtures("live")
def test_the_books_balance_whatever_comes_back() -> None:
    run_state_machine_as_test(
        RandomMoney,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
