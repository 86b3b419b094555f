"""此前直接结算的累计 at the desk: the warning, what is typed and never lost, who may, and what the audit hears."""

from __future__ import annotations

from datetime import date

import pytest

from jingban.audit.models import Entry
from jingban.benefits import service as benefits
from jingban.benefits.models import OpeningSum
from jingban.cases.view import CaseView
from jingban.registry.models import Person
from tests.benefits import factories as make
from tests.houses import House, staff
from tests.portals.conftest import NOW
from tests.portals.test_benefit import at, officer, text

pytestmark = pytest.mark.live_effects
WARNING = "未登记本年度（2026年）医院直接结算累计，如已直接结算请先登记。"
TYPED = {
    "insurance": "employee",
    "year": "2026",
    "until_on": "2026-02-20",
    "source": "list",
    "paper": "试验县人民医院 2-1",
    "outpatient_in_scope": "60.00",
    "admissions": "1",
    "pool": "400",
    "disease_1_care": "chronic",
    "disease_1_code": "m03900",
    "disease_1_in_scope": "500.00",
    "disease_1_paid": "400.00",
}


@pytest.fixture
def view(house: House) -> CaseView:
    make.insured(1)
    return make.opened(house)


def test_it_is_registered_seen_and_told_first(house: House, view: CaseView) -> None:
    clerk, reviewer = officer("window", name="甲"), officer("reviewer", name="乙")
    bill = make.entered(house, view)
    for page in ("", "bill/", f"bill/{bill.pk}/"):
        assert WARNING in text(clerk.get(at(view, page))), page
    begun = text(clerk.get(at(view, "sums/")))
    assert "没有直接结算过的，不用登记" in begun
    assert 'value="employee" selected' in begun, "as the register has it"
    assert (begun.count("<details open>"), begun.count("<details>")) == (2, 4), "what is rare is folded"
    answer = clerk.post(at(view, "sums/"), TYPED)
    assert (answer.status_code, answer.url) == (302, at(view))
    words = "普通门诊政策范围内费用60.00元，门诊慢性病M03900政策范围内500.00元、统筹已付400.00元"
    told = f"统筹基金（居民医保基金）已付400.00元，住院次数1次，{words}"
    seen = text(reviewer.get(at(view)))
    assert WARNING not in seen
    assert f"职工医保年度累计查询单（试验县人民医院 2-1），累计到2026年2月20日：{told}" in seen
    assert "登记后还没有核对，请对照结算单" in seen
    assert "此前在医院直接结算的累计" in seen
    again = text(clerk.get(at(view, "sums/")))
    assert (again.count("<details open>"), again.count("<details>")) == (3, 3), (
        "not the disease that stands there"
    )
    assert 'value="60.00"' in again, "the newest is carried on"
    assert "待核定的同事核对" in again
    approver = staff(9001, "reviewer", region=view.region)
    house.act(house.fresh(view), "approve", actor=approver, amount=make.right_amount(house, view))
    done = benefits.standing_decision(view.id)
    assert done is not None
    assert OpeningSum.objects.get().checked_by == 9001
    assert "此前在医院直接结算的累计" in text(reviewer.get(at(view)))
    assert benefits.results_of(done)[0]["steps"][0]["key"] == "opening"
    closed = text(clerk.get(at(view, "sums/")))
    assert "✓ 计入" in closed
    assert "本件已经核定金额" in closed
    assert clerk.post(at(view, "sums/"), TYPED).status_code == 403
    heard = Entry.objects.using("audit").filter(kind="revealed").values_list("detail", flat=True)
    assert "此前直接结算的年度累计" in list(heard)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pool": "399.99"}, "至少是400.00元"),
        ({"serious_self": "1"}, "职工医保没有"),
        ({"until_on": "2026-03-20"}, "还没有到"),
        ({"until_on": ""}, "请填写累计到哪一天"),
        ({"outpatient_in_scope": "六十"}, "不是金额"),
        ({"disease_1_code": ""}, "请填写类别和病种编码"),
        ({"year": "2025"}, "应在2025年内"),
    ],
)
def test_nothing_typed_is_lost(view: CaseView, changes: dict[str, str], told: str) -> None:
    clerk = officer("window")
    answer = clerk.post(at(view, "sums/"), {**TYPED, **changes})
    shown = text(answer)
    assert (answer.status_code, told in shown) == (422, True)
    assert 'value="试验县人民医院 2-1"' in shown
    assert not OpeningSum.objects.exists()


def test_more_diseases_than_the_page_shows_are_not_lost(house: House, view: CaseView) -> None:
    many = tuple(benefits.DiseaseSum("chronic", f"M0{n}00", 100, 50) for n in range(5))
    draft = benefits.OpeningDraft(
        2026, "employee", date(2026, 2, 1), "file", sums={"pool": 250}, diseases=many
    )
    benefits.receive_sums(Person.objects.get(), draft, actor=9, now=NOW)
    answer = officer("window").post(at(view, "sums/"), TYPED)
    assert answer.status_code == 422
    assert "已登记的累计有5个病种，本页只能填4个" in text(answer)
    assert OpeningSum.objects.count() == 1


def test_one_is_taken_back(view: CaseView) -> None:
    clerk = officer("window")
    clerk.post(at(view, "sums/"), TYPED)
    row = OpeningSum.objects.get()
    answer = clerk.post(at(view, "sums/"), {"withdraw": str(row.pk)}, follow=True)
    assert "这条累计已撤销" in text(answer)
    assert WARNING in text(clerk.get(at(view)))


def test_who_may(house: House, view: CaseView) -> None:
    for client in (officer("window", region="bazhou", name="远"), officer("village", name="村")):
        assert client.get(at(view, "sums/")).status_code == 403
        assert client.post(at(view, "sums/"), TYPED).status_code == 403
    cashier = officer("cashier")
    assert cashier.get(at(view, "sums/")).status_code == 200
    assert cashier.post(at(view, "sums/"), TYPED).status_code == 403
    other = make.opened(house, make.ALLOWANCE)
    assert officer("window", name="另").get(at(other, "sums/")).status_code == 404
    assert not OpeningSum.objects.exists()
