"""The application form: what is asked in which situation, and the one written form of every kind of answer."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from jingban.cases.errors import FormIncomplete
from jingban.cases.forms import checked_form, finds_of, form_of, implied_situations
from jingban.core.errors import DomainError
from jingban.rulebook.cache import effective_all, effective_item
from jingban.rulebook.effective import EffectiveItem, FormField
from jingban.rulebook.schema_national import FieldKind
from jingban.walk.answers import sample
from tests.houses import ANSWERS, NAME, NUMBER, answers_for

DAY = date(2026, 3, 2)
APPLIED_FOR = [item for item in effective_all() if item.process.starts == "application"]
CHANGE = effective_item("puyang", "agency", "resident-info-change")
ENROL = effective_item("puyang", "agency", "employee-enrolment")


def _asking(kind: str, **rest: Any) -> EffectiveItem:
    choices = {"choices": {"a": "甲", "b": "乙"}} if kind == "choice" else {}
    return CHANGE.model_copy(
        update={"form": (FormField(key="asked", label="所问", kind=kind, **choices, **rest),)}
    )


def _said(kind: str, text: str) -> str:
    return checked_form(_asking(kind), {"asked": text}, on=DAY)["asked"]


@pytest.mark.parametrize("item", APPLIED_FOR, ids=lambda item: item.key)
def test_every_form_can_be_filled_in_and_is_already_in_its_written_form(item: EffectiveItem) -> None:
    given = answers_for(item)
    asked = {field.key for field in form_of(item) if field.required}
    assert {k: v for k, v in checked_form(item, given, on=DAY).items() if k in asked} == {
        k: v for k, v in given.items() if k in asked
    }
    assert not given.keys() & item.fixed.keys()


@pytest.mark.parametrize("kind", get_args(FieldKind))
def test_every_kind_of_field_has_a_sample_and_a_check(kind: str) -> None:
    text = sample(_asking(kind).form[0])
    assert _said(kind, text) == text


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("day", "20260930", "2026-09-30"),
        ("day", " 2026年9月3日 ", "2026-09-03"),
        ("day", "２０２６/9/30", "2026-09-30"),
        ("month", "2026年9月", "2026-09"),
        ("month", "202612", "2026-12"),
        ("year", "2027年", "2027"),
        ("number", "007", "7"),
        ("amount", "5,000", "5000.00"),
        ("amount", "0.005", "0.01"),
        ("bank", "6222 0000-0000 0000", "6222000000000000"),
        ("phone", "010-12345678", "01012345678"),
        ("places", "110000，310000 110000", "110000、310000"),
        ("diseases", "m03900;Ｍ01600", "M03900、M01600"),
        ("name", "阿依•古丽", "阿依·古丽"),
        ("holder", "阿依•古丽", "阿依·古丽"),
        ("holder", " 某某（集团）第2有限公司 ", "某某（集团）第2有限公司"),
        ("id", " 11010519491231002x", NUMBER),
    ],
)
def test_an_answer_has_one_written_form(kind: str, typed: str, kept: str) -> None:
    assert _said(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "why"),
    [
        ("day", "2026-02-30", "应为年月日"),
        ("day", "明天", "应为年月日"),
        ("day", "1899-12-31", "应为年月日"),
        ("month", "2026-13", "应为年月"),
        ("year", "27", "四位年度"),
        ("number", "-1", "不小于零"),
        ("number", "一", "不小于零"),
        ("amount", "-5", "不能小于零"),
        ("amount", "五千", "不是金额"),
        ("bank", "622", "8至32位"),
        ("phone", "12", "7至12位"),
        ("places", "北京", "6位行政区划代码"),
        ("places", "、", "6位行政区划代码"),
        ("diseases", "高血压", "病种编码"),
        ("choice", "c", "请选择：甲、乙"),
        ("choice", "甲", "请选择：甲、乙"),
        ("text", "长" * 501, "500字"),
        ("long", "长" * 501, "500字"),
        ("name", "张3", "不是证件上的字"),
        ("holder", "张3", "不是证件上的字"),
        ("holder", "=某某（集团）公司", "不是证件上的字"),
        ("id", "110105194912310021", "核对"),
        ("credit", "91350100M000100Y44", "核对"),
        ("provider", "X1", ""),
    ],
)
def test_what_cannot_be_right_is_said_by_its_field(kind: str, typed: str, why: str) -> None:
    with pytest.raises(FormIncomplete) as refused:
        _said(kind, typed)
    assert why in refused.value.details["faults"]["asked"]


CLAIM = effective_item("bazhou", "agency", "inpatient-reimbursement")
WITHDRAWAL = effective_item("bazhou", "agency", "account-withdrawal")


def _faults(item: EffectiveItem, said: dict[str, str], *situations: str, on: date = DAY) -> dict[str, str]:
    with pytest.raises(FormIncomplete) as refused:
        checked_form(item, {**answers_for(item), **said}, situations=situations, on=on)
    return dict(refused.value.details["faults"])


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"care_from": "2026-03-03"}, {"care_from": "就诊（入院）日期不能晚于今天，请核对"}),
        (
            {"care_from": "2026-02-03", "care_until": "20260202"},
            {"care_until": "出院（最后一次就诊）日期不能早于就诊（入院）日期，请核对"},
        ),
        ({"care_from": "1949-12-30"}, {"care_from": "就诊（入院）日期不能早于证件号码里的出生日期，请核对"}),
        ({"care_from": "明天", "care_until": "2026-02-02"}, {"care_from": "应为年月日，例如 2026-09-30"}),
    ],
)
def test_a_day_that_cannot_be_is_told_at_application(said: dict[str, str], faults: dict[str, str]) -> None:
    assert _faults(CLAIM, said) == faults


@pytest.mark.parametrize(
    "said",
    [
        {"care_from": "2026-03-02", "care_until": "2026-03-02"},
        {"care_from": "1949-12-31"},
        {"id_kind": "08", "id_number": "E12345678", "care_from": "1949-01-01"},
    ],
)
def test_a_day_that_can_be_is_taken(said: dict[str, str]) -> None:
    assert checked_form(CLAIM, {**answers_for(CLAIM), **said}, on=DAY)["care_from"] == said["care_from"]


def test_a_day_that_may_still_come_is_taken() -> None:
    stay = effective_item("puyang", "agency", "offsite-retiree")
    said = {**answers_for(stay), "from_date": "2026-05-01", "until_date": "2026-06-01"}
    assert checked_form(stay, said, on=DAY)["until_date"] == "2026-06-01"
    assert _faults(stay, {"from_date": "2026-05-01", "until_date": "2026-04-30"}) == {
        "until_date": "截止日期不能早于起始日期，请核对"
    }


@pytest.mark.parametrize("item", APPLIED_FOR, ids=lambda item: item.key)
def test_every_day_of_a_form_has_its_bounds(item: EffectiveItem) -> None:
    """Only these may lie ahead; what is held against another is held against a field of the same form."""
    days = [field for field in item.form if field.kind == "day"]
    assert {field.key for field in days if not field.past} <= {"from_date", "until_date"}
    asked = {field.key for field in item.form}
    assert {field.not_before.id for field in days if field.not_before} <= asked


def test_an_heir_says_whose_death_and_who_the_heir_is() -> None:
    asked = {"death_on", "payee_id_number", "payee_relation"}
    said = {"withdrawal_reason": "death"} | dict.fromkeys(asked, "")
    assert _faults(WITHDRAWAL, said, *implied_situations(WITHDRAWAL, said)) == {
        "death_on": "请填写死亡日期",
        "payee_id_number": "请填写继承人身份证号码",
        "payee_relation": "请选择继承人与参保人的关系",
    }
    own = {"withdrawal_reason": "emigration"}
    assert not asked & {f.key for f in form_of(WITHDRAWAL, implied_situations(WITHDRAWAL, own))}


def test_whoever_claims_for_the_spouse_says_her_name() -> None:
    items = [i for i in APPLIED_FOR if {"insured_through", "spouse_name"} <= {f.key for f in i.form}]
    assert items
    for item in items:
        said = {"insured_through": "spouse", "spouse_name": ""}
        here = implied_situations(item, said)
        assert _faults(item, said, *here) == {"spouse_name": "请填写未就业配偶姓名"}
        assert "spouse_name" not in {f.key for f in form_of(item)}


@pytest.mark.parametrize(
    ("kind", "said"), [("choice", "请选择所问"), ("diseases", "请选择所问"), ("day", "请填写所问")]
)
def test_what_is_left_open_is_asked_for_as_it_is_answered(kind: str, said: str) -> None:
    with pytest.raises(FormIncomplete) as refused:
        checked_form(_asking(kind), {}, on=DAY)
    assert refused.value.details["faults"] == {"asked": said}


def test_the_kind_of_certificate_beside_a_number_decides_its_check() -> None:
    passport = {**ANSWERS["person"], "id_kind": "08", "id_number": " e12345678 "}
    assert checked_form(CHANGE, passport, on=DAY)["id_number"] == "E12345678"
    new = {**ANSWERS["person"], "new_id_kind": "04", "new_id_number": "H01234567"}
    assert checked_form(CHANGE, new, on=DAY)["new_id_number"] == "H01234567"
    with pytest.raises(FormIncomplete) as refused:
        checked_form(CHANGE, {**new, "new_id_kind": ""}, on=DAY)
    assert set(refused.value.details["faults"]) == {"new_id_number"}


def test_a_field_of_a_situation_is_neither_asked_nor_kept_outside_it() -> None:
    keys = [field.key for field in form_of(ENROL)]
    assert "deemed_months" not in keys
    assert "deemed_months" in [f.key for f in form_of(ENROL, {"retiring-employee"})]
    given = {**answers_for(ENROL), "deemed_months": "24"}
    assert "deemed_months" not in checked_form(ENROL, given, on=DAY)
    kept = checked_form(ENROL, given, situations={"retiring-employee"}, on=DAY)
    assert kept["deemed_months"] == "24"
    needed = _asking("number", when=("death",))
    assert checked_form(needed, {}, on=DAY) == {}
    with pytest.raises(FormIncomplete):
        checked_form(needed, {}, situations={"death"}, on=DAY)


def test_filling_in_what_is_key_information_says_the_situation() -> None:
    assert implied_situations(CHANGE, {"new_phone": "13012345678", "new_name": "  "}) == frozenset()
    assert implied_situations(CHANGE, {"new_name": "李四"}) == {"key-info-change"}
    assert implied_situations(ENROL, {"new_name": "李四"}) == frozenset()


def test_a_case_is_found_by_whom_it_is_about() -> None:
    assert finds_of(CHANGE, ANSWERS["person"]) == {"name": NAME, "id": NUMBER}
    tip = effective_item("bazhou", "agency", "report-reward")
    assert finds_of(tip, ANSWERS["report"]) == {}


def test_nothing_but_the_form_is_kept() -> None:
    kept = checked_form(CHANGE, {**ANSWERS["person"], "withdrawal_reason": "death", "note": "  "}, on=DAY)
    assert kept == ANSWERS["person"]


def test_a_fault_is_a_domain_error_in_plain_words() -> None:
    with pytest.raises(DomainError, match="请填写姓名；请填写证件号码；请填写手机号码"):
        checked_form(CHANGE, {}, on=DAY)
