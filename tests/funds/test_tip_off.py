"""A reward from its decision to the bank: who names the account, a share each, and who reported stays unseen (F26)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from jingban.access.models import Grant, User
from jingban.benefits import service as benefits
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.documents import service as documents
from jingban.funds import service as funds
from jingban.funds.models import Attempt, Payable, Payment
from jingban.messaging import service as messaging
from jingban.messaging.models import OutgoingMessage
from jingban.portals.fundpapers import payment_order
from jingban.processes.needs import NeedMissing, payees_of
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from tests.builders import MONDAY
from tests.funds.scene import Room, balance, books_hold, ids, staff
from tests.houses import House, answers_for, forget_versions
from tests.portals.conftest import signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "audit"]), pytest.mark.live_effects]

NAMES = ("甲某", "乙某", "丙某")
ENTRY = next((e.region, e.tier, e.item) for e in effective_all() if e.item == "report-reward")
REGION = ENTRY[0]
WHO = {"reward_grade": "2", "reward_insider": "no"}


@pytest.fixture
def room(settings: Any) -> Iterator[Room]:
    """Benefits work the reward out, and money really moves."""
    settings.JINGBAN_FUNDS_LIVE = True
    forget_versions()
    made = Room(House(now=MONDAY)).at(REGION)
    made.own_account()
    yield made
    forget_versions()


def test_what_is_taken_back_is_undone_before_it_is_owed_no_more() -> None:
    """Locks are taken in one order, the person before the payable, on every way of every process."""
    taken = {
        (entry.process.process, key, act): [
            name for name in rule.effect if name in ("benefits.undo", "funds.cancel")
        ]
        for entry in effective_all()
        for key, step in entry.process.steps.items()
        for act, rule in step.do.items()
    }
    assert ("tip-off", "claim", "waive") in taken
    assert {
        way: names for way, names in taken.items() if names not in ([], ["benefits.undo", "funds.cancel"])
    } == {}


def rows(*names: str) -> list[list[str]]:
    return [[name, "试验银行", f"62220000000000{n:02d}"] for n, name in enumerate(names, start=1)]


def awarded(room: Room, *names: str, loss: str = "50000.00", reward: str = "1000.00") -> CaseView:
    """Found true, and rewarded by the head: at the step where the account is named."""
    first, *others = names
    said = {"reward_wanted": "yes", "reporter_name": first, "joint_reporters": "，".join(others)}
    view = room.house.apply(
        ENTRY, channel="window", answers={**answers_for(room.house.version(ENTRY).item), **said}
    )
    while view.step != "reward":
        act = next(iter(room.house.procedure(view).process.steps[view.step].do))
        view = room.house.act(view, act, **({"amount": loss} if act == "verified" else {}))
    return room.house.act(view, "award", actor=staff(80, "head", region=REGION), amount=reward, **WHO)


def claimed(room: Room, view: CaseView, payees: list[list[str]], agreed: str = "no") -> CaseView:
    clerk = staff(81, "fund-supervision", region=REGION)
    return room.house.act(view, "claim", actor=clerk, reward_payees=payees, receiver_agreed=agreed)


def paid_out(room: Room, view: CaseView) -> Any:
    """The cashier pays, and the batch is on its way."""
    view = room.house.act(view, "pay", actor=room.cashier)
    return room.sent(view)


def shares() -> list[tuple[str, int, str]]:
    found = Payment.objects.order_by("subject", "attempt")
    return [(p.subject.partition(":share:")[2], p.amount_fen, p.state) for p in found]


def test_each_who_reported_gets_a_share_to_an_own_account(room: Room) -> None:
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    batch = paid_out(room, view)
    assert shares() == [("1", 33_334, "sent"), ("2", 33_333, "sent"), ("3", 33_333, "sent")]
    named = [funds.payee_of(p) for p in Payment.objects.order_by("pk")]
    assert [(p.name, p.account) for p in named] == [(name, number) for name, _, number in rows(*NAMES)]
    one, two, three = ids(batch)
    room.returned({one: "成功"})
    assert read(view.id)[0].step == "await-bank", "the case ends with the last share"
    room.returned({two: "失败|户名不符", three: "成功"})
    view = read(view.id)[0]
    assert (view.step, view.outcome) == ("fix-account", None)
    assert [s.share for s in funds.told(view.id)] == [1, 2, 3]
    books_hold()
    mended = [
        row if n != 2 else [NAMES[1], "另一银行", "6230000000000002"] for n, row in enumerate(rows(*NAMES), 1)
    ]
    clerk = staff(81, "fund-supervision", region=REGION)
    view = room.house.act(view, "fix", actor=clerk, reward_payees=mended, receiver_agreed="no")
    batch = paid_out(room, view)
    assert shares()[2:] == [("2", 33_333, "sent"), ("3", 33_333, "paid")]
    assert funds.payee_of(Payment.objects.get(attempt=2)).account == "6230000000000002"
    room.returned({ids(batch)[0]: "成功"})
    assert read(view.id)[0].outcome == "granted"
    assert funds.to_correct(REGION) == []
    books_hold()


def test_a_share_that_bounces_while_another_is_mended(room: Room) -> None:
    """Both answers come to one case: the second finds it at the cashier's, and is paid again with the first."""
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    one, two, three = ids(paid_out(room, view))
    room.returned({one: "失败|销户"})
    view = room.house.act(read(view.id)[0], "fix", reward_payees=rows(*NAMES), receiver_agreed="no")
    room.returned({two: "失败|销户"})
    assert read(view.id)[0].step == "pay"
    batch = paid_out(room, view)
    assert [row[:1] + row[2:] for row in shares()] == [
        ("1", "bounced"), ("1", "sent"), ("2", "bounced"), ("2", "sent"), ("3", "sent"),
    ]  # fmt: skip
    room.returned(dict.fromkeys([*ids(batch), three], "成功"))
    assert read(view.id)[0].outcome == "granted"
    books_hold()


