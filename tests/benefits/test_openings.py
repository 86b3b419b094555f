"""What hospitals settled directly: it stands before what is decided here, once a second person has seen it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jingban.benefits import service as benefits
from jingban.benefits.commands import benefit
from jingban.benefits.kept import facts_of
from jingban.benefits.models import Adjustment, Decision, OpeningSum
from jingban.benefits.outcomes import is_as_decided, recomputed
from jingban.benefits.service import DiseaseSum, OpeningDraft, OpeningWrong, OwnBill
from jingban.benefits.verify import faults
from jingban.registry.models import Person
from jingban.rulebook.cache import effective_all
from tests.benefits import factories as make
from tests.benefits.test_decisions import BAZHOU, outcome, visit
from tests.houses import House, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

FEBRUARY = date(2026, 2, 20)


def statement(until: date = FEBRUARY, **rest: Any) -> OpeningDraft:
    """60.00 of outpatient care, of which nothing was paid, unless said otherwise."""
    sums = rest.pop("sums", {"outpatient_in_scope": 6000})
    asked = {"source": "list", "paper": "试验县人民医院 20260220-1", **rest}
    return OpeningDraft(until.year, rest.pop("insurance", "employee"), until, sums=sums, **asked)


def registered(
    house: House, person: Person, draft: OpeningDraft | None = None, actor: int = make.CLERK
) -> None:
    assert benefits.register_sums(person, draft or statement(), actor=actor, now=house.now) is not None


def loaded(house: House, text: str, region: str = "bazhou") -> benefits.SumsLoaded:
    return benefits.load_sums(text, region=region, actor=0, now=house.now)


def file(person: Person, *lines: str) -> str:
    head = "个人编号,姓名,年度,险种,累计到,普通门诊政策范围内费用,普通门诊统筹已付,统筹基金（居民医保基金）已付\n"
    return head + "".join(f"{person.number},{person.name},2026,职工医保,{line}\n" for line in lines)


def test_the_deductible_that_the_hospital_took_is_not_taken_twice(house: House) -> None:
    """500.00 at 60 % after a deductible of 100.00 a year; the hospital took 60.00 of it, so 40.00 are left to take."""
    person = make.insured(1, region="bazhou")
    view = make.opened(house, BAZHOU)
    make.entered(house, view, visit("500.00", "1"))
    assert outcome(house, view).fund == 24000
    registered(house, person)
    shown = outcome(house, view)
    assert (shown.amounts["deductible"], shown.fund) == (4000, 27600)
    first = shown.results[0]["steps"][0]
    assert first["name"] == "此前在医院直接结算的累计"
    assert first["formula"] == (
        "职工医保年度累计查询单（试验县人民医院 20260220-1），累计到2026年2月20日：普通门诊政策范围内费用60.00元"
    )
    done = make.approved(house, view, "276.00")
    assert facts_of(done).before == {"employee-outpatient.in_scope": 6000}
    (row,) = OpeningSum.objects.all()
    assert (row.entered_by, row.checked_by) == (make.CLERK, make.REVIEWER)
    told = benefits.explain(done).parts[0].rows[0]
    assert (told.name, "累计到2026年2月20日" in told.formula) == ("此前在医院直接结算的累计", True)
    assert is_as_decided(done, recomputed(done))
    assert list(faults()) == []


def test_whoever_registered_it_does_not_decide_by_it(house: House) -> None:
    person = make.insured(1, region="bazhou")
    view = make.opened(house, BAZHOU)
    make.entered(house, view, visit("500.00", "1"))
    registered(house, person, actor=make.REVIEWER)
    with pytest.raises(OwnBill, match="累计是您本人登记的"):
        make.approved(house, view)
    assert OpeningSum.objects.get().checked_at is None


def test_the_cap_counts_what_was_paid_outside(house: House) -> None:
    person = make.insured(1, region="bazhou")
    view = make.opened(house, BAZHOU)
    make.entered(house, view, visit("500.00", "1"))
    alone = outcome(house, view)
    assert alone.fund == 24000
    used = alone.results[0]["used"]
    cap = next(
        int(Decimal(one["value"]) * 100) for one in used if one["name"].startswith("employee-outpatient.cap")
    )
    paid = cap - 10000
    registered(
        house, person, statement(sums={"outpatient_in_scope": 2 * cap, "outpatient_paid": paid, "pool": paid})
    )
    shown = outcome(house, view)
    assert shown.fund == 10000
    assert "超过门诊年度封顶线" in next(s["formula"] for s in shown.results[0]["steps"] if s["key"] == "pool")


def test_a_stay_elsewhere_makes_the_next_one_the_second(house: House) -> None:
    person = make.insured(1)
    view = make.opened(house, make.INPATIENT)
    make.entered(house, view, make.stay())
    first = outcome(house, view).amounts["deductible"]
    registered(house, person, statement(sums={"admissions": 1, "pool": 100000}))
    shown = outcome(house, view)
    assert shown.amounts["deductible"] < first
    assert "本年第2次住院" in next(
        s["formula"] for s in shown.results[0]["steps"] if s["key"] == "deductible"
    )


def test_a_disease_has_its_own_sums(house: House) -> None:
    person = make.insured(1)
    draft = statement(sums={"pool": 60000}, diseases=(DiseaseSum("chronic", "M03900", 90000, 60000),))
    registered(house, person, draft)
    known = benefits.known_sums(make.opened(house), house.now)
    assert known is not None
    assert known.counted[0].sums == {
        "employee.pool": 60000,
        "employee-chronic:M03900.in_scope": 90000,
        "employee-chronic:M03900.paid": 60000,
    }
    assert b"M03900" not in bytes(OpeningSum.objects.get().content)


def test_what_was_settled_after_a_case_was_decided_does_not_change_it(house: House) -> None:
    """The statement of a later day stands after it, and before what comes then."""
    person = make.insured(1, region="bazhou")
    one = make.decided(house, visit("80.00", "1"), entry=BAZHOU)
    house.now += timedelta(days=30)
    registered(house, person, statement(date(2026, 3, 20)))
    two = make.decided(house, visit("500.00", "2"), entry=BAZHOU)
    assert benefits.standing_decision(one.case_id) == one
    assert two.amounts["deductible"] == 0
    assert facts_of(two).before["employee-outpatient.in_scope"] == 14000
    assert list(faults()) == []


def test_an_earlier_case_is_worked_out_anew_when_it_is_seen(house: House) -> None:
    """Registered for the second case: the first was decided after those settlements and took the deductible again."""
    person = make.insured(1, region="bazhou")
    one = make.decided(house, visit("80.00", "1"), entry=BAZHOU)  # all of it deductible
    registered(house, person)
    assert benefits.standing_decision(one.case_id) == one, "nobody has looked at it yet"
    view = make.opened(house, BAZHOU)
    make.entered(house, view, visit("500.00", "2"))
    shown = outcome(house, view)
    two = make.approved(house, view, f"{shown.fund / 100:.2f}")
    assert two.fund_fen == shown.fund == 30000
    now = benefits.standing_decision(one.case_id)
    assert now is not None
    assert (now.turn, now.amounts["deductible"], now.fund_fen) == (2, 4000, 2400)
    assert make.open_parts(one.case_id) == {"employee": 2400}
    assert "直接结算的年度累计" in Adjustment.objects.get().why
    assert list(faults()) == []


def test_a_correction_takes_its_place_and_a_withdrawal_leaves_nothing(house: House) -> None:
    person = make.insured(1, region="bazhou")
    registered(house, person)
    assert benefits.register_sums(person, statement(), actor=8, now=house.now) is None, "the same again"
    registered(house, person, statement(sums={"outpatient_in_scope": 7000}))
    assert OpeningSum.objects.filter(removed_at__isnull=True).count() == 1
    one = make.decided(house, visit("500.00", "1"), entry=BAZHOU)
    assert one.amounts["deductible"] == 3000
    registered(house, person, statement(sums={"outpatient_in_scope": 2000}), actor=33)
    registered(house, person, statement(sums={"outpatient_in_scope": 1000}), actor=33)
    assert benefits.register_sums(person, statement(void=True), actor=33, now=house.now) is None
    assert OpeningSum.objects.get(removed_at__isnull=True).checked_by == make.REVIEWER, "what counts stays"
    registered(house, person, statement(sums={"outpatient_in_scope": 2000}), actor=33)
    two = make.decided(house, visit("100.00", "2"), entry=BAZHOU)
    assert two.amounts["deductible"] == 0
    now = benefits.standing_decision(one.case_id)
    assert now is not None
    assert now.amounts["deductible"] == 8000
    registered(house, person, statement(void=True), actor=33)
    make.decided(house, visit("100.00", "3"), entry=BAZHOU)
    last = benefits.standing_decision(one.case_id)
    assert last is not None
    assert last.amounts["deductible"] == 10000
    assert not OpeningSum.objects.filter(removed_at__isnull=True).exists()
    assert list(faults()) == []


def test_who_enters_and_settles_in_one_act_may(house: House) -> None:
    tier = next(e.tier for e in effective_all() if (e.region, e.item) == ("luanzhou", "manual-reimbursement"))
    entry = ("luanzhou", tier, "manual-reimbursement")
    person = make.insured(1, region="luanzhou")
    view = make.opened(house, entry)
    view = house.act(view, "approve", actor=staff(40, "reviewer", region="luanzhou"))
    make.entered(house, view, make.bill(place_code="130284"), actor=41)
    registered(house, person, actor=41)
    house.act(
        view, "enter", actor=staff(41, "entry", region="luanzhou"), amount=make.right_amount(house, view)
    )
    row = OpeningSum.objects.get()
    assert (row.checked_at is not None, row.checked_by) == (True, None)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"sums": {"outpatient_in_scope": 100, "outpatient_paid": 101, "pool": 101}}, "outpatient_paid", "不能大于"),
        ({"sums": {"outpatient_in_scope": 100, "outpatient_paid": 100, "pool": 99}}, "pool", "至少是1.00元"),
        ({"sums": {"serious_self": 100}}, "serious_self", "职工医保没有"),
        ({"sums": {"pool": -1}}, "pool", "请按结算单核对"),
        ({"sums": {"admissions": 400}}, "admissions", "请按结算单核对"),
        ({"sums": {}}, "pool", "没有填写累计金额"),
        ({"until": date(2026, 12, 1)}, "until_on", "还没有到"),
        ({"year": 2025}, "until_on", "应在2025年内"),
        ({"sums": {}, "diseases": (DiseaseSum("chronic", "M1", 1, 2),)}, "disease_1_paid", "病种M1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_place(
    house: House, changes: dict[str, Any], field: str, told: str
) -> None:
    person = make.insured(1)
    year = changes.pop("year", 2026)
    draft = statement(changes.pop("until", FEBRUARY), **changes)
    draft = OpeningDraft(
        year, draft.insurance, draft.until_on, draft.source, draft.paper, draft.sums, draft.diseases
    )
    with pytest.raises(OpeningWrong, match=told) as refused:
        benefits.register_sums(person, draft, actor=1, now=house.now)
    assert refused.value.details["field"] == field
    assert not OpeningSum.objects.exists()


# The file


def test_a_file_counts_at_once_and_twice_is_once(house: House) -> None:
    person = make.insured(1, region="bazhou")
    one = make.decided(house, visit("500.00", "1"), entry=BAZHOU)
    text = file(person, "2026-02-20,60.00,0,0")
    done = loaded(house, text)
    assert (done.made, done.corrected, done.same, done.redone) == (1, 0, 0, 1)
    assert make.open_parts(one.case_id) == {"employee": 3600}
    again = loaded(house, text)
    assert (again.made, again.corrected, again.same, again.redone) == (0, 0, 1, 0)
    more = loaded(house, file(person, '2026-02-20,"1,100.00",600.00,600.00'))
    assert (more.made, more.corrected, more.redone) == (0, 1, 1)
    now = benefits.standing_decision(one.case_id)
    assert now is not None
    assert (now.turn, now.amounts["deductible"]) == (3, 0)
    assert Decision.objects.filter(case=one.case_id).count() == 3
    assert list(faults()) == []


def test_faults_are_told_line_by_line_and_nothing_is_kept(house: House) -> None:
    person = make.insured(1, region="bazhou")
    text = file(person, "2026-02-20,60,0,0", "2026-02-30,1,0,0", "2026-02-21,1,2,2", "2026-02-22,x,0,0")
    rest = "2026-01-31,1,0,0"
    text += f"12345678901234567890,某人,2026,职工医保,{rest}\n{person.number},别人,2026,职工医保,{rest}\n"
    text += (
        f"{person.number},{person.name},26,职工医保,{rest}\n{person.number},{person.name},2026,其他,{rest}\n"
    )
    with pytest.raises(OpeningWrong) as refused:
        loaded(house, text)
    told = refused.value.message
    for words in (
        "第3行：日期“2026-02-30”不对", "第4行：“普通门诊统筹已付”不能大于“普通门诊政策范围内费用”", "第5行：“x”不是金额",
        "第6行：个人编号“12345678901234567890”不对", "第7行：个人编号", "不是这个姓名", "第8行：年度“26”",
        "第9行：险种“其他”不认识",
    ):  # fmt: skip
        assert words in told
    assert not OpeningSum.objects.exists()
    with pytest.raises(OpeningWrong, match="不在本地登记册里"):
        loaded(house, file(person, "2026-02-20,60,0,0"), region="puyang")
    with pytest.raises(OpeningWrong, match="缺少栏目：个人编号"):
        loaded(house, "姓名\n某人\n")
    with pytest.raises(OpeningWrong, match="不认识的栏目：别的"):
        loaded(house, "个人编号,姓名,年度,险种,累计到,别的\n")


def test_several_diseases_are_several_lines_of_one_statement(house: House) -> None:
    person = make.insured(1, region="bazhou")
    head = "个人编号,姓名,年度,险种,累计到,统筹基金（居民医保基金）已付,病种类别,病种编码,病种政策范围内费用,病种统筹已付\n"
    lines = f"{person.number},{person.name},2026,职工医保,2026-02-20,150.00,慢病,M03900,100,80\n"
    lines += f"{person.number},{person.name},2026,职工医保,2026-02-20,,门诊特殊疾病,m00500,100,70\n"
    assert loaded(house, head + lines).made == 1
    (row,) = benefits.known_sums(make.opened(house, BAZHOU), house.now).listed  # type: ignore[union-attr]
    assert [(one.care, one.code, one.paid) for one in row.content.diseases] == [
        ("chronic", "M03900", 8000),
        ("special", "M00500", 7000),
    ]
    with pytest.raises(OpeningWrong, match="和前面的行不同"):
        loaded(house, head + lines + lines.replace("150.00", "151.00"))


def test_the_command(house: House, tmp_path: Path) -> None:
    person = make.insured(1, region="bazhou")
    path = tmp_path / "sums.csv"
    path.write_text(file(person, "2026-02-20,60,0,0"), encoding="utf-8-sig")
    done = CliRunner().invoke(benefit, ["sums", "load", str(path), "--region", "bazhou"])
    assert done.output.strip() == "登记1条，更正0条，没有变化0条；重新计算0件。"
    assert "没有地区" in CliRunner().invoke(benefit, ["sums", "load", str(path), "--region", "x"]).output


def test_they_are_sealed_again_by_a_new_key(house: House, settings: Any) -> None:
    registered(house, make.insured(1))
    keys = settings.JINGBAN_KEYS
    new = {"algorithm": "sm4-gcm", "key": "a2tra2tra2tra2tra2traw=="}
    settings.JINGBAN_KEYS = {**keys, "current": 2, "keys": {**keys["keys"], "2": new}}
    assert benefits.reseal_benefits()[3] == 1
    assert benefits.reseal_benefits()[3] == 0
    (row,) = benefits.known_sums(make.opened(house), house.now).listed  # type: ignore[union-attr]
    assert row.content.sums == {"outpatient_in_scope": 6000}
