"""The funds room: who sees and does what there, by two people, again and with files that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from jingban.access.models import Grant, User
from jingban.access.service import actor_of
from jingban.audit.models import Entry
from jingban.funds import payables
from jingban.funds import service as funds
from jingban.funds.models import Attempt, BankReturn, Batch, FiscalRequest, Payment
from jingban.portals import book
from jingban.portals.funds import rooms
from tests.funds.scene import (
    COUNTER,
    REGION,
    Room,
    balance,
    books_hold,
    heir,
    ids,
    insured,
    table,
    without_benefits,
)
from tests.houses import House, forget_versions
from tests.portals.conftest import NOW, signed_in

pytestmark = pytest.mark.live_effects
PARTS = {"employee": 50_000}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    forget_versions()
    without_benefits(monkeypatch)
    made = Room(House(now=NOW))
    monkeypatch.setattr(payables, "decision_of", made.decided.get)
    yield made
    forget_versions()


def officer(role: str, *, region: str = REGION, office: str = "", name: str = "") -> Client:
    user = User.objects.create_user(name or f"{role}-{region}-{office}", name=role)
    Grant.objects.create(user=user, region=region, role=role, office=office, start_on="2026-01-01")
    return signed_in(user)


def text(client: Client, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return str(answer.content.decode())


def posted(client: Client, address: str, status: int = 302, **data: object) -> str:
    answer = client.post(address, data)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return str(answer.headers.get("Location") or answer.content.decode())


def made_batch(room: Room, client: Client) -> Batch:
    """One payment, batched by this cashier."""
    view = room.prepared(PARTS)
    payment = Payment.objects.get(case=view.id)
    posted(client, "/funds/batches/", office=view.office, payment=payment.pk)
    return Batch.objects.get()


PAGES = (
    "", "batches/", "returns/", "corrections/", "fiscal/", "accounts/", "reports/", "reconcile/", "recoveries/",
)  # fmt: skip


@pytest.mark.parametrize("role", ["cashier", "fund-checker", "head", "supervisor", "fund-supervision"])
def test_every_page_opens_for_who_is_in_the_room(room: Room, role: str) -> None:
    room.prepared(PARTS)
    client = officer(role)
    for page in PAGES:
        text(client, f"/funds/{page}")
    assert "资金室" in text(client, "/funds/")


@pytest.mark.parametrize("role", ["window", "reviewer", "administrator", "village"])
def test_nobody_else_gets_in(room: Room, role: str) -> None:
    client = officer(role)
    for page in PAGES:
        assert rooms.CLOSED in text(client, f"/funds/{page}", 403)
    assert "/funds/" not in text(client, "/")
    assert Entry.objects.using("audit").filter(kind="refused", subject="funds:").count() == len(PAGES)


def test_another_region_is_closed_and_unknown(room: Room) -> None:
    cashier = officer("cashier")
    batch = made_batch(room, cashier)
    stranger = officer("cashier", region="puyang")
    text(stranger, "/funds/", 403, region=REGION)
    for page in ("", "file/"):
        text(stranger, f"/funds/batches/{batch.pk}/{page}", 404)
    posted(stranger, f"/funds/batches/{batch.pk}/send/", 404)
    batch.refresh_from_db()
    assert batch.state == "made"


def test_one_office_sees_its_own_only(room: Room) -> None:
    view = room.prepared(PARTS)
    other = officer("cashier", office="elsewhere")
    assert view.number not in text(other, "/funds/batches/")
    assert rooms.WHOLE in text(other, "/funds/reports/", 403)
    mine = officer("cashier", office=view.office)
    assert view.number in text(mine, "/funds/batches/")
    assert view.office == "employee-centre"
    for page in ("batches/", "fiscal/"):
        assert "职工医保中心" in text(mine, f"/funds/{page}"), "an office goes by the name of its body"


def test_prepared_to_paid_by_three_hands(room: Room) -> None:
    room.own_account()
    cashier, checker, head = officer("cashier"), officer("fund-checker"), officer("head")
    batch = made_batch(room, cashier)
    page = text(cashier, f"/funds/batches/{batch.pk}/")
    assert "500.00" in page
    assert Payment.objects.get().case.number in page
    assert funds.payee_of(Payment.objects.get()).account not in page
    address = f"/funds/batches/{batch.pk}/approve/"
    posted(cashier, address, 403)
    posted(head, address, 403)
    posted(checker, address)
    posted(checker, address)
    posted(checker, f"/funds/batches/{batch.pk}/send/", 403, kind="csv")
    assert "请先到“财政用款”申请" in posted(cashier, f"/funds/batches/{batch.pk}/send/", 409, kind="csv")
    room.money(PARTS)
    posted(cashier, f"/funds/batches/{batch.pk}/send/", kind="csv")
    posted(cashier, f"/funds/batches/{batch.pk}/send/", kind="pain.001")
    first, again = (cashier.get(f"/funds/batches/{batch.pk}/file/") for _ in range(2))
    assert first.content == again.content
    assert funds.payee_of(Payment.objects.get()).account.encode() in first.content
    text(checker, f"/funds/batches/{batch.pk}/file/", 403)
    (number,) = ids(batch)
    content = table({number: "成功"})
    for _ in range(2):
        where = posted(checker, "/funds/returns/", file=SimpleUploadedFile("a.csv", content))
    assert "已入账 1" in text(checker, where, state="applied")
    assert "银行的结果：成功1笔" in text(checker, where)
    assert "表格（CSV）" in text(checker, where)
    assert "✓ 已付1笔" in text(checker, f"/funds/batches/{batch.pk}/"), "what became of it, at a glance"
    assert Payment.objects.get().state == Attempt.PAID
    assert (BankReturn.objects.count(), balance("fund:employee:expenditure")) == (1, 0)
    books_hold(REGION)


def test_an_office_that_no_guide_names_is_called_as_the_agency(room: Room) -> None:
    user = User.objects.create_user("anybody", name="某人")
    place = rooms.Place(actor_of(user, NOW.date()), book.region_card(REGION))
    assert place.office_name("agency") == place.card.full_name
    assert place.office_name("") == ""


def test_the_form_sent_twice_is_one_batch(room: Room) -> None:
    view = room.prepared(PARTS)
    payment = Payment.objects.get(case=view.id)
    cashier = officer("cashier")
    sent = {"office": view.office, "upto": payment.pk, "all": "1"}
    where = {posted(cashier, "/funds/batches/", **sent) for _ in range(2)}
    assert where == {f"/funds/batches/{Batch.objects.get().pk}/"}
    other = officer("cashier", name="other")
    assert "没有待组批" in posted(other, "/funds/batches/", 409, **sent)
    assert "勾选" in posted(other, "/funds/batches/", 422, office=view.office)
    assert Batch.objects.count() == 1


def test_dropping_wants_a_reason_and_keeps_what_was_typed(room: Room) -> None:
    batch = made_batch(room, officer("cashier"))
    payment, checker = Payment.objects.get(), officer("fund-checker")
    address = f"/funds/batches/{batch.pk}/drop/"
    assert "请写明理由" in posted(checker, address, 422, payment=payment.pk, reason=" ")
    long = "户名不符" * 60
    assert long in posted(checker, address, 422, payment=payment.pk, reason=long)
    posted(checker, address, payment=payment.pk, reason="户名不符")
    payment.refresh_from_db()
    assert payment.state == Attempt.CANCELLED
    assert "户名不符" in text(checker, "/funds/batches/") or batch.payments.count() == 0


def test_a_dissolved_batch_gives_its_payments_back(room: Room) -> None:
    cashier = officer("cashier")
    batch = made_batch(room, cashier)
    posted(cashier, f"/funds/batches/{batch.pk}/dissolve/", reason="重新组")
    assert Payment.objects.get().case.number in text(cashier, "/funds/batches/")


def test_without_money_or_account_nothing_is_sent(room: Room) -> None:
    cashier, checker = officer("cashier"), officer("fund-checker")
    batch = made_batch(room, cashier)
    posted(checker, f"/funds/batches/{batch.pk}/approve/")
    said = posted(cashier, f"/funds/batches/{batch.pk}/send/", 409, kind="csv")
    assert 'role="alert"' in said
    batch.refresh_from_db()
    assert batch.state == "approved"


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"", "空"), (b"\x00\x01\x02", ""), (b"a,b\n1,2\n", "表头"), (b"<x/>", ""), (None, "请先选择文件")],
)
def test_bad_files_are_refused_in_words(room: Room, content: bytes | None, match: str) -> None:
    cashier = officer("cashier")
    sent = {} if content is None else {"file": SimpleUploadedFile("r.csv", content or b" ")}
    said = posted(cashier, "/funds/returns/", 422, **sent)
    assert "fault" in said
    assert match in said
    assert not BankReturn.objects.exists()


def test_a_file_that_is_too_large_is_not_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "LARGEST", 10)
    cashier = officer("cashier")
    said = posted(cashier, "/funds/returns/", 422, file=SimpleUploadedFile("r.csv", b"x" * 11))
    assert "没有读取" in said


def test_lines_that_are_not_booked_say_why_and_are_tried_again(room: Room) -> None:
    checker = officer("fund-checker")
    content = table({"P999999202603020001000001": "成功|1.00"})
    where = posted(checker, "/funds/returns/", file=SimpleUploadedFile("r.csv", content))
    assert "没有这个笔号的付款" in text(checker, where)
    posted(checker, f"{where}retry/")
    posted(officer("supervisor"), f"{where}retry/", 403)


def bounced(room: Room) -> Payment:
    """A withdrawal at the counter (F07), granted at once, whose payment the bank sent back."""
    there = room.at(COUNTER[0])
    there.own_account()
    insured(COUNTER[0])
    view = there.applied(COUNTER, **heir(1))
    view = room.house.act(view, "accept")
    view = room.house.act(view, "approve", amount="100.00")
    batch = there.sent(view)
    there.returned({ids(batch)[0]: "失败|账户已销户"})
    return Payment.objects.get(case=view.id)


def test_a_bounced_payment_is_corrected_by_two_and_prepared_again(room: Room) -> None:
    row, region = bounced(room), COUNTER[0]
    cashier, checker = officer("cashier", region=region), officer("fund-checker", region=region)
    assert "账户已销户" in text(cashier, "/funds/corrections/")
    assert "▲ 退回1笔" in text(cashier, f"/funds/batches/{row.batch_id}/")
    address = f"/funds/corrections/payment/{row.pk}/"
    typed = {"name": "试验收款人", "bank": "另一银行", "account": "6230000000000002", "reason": "换卡"}
    begun, payee = text(cashier, address), funds.payee_of(row)
    assert (f'value="{payee.name}"' in begun, f'value="{payee.bank}"' in begun) == (True, True)
    assert payee.account not in begun
    said = posted(cashier, address, 422, **{**typed, "account": "12"})
    assert "另一银行" in said
    assert "fault" in said
    posted(checker, address, 403, **typed)
    for _ in range(2):
        posted(cashier, address, **typed)
    (asked,) = funds.PayeeCorrection.objects.all()
    assert "6230000000000002" not in text(cashier, "/funds/corrections/")
    assert "6230000000000002" in text(checker, "/funds/corrections/")
    posted(cashier, f"/funds/corrections/{asked.pk}/agree/", 403)
    for _ in range(2):
        posted(checker, f"/funds/corrections/{asked.pk}/agree/")
    assert list(Payment.objects.order_by("pk").values_list("state", flat=True)) == ["bounced", "prepared"]
    assert "6230000000000002" not in text(cashier, "/funds/batches/")


def test_money_that_came_back_later(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    batch = room.sent(view)
    (number,) = ids(batch)
    room.returned({number: "成功"})
    checker = officer("fund-checker")
    typed = {"number": number, "amount": "499.00", "reference": "T1"}
    said = posted(checker, "/funds/corrections/", 409, **typed)
    assert "499.00" in said
    for _ in range(2):
        posted(checker, "/funds/corrections/", **{**typed, "amount": "500.00"})
    assert Payment.objects.get().state == Attempt.BOUNCED


def test_money_is_asked_once_and_answered_by_another(room: Room) -> None:
    room.prepared(PARTS)
    cashier, checker = officer("cashier"), officer("fund-checker")
    assert "500.00" in text(cashier, "/funds/fiscal/")
    typed = {"office": "all", "purpose": "本月用款", "fund-employee": "500.00", "seen": "0"}
    assert "本月用款" in posted(cashier, "/funds/fiscal/", 422, **{**typed, "fund-employee": "-1"})
    for _ in range(2):
        posted(cashier, "/funds/fiscal/", **typed)
    (row,) = FiscalRequest.objects.all()
    posted(checker, "/funds/fiscal/", 403, **typed)
    posted(cashier, f"/funds/fiscal/{row.pk}/grant/", 403)
    said = posted(checker, f"/funds/fiscal/{row.pk}/grant/", 409, words="同意拨款")
    assert "同意拨款" in said
    income = {"form": "income", "fund": "employee", "amount": "500.00", "reference": "SK1"}
    assert "岗位不能" in posted(officer("supervisor"), "/funds/accounts/", 403, **income)
    for _ in range(2):
        posted(checker, "/funds/accounts/", **income)
    for _ in range(2):
        posted(checker, f"/funds/fiscal/{row.pk}/grant/", words="同意拨款")
    assert (balance("fund:employee:expenditure"), balance("fund:employee:special")) == (50_000, 0)
    posted(cashier, "/funds/fiscal/", **{**typed, "seen": row.pk})
    assert FiscalRequest.objects.count() == 2


def test_every_page_says_where_illustrations_may_be_paid(room: Room, settings: Any) -> None:
    cashier = officer("cashier")
    made_batch(room, cashier)
    pages = [*PAGES, f"batches/{Batch.objects.get().pk}/"]
    for page in pages:
        assert "允许按<b>示例值</b>核定和拨付，只供试用" in text(cashier, f"/funds/{page}"), page
    settings.JINGBAN_PAYS_ILLUSTRATIVE = False
    for page in pages:
        assert "示例值" not in text(cashier, f"/funds/{page}"), page


def test_own_accounts_are_shown_masked(room: Room) -> None:
    cashier = officer("cashier")
    typed = {
        "form": "account",
        "kind": "expenditure",
        "name": "医保中心",
        "bank": "试验银行",
        "bank_account": "12",
    }
    assert "医保中心" in posted(cashier, "/funds/accounts/", 422, **typed)
    for _ in range(2):
        posted(cashier, "/funds/accounts/", **{**typed, "bank_account": "1000200030004000"})
    assert funds.PayingAccount.objects.count() == 1
    shown = text(cashier, "/funds/accounts/")
    assert "4000" in shown
    assert "1000200030004000" not in shown


def test_reports_and_the_spreadsheet(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    room.returned({ids(room.sent(view))[0]: "成功"})
    reader = officer("fund-supervision")
    page = text(reader, "/funds/reports/")
    assert "门诊费用报销" in page or "500.00" in page
    assert "起止日期不对" in text(reader, "/funds/reports/", 422, first="20260301", last="20270301")
    answer = reader.get("/funds/reports/export/")
    assert "说明" in CalamineWorkbook.from_filelike(BytesIO(answer.content)).sheet_names, (
        "it may hold illustrations"
    )
    text(reader, "/funds/reports/export/", 422, first="20260301", last="20270301")


def test_days_are_reconciled_explained_by_another_and_the_month_closed(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    cashier, checker = officer("cashier"), officer("fund-checker")
    statement = "日期,收入,支出,余额,参考号,摘要\n2026-03-02,400.00,,400.00,X1,财政\n".encode()

    def sent(content: bytes, status: int = 302) -> str:
        file = SimpleUploadedFile("s.csv", content)
        return posted(cashier, "/funds/reconcile/", status, file=file, account="expenditure")

    assert "没有读取" in sent(b"x,y\n1,2\n", 422)
    for _ in range(2):
        sent(statement)
    (row,) = funds.Reconciliation.objects.all()
    assert "不符" in text(checker, "/funds/reconcile/")
    posted(cashier, f"/funds/reconcile/{row.pk}/explain/", 403, text="银行少记")
    assert "请写明理由" in posted(checker, f"/funds/reconcile/{row.pk}/explain/", 422, text="")
    posted(checker, f"/funds/reconcile/{row.pk}/explain/", text="银行少记100元，次日补")
    assert "次日补" in text(cashier, "/funds/reconcile/")
    assert "还没有结束" in posted(checker, "/funds/reconcile/close/", 409, month="2026-03")
    posted(cashier, "/funds/reconcile/close/", 403, month="2026-02")
    for _ in range(2):
        posted(checker, "/funds/reconcile/close/", month="2026-02")
    shown = text(checker, "/funds/reconcile/")
    assert "2026年2月28日" in shown
    assert "已结账" in shown
    assert "2026年2月结账" not in shown, "a closed month is not offered again"
    for slip in ("202613", "abc"):  # a slip is told, and no other month stands in its place
        told = text(checker, "/funds/reconcile/", month=slip)
        assert "✕ " in told
        assert "已结账</span>" not in told
        posted(checker, "/funds/reconcile/close/", 422, month=slip)


def test_overpaid_is_proposed_agreed_and_repaid(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    room.returned({ids(room.sent(view))[0]: "成功"})
    cashier, checker = officer("cashier"), officer("fund-checker")
    typed = {
        "number": view.number, "fund": "employee", "amount": "60000", "reason": "重复报销", "mode": "instalment",
        "instalment": "20.00", "first_on": "20260401", "key": "once",
    }  # fmt: skip
    assert "重复报销" in posted(cashier, "/funds/recoveries/", 422, **typed)
    assert "首期日期已经过了" in posted(
        cashier, "/funds/recoveries/", 422, **{**typed, "amount": "50", "first_on": "20260301"}
    )
    for _ in range(2):
        posted(cashier, "/funds/recoveries/", **{**typed, "amount": "50.00"})
    (row,) = funds.Recovery.objects.all()
    address = f"/funds/recoveries/{row.pk}/"
    posted(cashier, f"{address}agree/", 403)
    for _ in range(2):
        posted(checker, f"{address}agree/")
    assert "2026年6月1日" in text(cashier, address)
    assert "还欠50.00元" in posted(cashier, f"{address}repay/", 422, amount="50.01", reference="T1")
    for _ in range(2):
        posted(cashier, f"{address}repay/", amount="20.00", reference="T1")
    assert "30.00" in text(cashier, address)
    assert balance("fund:employee:receivable") == 3_000
    books_hold(REGION)


def test_the_case_says_where_its_money_is_in_plain_words(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    account = funds.payee_of(Payment.objects.get()).account
    clerk, visitor = officer("window"), Client()
    desk = f"/desk/case/{view.number}/"
    assert "等待复核" in text(clerk, desk)
    batch = room.sent(view)
    assert "付款已送银行，等银行回执" in text(clerk, desk)
    room.returned({ids(batch)[0]: f"失败|账号{account}已销户"})
    shown = text(clerk, desk)
    assert "银行退回" in shown
    assert "请更正收款账户" in shown
    assert account not in shown
    payee = funds.payee_of(Payment.objects.get())
    begun = dict(re.findall(r'name="[a-z-]+[.](payee_name|bank|bank_account)"[^>]* value="([^"]*)"', shown))
    assert begun == {"payee_name": payee.name, "bank": payee.bank, "bank_account": ""}, (
        "typed once, not twice"
    )
    (stage,) = funds.told(view.id)
    assert account[-4:] in stage.words
    code = visitor.post("/progress/", {"number": view.number, "code": view.query_code}, follow=True)
    assert view.number in code.content.decode()
    assert "请更正收款账户，" not in code.content.decode()
    assert 'id="money"' not in code.content.decode()