def test_one_receives_for_all_with_their_written_agreement_only(room: Room) -> None:
    room.money({"reward": 100_000})
    view = awarded(room, *NAMES)
    receiver = rows("代领人")
    for payees, match in (
        (receiver, "共同举报3人"),
        (rows("甲某", "乙某"), "奖励分3份发放"),
        (rows("甲某", "丙某", "乙某"), "第2举报人的收款户名和举报人姓名不同"),
    ):
        with pytest.raises(funds.PayeeWrong, match=match):
            claimed(room, view, payees)
    view = claimed(room, view, receiver, agreed="yes")
    batch = paid_out(room, view)
    assert {funds.payee_of(p).name for p in Payment.objects.all()} == {"代领人"}
    assert sum(fen for _, fen, _ in shares()) == 100_000
    room.returned(dict.fromkeys(ids(batch), "成功"))
    assert read(view.id)[0].outcome == "granted"


def test_the_cashier_names_no_account_and_who_named_it_does_not_pay(room: Room) -> None:
    view = awarded(room, "甲某")
    with pytest.raises(NeedMissing, match="第1人的收款账号"):
        claimed(room, view, [["甲某", "试验银行", "12"]])
    with pytest.raises(funds.PayeeWrong, match="由他人代领"):
        claimed(room, view, rows("别人"))
    with pytest.raises(Exception, match="登记收款账户"):
        room.house.act(view, "claim", actor=staff(80, "fund-supervision", "head", region=REGION),
                       reward_payees=rows("甲某"), receiver_agreed="no")  # fmt: skip
    view = claimed(room, view, rows("甲某"))
    with pytest.raises(Exception, match="登记收款账户"):
        room.house.act(view, "pay", actor=staff(81, "cashier", region=REGION))
    view = room.house.act(view, "pay", actor=room.cashier)
    payment = Payment.objects.get()
    assert (payment.subject, payment.amount_fen, payment.state) == (
        f"case:{view.id}",
        100_000,
        Attempt.PREPARED,
    )
    assert funds.payee_of(payment).name == "甲某"


def test_who_reported_names_the_own_account_and_who_rewarded_never_does(room: Room) -> None:
    room.money({"reward": 100_000})
    view = awarded(room, "甲某")
    said = {"reward_payees": rows("甲某"), "receiver_agreed": "no"}
    view = room.house.act(view, "claim", actor=room.house.applicant, **said)
    room.returned({ids(paid_out(room, view))[0]: "失败|销户"})
    view = read(view.id)[0]
    with pytest.raises(Exception, match="奖励决定"):
        room.house.act(view, "fix", actor=staff(80, "fund-supervision", "head", region=REGION), **said)
    assert room.house.act(view, "fix", actor=room.house.applicant, **said).step == "pay"


