"""受理台账, 批次汇总 and 票据查验: what staff sees of what was claimed, and that every look is written down."""

from __future__ import annotations

import pytest
from django.test import Client

from jingban.access.models import Grant, User
from jingban.audit.models import Entry
from jingban.benefits import service as benefits
from jingban.registry import service as registry
from tests.benefits import factories as make
from tests.benefits.test_maternity import reported
from tests.houses import House
from tests.portals.conftest import signed_in

pytestmark = pytest.mark.live_effects


def officer(role: str, region: str = make.REGION, office: str = "") -> Client:
    user = User.objects.create_user(f"{role}-{region}-{office}", name=role)
    Grant.objects.create(user=user, region=region, role=role, office=office, start_on="2026-01-01")
    return signed_in(user)


def page(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_register_of_received_claims_by_day(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    client = officer("reviewer")
    bare = page(client, "/desk/register/claims/")
    assert '<td data-l="费用总额（元）" class="e"></td>' in bare, "what is not entered is no nought"
    make.entered(house, view)
    today = page(client, "/desk/register/claims/")
    assert view.number in today
    assert "500.00" in today
    assert "办理中" in today
    assert "示例值" not in today, "nothing is decided yet"
    make.approved(house, view)
    after = page(client, "/desk/register/claims/", first="20260302", last="2026-03-02")
    assert "282.00" in after
    assert "<b>示例值</b>算出的，<b>不作为支付依据</b>" in after
    assert make.made.new_name(1) in after
    assert view.number not in page(client, "/desk/register/claims/", first="2026-03-01", last="2026-03-01")
    heard = (
        Entry.objects.using("audit")
        .filter(subject=f"register:{make.REGION}")
        .values_list("detail", flat=True)
    )
    assert "受理台账2026-03-02至2026-03-02：1件" in heard


def test_a_claim_that_one_may_not_read_keeps_its_sums(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The foot adds them up."""
    make.insured(1)
    make.entered(house, make.opened(house))
    monkeypatch.setattr("jingban.portals.doors.may_read", lambda actor, case: False)
    told = page(officer("reviewer"), "/desk/register/claims/")
    assert make.made.new_name(1) not in told
    assert '<td data-l="费用总额（元）" class="amt">500.00</td>' in told


def test_an_office_sees_its_own_claims_only(house: House) -> None:
    make.insured(1)
    make.insured(2)
    view = make.opened(house)
    make.decided(house, make.bill(number="0000000002"), 2)
    own, other = officer("reviewer", office=view.office), officer("reviewer", office="town-hall")
    shown = page(own, "/desk/register/claims/", office=view.office)
    assert view.number in shown
    assert make.made.new_name(1) in shown
    assert view.number in page(own, "/desk/register/claims/")
    for address in ("claims", "batches"):
        assert "医保经办机构" in page(own, f"/desk/register/{address}/"), "an office goes by its body's name"
    assert f'<option value="{view.office}" selected>' in shown
    assert "2,0" not in page(own, "/desk/register/batches/")
    assert "普通门诊" in page(own, "/desk/register/batches/")
    for address in ("claims", "batches"):
        assert view.number not in page(other, f"/desk/register/{address}/")
        assert "普通门诊" not in page(other, f"/desk/register/{address}/")
        refused = other.get(f"/desk/register/{address}/", {"office": view.office})
        assert refused.status_code == 403
        assert "不在这个受理机构" in refused.content.decode()
    heard = Entry.objects.using("audit").filter(subject=f"register:{make.REGION}")
    assert heard.filter(kind="refused").count() == 2
    assert heard.filter(kind="read", detail__contains=f"2件（{view.office}）").exists()


def test_an_entry_goes_by_the_name_that_its_own_region_prints() -> None:
    names = {region: registry.item_names(region)["maternity-allowance"] for region in ("bazhou", "xingtai")}
    assert names == {"bazhou": "生育津贴支付", "xingtai": "符合条件的城镇职工生育津贴支付"}
    assert registry.item_names("bazhou")["birth-subsidy"] == registry.item_names("puyang")["birth-subsidy"]


def test_who_reported_is_in_no_list(house: House) -> None:
    """举报奖励 is paid by the same rules: whoever has no part in it sees neither the name nor what it is about."""
    view = reported(house, reporter_name="钱小某")
    rows = benefits.received(
        view.region, house.now.date(), house.now.date(), offices=None, reads=lambda case: True
    )
    assert {row.name for row in rows if row.number == view.number} <= {"保密件"}
    shown = page(officer("window", view.region), "/desk/register/claims/")
    assert "钱小某" not in shown
    assert "保密件" in shown


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"first": "abc"}, "应为年月日"),
        ({"first": "2026-03-02", "last": "2026-03-01"}, "止日早于起日"),
        ({"first": "2025-01-01", "last": "2026-03-01"}, "一次最多看92天"),
    ],
)
def test_days_that_are_none_are_told(house: House, query: dict[str, str], told: str) -> None:
    client = officer("window")
    for address in ("claims", "batches"):
        answer = client.get(f"/desk/register/{address}/", query)
        assert answer.status_code == 422
        assert told in answer.content.decode()
        assert f'value="{query["first"]}"' in answer.content.decode()


def test_batches_and_sums_by_category(house: House) -> None:
    make.insured(1)
    make.insured(2)
    make.decided(house, make.bill(number="0000000001"), 1)
    make.decided(house, make.stay("20000.00", "0000000002"), 2, make.INPATIENT)
    found = page(officer("head"), "/desk/register/batches/")
    assert "普通门诊" in found
    assert "住院" in found
    assert found.index("普通门诊") < found.index("住院")
    assert "20,500.00" in found, "the sum of all"
    assert '<td class="amt' not in found, (
        "on a telephone, where there is no head, each amount says what it is"
    )
    assert "<b>示例值</b>算出的，<b>不作为支付依据</b>" in found


def test_an_invoice_is_traced_over_all_regions(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    bill = make.entered(house, view)
    away = officer("window", "bazhou")
    typed = {"number_": "0000000001", "code": "41060126"}
    answer = away.post("/desk/register/invoices/", {**typed, "amount": "499.00"})
    shown = answer.content.decode()
    assert view.number in shown
    assert "占用中" in shown
    assert "金额不一致" in shown
    assert f'href="/desk/case/{view.number}/"' not in shown, "no link to a case that one may not read"
    here = officer("window")
    assert (
        f'href="/desk/case/{view.number}/"' in here.post("/desk/register/invoices/", typed).content.decode()
    )
    benefits.remove_bill(bill, actor=make.CLERK, now=house.now)
    assert "已释放" in here.post("/desk/register/invoices/", typed).content.decode()
    assert "没有用过" in here.post("/desk/register/invoices/", {**typed, "code": "9"}).content.decode()
    wrong = here.post("/desk/register/invoices/", {"number_": "0000000001"})
    assert wrong.status_code == 422
    assert "请填写开票单位" in wrong.content.decode()
    heard = Entry.objects.using("audit").filter(kind="searched").values_list("detail", flat=True)
    assert "票据0000000001：1条" in heard


def test_who_may_look(house: House) -> None:
    for role in ("cashier", "fiscal", "village"):
        client = officer(role)
        for address in ("claims", "batches", "invoices"):
            assert client.get(f"/desk/register/{address}/").status_code == 403, (role, address)
    home = officer("supervisor").get("/desk/register/").content.decode()
    for name in ("受理台账", "批次和分类汇总", "票据查验"):
        assert name in home
