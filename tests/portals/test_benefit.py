"""费用和核定 at the desk: who may, what is typed and never lost, the amount in the act, and what the audit hears."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jingban.access.models import Grant, User
from jingban.audit.models import Entry
from jingban.benefits import decisions, drafts
from jingban.benefits import service as benefits
from jingban.benefits.models import Bill, Decision, Invoice
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.registry import aid
from tests.benefits import factories as make
from tests.houses import House
from tests.portals.conftest import signed_in
from tests.portals.statements import statements

pytestmark = pytest.mark.live_effects
SAMPLES = Path(__file__).parents[1] / "benefits" / "samples"
HTMX = {"HX-Request": "true"}
TYPED = {
    "care": "outpatient",
    "began_on": "2026-01-15",
    "institution": "试验县人民医院",
    "level": "2",
    "place_code": make.HOME,
    "total": "500.00",
    "accident": "none",
    "patient": "self",
    "invoice.1.code": "41060126",
    "invoice.1.number": "0000000001",
    "invoice.1.amount": "500.00",
    "invoice.1.payer": make.made.new_name(1),
    "line.1.code": "DEMO-I-004",
    "line.1.amount": "500.00",
    "go": "save",
}


@pytest.fixture
def view(house: House) -> CaseView:
    make.insured(1)
    return make.opened(house)


def officer(*roles: str, name: str = "", region: str = make.REGION, office: str = "") -> Client:
    user = User.objects.create_user(name or "-".join(roles), name=name or roles[0])
    for role in roles:
        Grant.objects.create(user=user, region=region, role=role, office=office, start_on="2026-01-01")
    return signed_in(user)


def at(view: CaseView, rest: str = "") -> str:
    return f"/desk/case/{view.number}/benefit/{rest}"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_bill_is_entered_and_carried_into_the_act(house: House, view: CaseView) -> None:
    clerk, reviewer = officer("window"), officer("reviewer")
    assert "还没有录入费用账单" in text(reviewer.get(at(view)))
    answer = clerk.post(at(view, "bill/"), TYPED)
    assert (answer.status_code, answer.url) == (302, at(view))
    kept = Bill.objects.get()
    assert (kept.total_fen, kept.institution, kept.began_on, kept.ended_on) == (
        50000, "试验县人民医院", make.DAY, make.DAY,
    )  # fmt: skip
    (line,) = drafts.content(kept).lines
    assert (line.name, line.amount, line.day) == ("彩色多普勒超声检查（示例）", 50000, make.DAY), (
        "named by the catalogue"
    )
    assert Invoice.objects.get().issuer == "试验县人民医院", "left blank it is the institution's"
    panel = text(reviewer.get(at(view), headers=HTMX))
    assert 'data-amount="282.00" data-for="approve.amount"' in panel
    assert "算出来是282.00元，为什么" in panel
    assert "起付" in panel
    assert "示例值" in panel
    assert "不作为支付依据" in panel
    assert "按每次就诊" in panel, "a choice in words"
    assert ">visit<" not in panel
    page = text(reviewer.get(f"/desk/case/{view.number}/?amount=worked"))
    assert 'name="approve.amount" class="form-control" value="282.00"' in page
    seen = house.fresh(view).seq
    done = reviewer.post(
        f"/desk/case/{view.number}/do/approve/", {"seen": seen, "key": "", "approve.amount": "282.00"}
    )
    assert done.status_code == 302, text(done)
    assert Decision.objects.get().fund_fen == 28200
    after = text(reviewer.get(at(view)))
    assert "为什么是282.00元" in after
    assert "金额：282.00元" in text(reviewer.get(f"/desk/case/{view.number}/")), "as the decision prints it"
    assert "审核：reviewer" in after
    assert "录入：window" in after
    assert "本件已经核定金额，账单不能再改" in after
    assert clerk.get(at(view, "bill/")).status_code == 403


def test_another_amount_is_refused_with_the_right_one_beside_the_field(house: House, view: CaseView) -> None:
    make.entered(house, view)
    reviewer = officer("reviewer")
    answer = reviewer.post(
        f"/desk/case/{view.number}/do/approve/",
        {"seen": house.fresh(view).seq, "key": "", "approve.amount": "300.00"},
    )
    assert answer.status_code == 422
    page = text(answer)
    assert 'value="300.00"' in page, "what was typed stays"
    assert page.count("按规定计算应支付282.00元") == 2, "on top and beside the field"


def test_the_application_stands_in_an_empty_bill(house: House) -> None:
    make.insured(1)
    view = make.opened(
        house, injury="other-unpaid", commercial_paid="12.50", treating_institution="试验县人民医院"
    )
    page = text(officer("entry").get(at(view, "bill/")))
    assert '<option value="outpatient" selected>' in page
    assert '<option value="not-paying" selected>' in page
    for value in ("2026-01-15", "试验县人民医院", "12.50", make.HOME):
        assert f'value="{value}"' in page, value


@pytest.mark.parametrize(
    ("changed", "told", "field"),
    [
        ({"total": "499.99"}, "费用明细合计500.00元，比费用总额499.99元多0.01元", "lines"),
        ({"total": "abc"}, "不是金额", "total"),
        ({"began_on": "2026-13-01"}, "应为年月日", "began_on"),
        ({"level": ""}, "请选择机构级别", "level"),
        ({"line.1.amount": "-500.00"}, "不能小于零", "line.1.amount"),
        ({"line.1.amount": "500.001"}, "最多2位小数", "line.1.amount"),
        ({"line.1.quantity": "2", "line.1.price": "300"}, "不一致", "line.1.amount"),
        ({"line.1.day": "20260230"}, "应为年月日", "line.1.day"),
        ({"line.1.code": "", "line.1.name": ""}, "请填写项目名称", "line.1.name"),
        ({"line.1.code": "DEMO-X-999", "line.1.name": ""}, "目录里没有这个编码", "line.1.name"),
        ({"line.1.code": "DEMO-D-003"}, "限定支付：限抢救", "line.1.fits"),
        ({"invoice.1.number": ""}, "请填写票据号码", "invoice.1.number"),
        ({"invoice.1.amount": "1e3"}, "应为数字", "invoice.1.amount"),
        ({"invoice.1.payer": "别人"}, "交款人是“别人”", "invoice.1.number"),
        ({"invoice.1.payer": ""}, "请填写交款人（票面上的姓名）", "invoice.1.payer"),
        ({"invoice.1.code": ""}, "请按票面填写代码和号码", "invoice.1.code"),
        ({"invoice.1.number": "1" * 31}, "票据号码最多30个字", "invoice.1.number"),
        ({"invoice.1.code": "", "invoice.1.kind": "vat-e"}, "数电票的号码是20位数字", "invoice.1.number"),
        ({"accident": "paying"}, "请填写第三人负担的金额", "third_party_paid"),
        ({"ended_on": "2026-01-14"}, "早于就诊", "ended_on"),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_nothing_typed_is_lost(
    view: CaseView, changed: dict[str, str], told: str, field: str
) -> None:
    typed = {**TYPED, "diagnosis": "急性上呼吸道感染", **changed}
    answer = officer("window").post(at(view, "bill/"), typed)
    page = text(answer)
    assert answer.status_code == 422
    assert Bill.objects.count() == 0
    assert told in page
    assert f'<a href="#{field}">' in page, "the summary leads to the field"
    assert f'id="{field}"' in page
    for name, value in typed.items():
        if value and name not in ("go", "care", "level", "accident", "patient"):
            assert f'value="{value}"' in page, name


def test_what_our_own_decision_settled_stands_in_the_bill_for_aid(house: House) -> None:
    """Nothing is typed of the settlement; typed otherwise it is refused at its place with the right amounts."""
    person = make.insured(1, kind="1501")
    aid.grant(make.made.origin(day=date(2026, 1, 2)), person, "marginal", date(2026, 1, 2))
    basic = make.opened(house, make.INPATIENT)
    make.entered(house, basic, make.stay("60000.00", level="3"))
    decided = make.approved(house, basic)
    view, clerk = make.opened(house, ("puyang", "agency", "medical-aid-reimbursement")), officer("window")
    typed = {
        **TYPED, "care": "inpatient", "level": "3", "total": "60000.00", "invoice.1.amount": "60000.00",
        "line.1.amount": "60000.00", "invoice.1.number": "0000000002",
    }  # fmt: skip
    insured = f"{decided.fund_fen / 100:.2f}"
    page = text(clerk.post(at(view, "bill/"), {**typed, "go": "check"}))
    assert 'id="settled_in_scope" name="settled_in_scope" class="form-control" value="60000.00"' in page
    assert f'id="settled_insurance" name="settled_insurance" class="form-control" value="{insured}"' in page
    wrong = clerk.post(
        at(view, "bill/"), {**typed, "settled_in_scope": "60000.00", "settled_insurance": "0.00"}
    )
    assert wrong.status_code == 422
    assert f"在办件{basic.number}报销的" in text(wrong)
    assert '<a href="#settled_in_scope">' in text(wrong)
    elsewhere = clerk.post(at(view, "bill/"), {**typed, "invoice.1.number": "0000000003"})
    assert elsewhere.status_code == 422, "of a receipt that was settled elsewhere it has to be typed"
    assert clerk.post(at(view, "bill/"), typed).status_code == 302
    (row,) = benefits.bills_of(view.id)
    assert drafts.content(row).settled == benefits.Settled(6_000_000, decided.fund_fen)
    assert f'value="{insured}"' in text(clerk.get(at(view, f"bill/{row.pk}/edit/")))


def test_a_bill_for_aid_is_entered_by_its_settlement_alone(house: House) -> None:
    """No list of expenses is asked for: nothing says that lines are missing, nor is a table without lines shown."""
    view, clerk = make.opened(house, ("puyang", "agency", "medical-aid-reimbursement")), officer("window")
    typed = {key: value for key, value in TYPED.items() if not key.startswith("line.")}
    typed |= {"settled_in_scope": "600.00", "settled_insurance": "300.00"}
    wrong = clerk.post(at(view, "bill/"), typed)
    assert (wrong.status_code, '<a href="#settled_in_scope">' in text(wrong)) == (422, True)
    assert "明细合计比费用总额" not in text(wrong)
    assert "没有交费用清单的不用录明细" in text(wrong)
    assert clerk.post(at(view, "bill/"), {**typed, "settled_in_scope": "400.00"}).status_code == 302
    (row,) = benefits.bills_of(view.id)
    assert "没有录明细，按保险报销的结果核定" in text(clerk.get(at(view, f"bill/{row.pk}/")))


def test_the_same_form_twice_is_one_bill(view: CaseView) -> None:
    clerk = officer("window")
    for _ in range(2):
        answer = clerk.post(at(view, "bill/"), TYPED)
        assert (answer.status_code, answer.url) == (302, at(view))
    assert Bill.objects.count() == 1
    other = clerk.post(
        at(view, "bill/"), {**TYPED, "institution": "另一家医院", "invoice.1.issuer": "试验县人民医院"}
    )
    assert other.status_code == 422
    assert "一张票据只能报销一次" in text(other)


def test_correcting_and_taking_out_twice_is_once(house: House, view: CaseView) -> None:
    first = make.entered(house, view)
    clerk = officer("window")
    assert 'value="0000000001"' in text(clerk.get(at(view, f"bill/{first.pk}/edit/")))
    better = {**TYPED, "total": "600", "invoice.1.amount": "600", "line.1.amount": "600"}
    for _ in range(2):
        answer = clerk.post(at(view, f"bill/{first.pk}/edit/"), better)
        assert answer.status_code == 302, text(answer)
    standing = benefits.bills_of(view.id)
    assert [(b.total_fen, b.replaces_id) for b in standing] == [(60000, first.pk)]
    assert clerk.get(at(view, f"bill/{first.pk}/")).status_code == 404, "the old one is gone from the pages"
    for _ in range(2):
        assert clerk.post(at(view, f"bill/{standing[0].pk}/remove/")).status_code == 302
    assert benefits.bills_of(view.id) == []
    assert clerk.get(at(view, f"bill/{standing[0].pk}/remove/")).status_code == 405


def test_who_may_and_what_the_audit_hears(house: House, view: CaseView) -> None:
    bill = make.entered(house, view)
    for role in ("fiscal", "civil-affairs", "expert", "administrator"):
        assert officer(role).get(at(view)).status_code == 403, role
    assert officer("window", region="bazhou", name="away").get(at(view)).status_code == 403
    citizen = signed_in(User.objects.create_user("nobody"))
    assert citizen.get(at(view)).status_code == 403
    assert Client().get(at(view)).status_code == 302
    cashier = officer("cashier")
    assert cashier.get(at(view)).status_code == 200
    assert "录入费用账单" not in text(cashier.get(at(view)))
    assert cashier.get(at(view, "bill/")).status_code == 403
    assert cashier.post(at(view, f"bill/{bill.pk}/remove/")).status_code == 403
    assert cashier.get(at(view, f"bill/{bill.pk}/")).status_code == 200
    heard = list(
        Entry.objects.using("audit")
        .filter(actor=User.objects.get(username="cashier").pk)
        .values_list("kind", "detail")
    )
    assert ("read", "费用和核定") in heard
    assert ("revealed", f"费用账单{bill.pk}的明细") in heard
    assert ("refused", "您的岗位不能录入和更正账单，请由前台受理、录入或审核岗位办理。") in heard


def test_the_one_who_entered_it_is_told_that_another_decides(view: CaseView) -> None:
    reviewer = officer("reviewer")
    reviewer.post(at(view, "bill/"), TYPED)
    assert "谁录入，谁就不能核定" in text(reviewer.get(at(view)))


def test_what_no_database_takes_is_left_out(view: CaseView) -> None:
    odd = {
        key: f"{TYPED[key]}\0" for key in ("institution", "invoice.1.code", "invoice.1.number", "line.1.code")
    }
    answer = officer("window").post(at(view, "bill/"), {**TYPED, **odd, "institution_code": "H1\0"})
    assert answer.status_code == 302, text(answer)
    (row,) = benefits.bills_of(view.id)
    assert (row.institution, row.institution_code) == ("试验县人民医院", "H1")
    assert Invoice.objects.get().number == "0000000001"


def test_a_list_is_pasted_with_and_without_a_header(view: CaseView) -> None:
    clerk = officer("window")
    head = {key: value for key, value in TYPED.items() if not key.startswith("line.")}
    plain = "2026-01-15\tDEMO-I-001\t\t1\t10\t10.00\n2026-01-15\tDEMO-D-001\t\t2\t245\t"
    page = text(clerk.post(at(view, "bill/"), {**head, "paste": plain, "go": "read"}))
    assert 'id="line.2.price" name="line.2.price" value="245"' in page
    assert "甲类，限价10元" in page
    headed = (
        "费用清单\n金额\t项目名称\t日期\n490.00\t检查\t2026/1/15\n10.00\t诊查费\t2026/1/15\n500.00\t合计\t"
    )
    answer = clerk.post(at(view, "bill/"), {**head, "paste": headed})
    assert answer.status_code == 302, text(answer)
    found = drafts.content(Bill.objects.get()).lines
    assert [(line.name, line.amount) for line in found] == [("检查", 49000), ("诊查费", 1000)], (
        "the sum is no line"
    )


def test_a_spreadsheet_is_read_and_a_file_that_is_none_is_told(view: CaseView, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for n, row in enumerate(
            [["项目名称", "数量", "单价", "金额"], ["检查", 2, 100.5, 201], ["药", 1, 299, 299]]
        ):
            sheet.write_row(n, 0, row)
    clerk = officer("window")
    head = {key: value for key, value in TYPED.items() if not key.startswith("line.")}
    upload = SimpleUploadedFile("list.xlsx", path.read_bytes())
    answer = clerk.post(at(view, "bill/"), {**head, "sheet": upload})
    assert answer.status_code == 302, text(answer)
    assert [line.amount for line in drafts.content(Bill.objects.get()).lines] == [20100, 29900]
    wrong = clerk.post(at(view, "bill/"), {**head, "sheet": SimpleUploadedFile("list.xlsx", b"no sheet")})
    assert wrong.status_code == 422
    assert "不是能读的电子表格" in text(wrong)
    assert 'value="0000000001"' in text(wrong)


def einvoice(payer: str) -> SimpleUploadedFile:
    xml = (SAMPLES / "medical.xml").read_text(encoding="utf-8")
    start = xml.index("<PayerPartyName>") + len("<PayerPartyName>")
    xml = xml[:start] + payer + xml[xml.index("</PayerPartyName>") :]
    return SimpleUploadedFile("票.xml", xml.encode(), content_type="text/xml")


def test_an_electronic_receipt_fills_the_bill_and_cannot_be_typed_over(view: CaseView) -> None:
    clerk = officer("window")
    name = make.made.new_name(1)
    read = clerk.post(at(view, "bill/"), {"go": "read", "einvoice": einvoice(name)})
    page = text(read)
    assert read.status_code == 200
    assert "读自电子票据" in page
    assert name in page
    looked = page.split('name="invoice.1.read" value="')[1].split('"')[0]
    assert 'id="total" name="total" class="form-control" value="' in page
    forged = clerk.post(at(view, "bill/"), {**TYPED, "invoice.1.read": looked[:-2] + "xx"})
    assert forged.status_code == 302, "an altered token is nothing: what was typed counts"
    assert not Invoice.objects.get().is_read
    wrong = clerk.post(at(view, "bill/"), {"go": "read", "einvoice": SimpleUploadedFile("a.xml", b"<a/>")})
    assert wrong.status_code == 422
    many = clerk.post(at(view, "bill/"), {"go": "read", "einvoice": [einvoice(name) for _ in range(21)]})
    assert "这次选了21份，都没有读入" in text(many)
    large = SimpleUploadedFile("a.xml", b" " * 2_100_000)
    assert "超过2兆" in text(clerk.post(at(view, "bill/"), {"go": "read", "einvoice": large}))
    assert "认不出这种电子票据" in text(wrong)


def test_somebody_elses_electronic_receipt_is_refused(view: CaseView) -> None:
    clerk = officer("window")
    page = text(clerk.post(at(view, "bill/"), {"go": "read", "einvoice": einvoice("别人")}))
    token = page.split('name="invoice.1.read" value="')[1].split('"')[0]
    inputs = {
        part.split('"')[0]: part.split('value="')[1].split('"')[0]
        for part in page.split('<input id="line.')[1:]
        if 'value="' in part
    }
    typed = {f"line.{key}": value for key, value in inputs.items() if value}
    total = page.split('id="total" name="total" class="form-control" value="')[1].split('"')[0]
    began = page.split('id="began_on" name="began_on" class="form-control" value="')[1].split('"')[0]
    head = {key: value for key, value in TYPED.items() if not key.startswith(("line.", "invoice."))}
    answer = clerk.post(
        at(view, "bill/"), {**head, **typed, "began_on": began, "total": total, "invoice.1.read": token}
    )
    assert answer.status_code == 422
    assert "不是申请人本人的票据" in text(answer)


def test_two_hundred_lines_fit_a_page(view: CaseView) -> None:
    clerk = officer("window")
    head = {
        **{k: v for k, v in TYPED.items() if not k.startswith("line.")},
        "total": "200",
        "invoice.1.amount": "200",
    }
    paste = "\n".join(f"2026-01-15\t\t项目{n}\t1\t1\t1.00" for n in range(200))
    page = text(clerk.post(at(view, "bill/"), {**head, "paste": paste, "go": "check"}))
    assert page.count("data-line=") == 60 + 4
    assert "另有140行没有差错" in page
    answer = clerk.post(at(view, "bill/"), {**head, "paste": paste})
    assert answer.status_code == 302, text(answer)
    assert len(drafts.content(Bill.objects.get()).lines) == 200


def test_too_many_lines_or_receipts_are_told_and_none_is_cut_off(view: CaseView) -> None:
    clerk = officer("window")
    head = {k: v for k, v in TYPED.items() if not k.startswith(("line.", "invoice.", "go"))}
    rows = "\n".join(f"2026-01-15\t\t项目{n}\t1\t1\t1.00" for n in range(1500))
    kept = {"kept": json.dumps([[n, {"name": f"旧项目{n}", "amount": "1.00"}] for n in range(1, 1502)])}
    answer = clerk.post(at(view, "bill/"), {**head, **kept, "paste": rows, "go": "read"})
    page = text(answer)
    assert answer.status_code == 422
    assert "加上这些共3001条明细" in page
    # What stood before and what was pasted are both on the page.
    assert "旧项目1501" in page
    assert "项目1499" in page
    papers = {f"invoice.{n}.number": f"{n:010d}" for n in range(1, 102)}
    answer = clerk.post(at(view, "bill/"), {**head, **papers, "go": "save"})
    page = text(answer)
    assert answer.status_code == 422
    assert "一张账单最多100张票据" in page
    assert "0000000101" in page


@pytest.mark.parametrize("code", ["demo-i-004", "ＤＥＭＯ-Ｉ-004", "DEMO-I-004 "])
def test_a_code_is_found_however_it_is_typed(view: CaseView, code: str) -> None:
    clerk = officer("window")
    assert clerk.post(at(view, "catalogue/"), {"code": code, "day": "20260115"}).json()["found"]
    assert clerk.post(at(view, "bill/"), {**TYPED, "line.1.code": code}).status_code == 302
    assert [line.code for line in drafts.content(Bill.objects.get()).lines] == ["DEMO-I-004"]


def test_what_travels_hidden_comes_back(view: CaseView) -> None:
    clerk = officer("window")
    kept = '[[7, {"name": "检查", "amount": "500.00"}]]'
    head = {k: v for k, v in TYPED.items() if not k.startswith("line.")}
    assert clerk.post(at(view, "bill/"), {**head, "kept": kept}).status_code == 302
    assert [line.name for line in drafts.content(Bill.objects.get()).lines] == ["检查"]
    for nonsense in ("[[", '{"a": 1}', "[[1]]", "5", '[["x", {}]]'):
        assert clerk.post(at(view, "bill/"), {**head, "kept": nonsense, "go": "check"}).status_code == 200


def test_the_catalogue_answers_beside_the_row(view: CaseView) -> None:
    clerk = officer("window")
    said = clerk.post(at(view, "catalogue/"), {"code": "DEMO-D-003", "day": "20260115"}).json()
    assert (said["text"], said["limited"][:3]) == ("乙类，先行自付20%，限价380元", "限抢救")
    assert (
        clerk.post(at(view, "catalogue/"), {"code": "NONE", "day": "20260115"}).json()["text"]
        == "不在目录内，按全自费"
    )
    assert clerk.post(at(view, "catalogue/"), {"code": "DEMO-D-003", "day": "x"}).json() == {
        "found": False,
        "text": "",
    }


def test_the_case_page_asks_for_little_and_loads_the_panel_apart(house: House, view: CaseView) -> None:
    make.entered(house, view)
    reviewer = officer("reviewer")
    asked = statements(reviewer, f"/desk/case/{view.number}/")
    assert len(asked) <= 12, "\n".join(asked)
    page = text(reviewer.get(f"/desk/case/{view.number}/"))
    assert f'hx-get="{at(view)}"' in page
    assert "看本件的费用和核定" not in text(officer("fiscal").get("/desk/"))


def test_a_case_without_a_benefit_has_no_such_page(house: House) -> None:
    view = house.apply()
    clerk = officer("window")
    assert clerk.get(at(view)).status_code == 404
    assert "/benefit/" not in text(clerk.get(f"/desk/case/{view.number}/"))


def test_a_birth_is_typed_in_from_the_records(house: House) -> None:
    make.insured(2, sex="female", born=make.date(1994, 5, 1))
    view = make.opened(house, make.ALLOWANCE, 2, sex="female", born=make.date(1994, 5, 1))
    clerk, reviewer = officer("window"), officer("reviewer")
    assert "还没有录入生育信息" in text(reviewer.get(at(view)))
    typed = {"kind": "birth", "on": "20260120", "way": "natural", "infants": "0", "role": "own"}
    answer = clerk.post(at(view, "event/"), typed)
    assert answer.status_code == 422
    assert "婴儿数0不对" in text(answer)
    assert 'value="20260120"' in text(answer)
    late = clerk.post(at(view, "event/"), {**typed, "infants": "1", "on": "20261231"})
    assert late.status_code == 422
    assert '<a href="#on">' in text(late)
    done = clerk.post(at(view, "event/"), {**typed, "infants": "1"})
    assert done.status_code == 302, text(done)
    panel = text(reviewer.get(at(view)))
    assert "正常产" in panel
    assert "2026年1月20日" in panel
    assert 'data-for="approve.amount"' in panel, panel
    assert "录入费用账单" not in panel, "an allowance has no bills"
    assert 'value="2026-01-20"' in text(clerk.get(at(view, "event/")))
    assert officer("cashier").get(at(view, "event/")).status_code == 403


def test_the_own_case_says_why_and_a_query_code_does_not(house: House) -> None:
    make.insured(1)
    owner = User.objects.create_user("owner", name="申请人")
    view = make.opened(house)
    Case.objects.filter(pk=view.id).update(applicant=owner.pk)
    view = house.fresh(view)
    make.entered(house, view)
    before = text(signed_in(owner).get(f"/my/{view.number}/"))
    assert "为什么是" not in before
    make.approved(house, view)
    page = text(signed_in(owner).get(f"/my/{view.number}/"))
    assert "为什么是282.00元" in page
    assert "个人负担" in page
    assert "<b>示例值</b>" in page
    assert "按每次就诊" in page
    assert ">visit<" not in page
    assert "不作为支付依据" in page
    assert "218.00" in page
    visitor = Client()
    visitor.post("/progress/", {"number": view.number, "code": view.query_code})
    seen = visitor.get(f"/progress/{view.number}/")
    assert seen.status_code == 200
    assert "为什么是" not in text(seen)
    assert "218.00" not in text(seen)


def test_a_decision_that_was_revoked_is_shown_as_what_it_was(house: House, view: CaseView) -> None:
    make.entered(house, view)
    make.approved(house, view)
    decisions.revoke(view.id, actor=9, now=house.now, why="撤销待遇：票据是假的")
    again = text(officer("reviewer").get(at(view)))
    assert ("算出来是282.00元" in again, "已经撤销的核定" in again) == (True, False), (
        "open, it is decided anew"
    )
    Case.objects.filter(pk=view.id).update(outcome="paid")
    page = text(officer("window").get(at(view)))
    assert "已经撤销的核定：282.00元" in page
    assert "2026年3月2日的核定已于2026年3月2日撤销（撤销待遇：票据是假的），不再有效" in page
    assert "218.00" in page, "how it came about"
    assert ("为什么是282.00元" in page, "没有核定金额" in page) == (False, False)


def test_an_injury_at_work_is_pointed_out(house: House) -> None:
    make.insured(1)
    page = text(officer("entry").get(at(make.opened(house, injury="work"), "bill/")))
    assert "应当从工伤保险基金中支付的" not in page
    assert "申请人说是工作时受的伤" in page
    assert '<option value="">请选择</option>' in page.split('id="accident"')[1][:200], "left to the clerk"


def test_what_cannot_be_worked_out_is_told_in_words(house: House, view: CaseView) -> None:
    make.entered(house, view, make.bill(accident="unknown"))
    panel = text(officer("reviewer").get(at(view)))
    assert "还不能算出金额" in panel
    assert "意外伤害还没有查明" in panel