def test_a_share_that_comes_back_late_while_the_others_are_awaited(room: Room) -> None:
    """The case waits for the bank still: it puts the account right, and ends when all is paid."""
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    one, two, three = ids(paid_out(room, view))
    room.returned({one: "成功"})
    late = Payment.objects.get(end_to_end_id=one)
    funds.returned_late(late.pk, fen=late.amount_fen, reference="T1", actor=room.cashier, now=room.now)
    assert read(view.id)[0].step == "fix-account"
    room.returned({two: "成功", three: "成功"})
    clerk = staff(81, "fund-supervision", region=REGION)
    view = room.house.act(
        read(view.id)[0], "fix", actor=clerk, reward_payees=rows(*NAMES), receiver_agreed="no"
    )
    room.returned({ids(paid_out(room, view))[0]: "成功"})
    assert read(view.id)[0].outcome == "granted"
    books_hold()


@pytest.mark.parametrize("late", [False, True])
def test_a_joint_reward_is_revoked_with_all_its_shares(room: Room, late: bool) -> None:
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    room.returned(dict.fromkeys(ids(paid_out(room, view)), "成功"))
    if late:
        share = Payment.objects.order_by("pk")[1]
        funds.returned_late(share.pk, fen=33_333, reference="T1", actor=room.cashier, now=room.now)
    row = funds.propose_revocation(
        view.id, reason="骗取奖励", plan=funds.Plan(), actor=room.clerk, now=room.now
    )
    funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)
    fen = 66_667 if late else 100_000
    assert (row.total_fen, balance("fund:reward:receivable", REGION)) == (fen, fen)
    assert benefits.standing_decision(view.id) is None
    assert (funds.open_adjustments(REGION), funds.to_correct(REGION)) == ([], [])
    funds.repay_recovery(row.pk, fen=fen, reference="收1", actor=room.cashier, now=room.now)
    books_hold()


def revoked(room: Room, name: str) -> tuple[CaseView, int]:
    """A reward that was paid and is claimed back."""
    view = claimed(room, awarded(room, name), rows(name))
    room.returned(dict.fromkeys(ids(paid_out(room, view)), "成功"))
    row = funds.propose_revocation(
        view.id, reason="骗取奖励", plan=funds.Plan(), actor=room.clerk, now=room.now
    )
    funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)
    return view, row.pk


def test_a_receipt_that_is_known_names_no_sealed_case(room: Room) -> None:
    room.money({"reward": 200_000})
    pay = {"fen": 50_000, "reference": "收1", "actor": room.cashier, "now": room.now}
    first, one = revoked(room, "甲某")
    funds.repay_recovery(one, **pay)
    _, other = revoked(room, "乙某")
    with pytest.raises(funds.RecoveryWrong, match="记在另一个办件的追回上") as refused:
        funds.repay_recovery(other, **pay)
    assert first.number not in refused.value.message


def test_a_recovery_of_a_sealed_case_is_told_to_the_reporter_alone(room: Room) -> None:
    """The matter is not named, and nothing goes to the telephone of the form."""
    room.money({"reward": 100_000})
    view, _ = revoked(room, "甲某")
    messaging.deliver(now=room.now)
    (sent,) = OutgoingMessage.objects.filter(kind="recovery-revoked")
    assert (sent.user_id, sent.channel, sent.title) == (view.applicant_id, "inbox", "待遇已撤销")
    assert "您反映的事项" in messaging.text_of(sent)
    assert "举报" not in messaging.text_of(sent)


def test_forty_who_reported_together_are_paid_one_each(room: Room) -> None:
    names = [family + given for family in "赵钱孙李周吴郑王" for given in "一二三四五"]
    view = claimed(room, awarded(room, *names), rows(*names))
    room.house.act(view, "pay", actor=room.cashier)
    assert [fen for _, fen, _ in shares()] == [2_500] * 40


def test_a_reward_that_is_not_taken_is_owed_no_more(room: Room) -> None:
    view = awarded(room, "甲某", "乙某")
    assert Payable.objects.filter(reversed_on__isnull=True).count() == 2
    view = room.house.act(view, "waive", actor=staff(81, "fund-supervision", region=REGION))
    assert (view.outcome, benefits.standing_decision(view.id)) == ("ended", None)
    assert not Payable.objects.filter(reversed_on__isnull=True).exists()
    books_hold()


def test_by_hand_only_what_is_one_is_registered(room: Room) -> None:
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, "甲某", "乙某"), rows("甲某", "乙某"))
    one, _ = ids(paid_out(room, view))
    for result in ("paid", "failed"):
        with pytest.raises(funds.NotSent, match="导入银行回执文件"):
            room.house.tell(read(view.id)[0], "payment-result", result)
    room.returned({one: "成功"})
    view = room.house.tell(read(view.id)[0], "payment-result", "paid")
    assert (view.outcome, shares()) == ("granted", [("1", 50_000, "paid"), ("2", 50_000, "paid")])
    books_hold()


# The pages


def officer(role: str, name: str = "") -> tuple[Client, int]:
    user = User.objects.create_user(name or role, name=role)
    Grant.objects.create(user=user, region=REGION, role=role, start_on="2020-01-01")
    return signed_in(user), user.pk


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return str(answer.content.decode())


def test_who_reported_is_seen_in_the_funds_room_by_the_hands_alone(room: Room) -> None:
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    cashier, key = officer("cashier")
    room.house.act(view, "pay", actor=staff(key, "cashier", region=REGION))
    readers = [officer(role)[0] for role in ("supervisor", "fund-supervision", "head")]
    readers.append(officer("cashier", "another")[0])
    for reader in readers:
        page = text(reader, "/funds/batches/")
        assert "保密办件" in page
        assert "甲某" not in page
        assert view.number not in page
    assert "甲某" in text(cashier, "/funds/batches/"), "who prepared it"
    batch = room.batch(view)
    checker, _ = officer("fund-checker")
    page = text(checker, f"/funds/batches/{batch.pk}/")
    assert "甲某" in page, "who approves it"
    assert "0001" in page
    assert f"/desk/case/{view.number}/" not in page
    for reader in readers:
        assert "甲某" not in text(reader, f"/funds/batches/{batch.pk}/")
    funds.approve_batch(batch.pk, actor=room.checker, now=room.now)
    assert "甲某" not in text(checker, f"/funds/batches/{batch.pk}/"), "another approved it"


def test_a_corrected_account_of_a_sealed_case_is_seen_by_the_hands_alone(room: Room) -> None:
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, "甲某"), rows("甲某"))
    room.returned(dict.fromkeys(ids(paid_out(room, view)), "成功"))
    late = Payment.objects.get()
    funds.returned_late(late.pk, fen=100_000, reference="T1", actor=room.cashier, now=room.now)
    funds.propose_payee(
        late.pk, name="甲某", bank="乙银行", account="6230000000000002", reason="甲某来电", actor=room.clerk, now=room.now
    )  # fmt: skip
    assert "甲某" not in text(officer("supervisor")[0], "/funds/corrections/")
    assert "甲某来电" in text(officer("fund-checker")[0], "/funds/corrections/")


def test_a_recovery_of_a_sealed_case_leads_nobody_to_it(room: Room) -> None:
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    room.returned(dict.fromkeys(ids(paid_out(room, view)), "成功"))
    row = funds.propose_revocation(
        view.id, reason="甲某骗取奖励", plan=funds.Plan(), actor=room.clerk, now=room.now
    )
    supervisor, cashier, checker = (officer(role)[0] for role in ("supervisor", "cashier", "fund-checker"))
    for reader in (supervisor, cashier):
        for page in (text(reader, "/funds/recoveries/"), text(reader, f"/funds/recoveries/{row.pk}/")):
            assert "保密办件" in page
            assert view.number not in page
            assert "甲某" not in page
    page = text(checker, f"/funds/recoveries/{row.pk}/")
    assert "甲某骗取奖励" in page, "who agrees to it reads why"
    assert view.number not in page


def test_the_order_to_pay_names_each_share(room: Room) -> None:
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    view = room.house.act(view, "pay", actor=room.cashier)
    subject = payment_order(view, view.seq)
    assert subject is not None
    facts = {line.label: line.lines for line in subject.content.facts}
    assert facts["收款人"] == NAMES
    assert facts["金额"][0] == "1,000.00元，共3笔"
    assert subject.content.table is not None
    assert [row[2] for row in subject.content.table.rows] == ["333.34", "333.33", "333.33"]


def test_the_form_has_a_row_for_each_and_keeps_what_was_typed(room: Room) -> None:
    view = awarded(room, *NAMES)
    clerk, _ = officer("fund-supervision")
    page = text(clerk, f"/desk/case/{view.number}/")
    assert page.count("举报人的收款户名") == 3
    assert "第3举报人的开户行" in page
    typed = {"seen": view.seq, "key": "5b0ed6a2-7c3c-4d1e-8ac2-8b8bbcc5a1f1", "claim.receiver_agreed": "no"}
    for n, (name, bank, number) in enumerate(rows(*NAMES), start=1):
        typed |= {f"claim.reward_payees.{n}.name": name, f"claim.reward_payees.{n}.bank": bank}
        typed[f"claim.reward_payees.{n}.number"] = number
    address = f"/desk/case/{view.number}/do/claim/"
    answer = clerk.post(address, {**typed, "claim.reward_payees.2.number": "12"})
    shown = answer.content.decode()
    assert "第2人的收款账号" in shown
    assert rows(*NAMES)[2][2] in shown, "what was typed stays"
    clerk.post(address, typed)
    assert read(view.id)[0].step == "pay"
    page = text(clerk, f"/desk/case/{view.number}/")
    assert rows(*NAMES)[0][2] not in page, "accounts are masked once they are kept"
    assert "reward_payees" not in page


def test_after_a_failed_share_only_its_account_is_typed_anew(room: Room) -> None:
    """The others stay as they were named, and none of their numbers is shown for it."""
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    one, two, three = ids(paid_out(room, view))
    room.returned({one: "成功", two: "失败|户名不符", three: "成功"})
    clerk, _ = officer("fund-supervision")
    page = text(clerk, f"/desk/case/{view.number}/")
    assert page.count("不用更正的，开户行和账号留空") == 3
    assert not [number for _, _, number in rows(*NAMES) if number in page]
    typed = {f"fix.reward_payees.{n}.name": name for n, name in enumerate(NAMES, start=1)}
    typed |= {"seen": read(view.id)[0].seq, "key": "", "fix.receiver_agreed": "no"}
    address = f"/desk/case/{view.number}/do/fix/"
    assert clerk.post(address, typed).status_code == 422, "nothing was typed at all"
    new = {"fix.reward_payees.2.bank": "另一银行", "fix.reward_payees.2.number": "6230000000000002"}
    assert clerk.post(address, {**typed, **new}).status_code == 302
    paid_out(room, read(view.id)[0])
    assert shares()[1:3] == [("2", 33_333, "bounced"), ("2", 33_333, "sent")]
    assert funds.payee_of(Payment.objects.get(attempt=2)).account == "6230000000000002"
    named = read(view.id)[0]
    said = answers_of(named, publish.version(named.version_id).item)["reward_payees"]
    assert payees_of(said) == [
        tuple(rows(*NAMES)[0]), (NAMES[1], "另一银行", "6230000000000002"), tuple(rows(*NAMES)[2]),
    ]  # fmt: skip


def test_one_who_receives_for_all_takes_the_place_of_the_accounts_before(room: Room) -> None:
    room.money({"reward": 100_000})
    view = claimed(room, awarded(room, *NAMES), rows(*NAMES))
    room.returned(dict.fromkeys(ids(paid_out(room, view)), "失败|户名不符"))
    clerk, _ = officer("fund-supervision")
    typed = {f"fix.reward_payees.{n}.name": name for n, name in enumerate(NAMES, start=1)}
    typed |= {"fix.reward_payees.1.name": "代领人", "fix.reward_payees.1.bank": "另一银行"}
    typed |= {"fix.reward_payees.1.number": "6230000000000002", "fix.receiver_agreed": "yes"}
    guards = {"seen": read(view.id)[0].seq, "key": ""}
    assert clerk.post(f"/desk/case/{view.number}/do/fix/", {**typed, **guards}).status_code == 302
    paid_out(room, read(view.id)[0])
    assert {funds.payee_of(p).name for p in Payment.objects.filter(attempt=2)} == {"代领人"}


def test_the_letter_says_how_the_reward_came_about_and_what_is_an_illustration(room: Room) -> None:
    view = awarded(room, NAMES[0])
    event = CaseEvent.objects.filter(case=view.id, act="award").latest("seq")
    found = documents.look(view, event.seq, "reward-decision")
    assert found is not None
    lines = {line.label: "；".join(line.lines) for line in found[0].facts}
    assert lines["案值"] == "50,000.00元"
    assert "50,000.00 × " in lines["奖励比例"]
    for label in ("奖励比例", "奖励金额"):
        assert lines[label].endswith("（示例值，不作为支付依据）"), label
