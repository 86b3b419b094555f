"""Who letters go to: regions of this installation, agencies on record, and what may be recorded of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jingban.core.signing import PublicKeyWrong, signing_ring
from jingban.exchange.agencies import Details, add_agency, agency, agency_at, all_agencies, keys_of
from jingban.exchange.errors import AgencyWrong
from jingban.exchange.models import Agency
from tests.builders import MONDAY
from tests.exchange.foreign import Foreign, new_key

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
DAY = MONDAY.date()


def test_a_region_with_entries_in_force_is_an_agency_by_itself(both: None) -> None:
    party = agency("puyang", DAY)
    assert party is not None
    assert (party.name, party.admin_code, party.is_local) == ("濮阳县医疗保障局", "410928", True)
    assert keys_of(party, DAY) == signing_ring().public_keys
    assert agency("bazhou", DAY) is None, "a region of the rulebook, not served here"
    assert [party.code for party in all_agencies(DAY)] == ["luanzhou", "puyang"]
    assert not Agency.objects.exists()


def test_a_region_served_elsewhere_is_recorded_with_its_address(both: None) -> None:
    key = new_key().public
    party = add_agency(Details("luanzhou", url="https://lz.example/", key=key.text), now=MONDAY)
    assert (party.name, party.admin_code, party.url) == ("滦州市医疗保障局", "130284", "https://lz.example")
    assert (party.is_local, keys_of(party, DAY)) == (False, (key,))
    assert agency_at("130284", DAY) == party


def test_a_place_is_answered_for_by_its_county_else_by_its_city(both: None) -> None:
    assert agency_at("410928", DAY) == agency("puyang", DAY)
    assert agency_at("370199", DAY) is None
    city = Foreign(code="chengshi", place="370100", name="城市医疗保障局").introduce()
    assert agency_at("370199", DAY) == agency("chengshi", DAY)
    assert city.code == "chengshi"
    Foreign().introduce()
    assert agency_at("370199", DAY) == agency("qingshan", DAY)
    Agency.objects.filter(code="qingshan").update(end_on=DAY - timedelta(days=1), start_on=date(2020, 1, 1))
    assert agency_at("370199", DAY) == agency("chengshi", DAY)
    assert agency("qingshan", DAY) is None


def test_changing_one_thing_leaves_the_others(both: None) -> None:
    other = Foreign().introduce()
    changed = add_agency(
        Details(other.code, payee="专户", bank="某行", account="6200000000000009"), now=MONDAY
    )
    assert (changed.name, changed.url, changed.payee) == (other.name, "https://qingshan.example", "专户")
    later = add_agency(Details(other.code, url=""), now=MONDAY)
    assert (later.url, later.is_reachable, later.account) == ("", False, "6200000000000009")


def test_two_keys_hold_while_one_takes_over(both: None) -> None:
    other, fresh = Foreign().introduce(), new_key().public
    changes_on = DAY + timedelta(days=30)
    add_agency(Details(other.code, key=other.key.public.text, key_from=DAY, key_until=changes_on), now=MONDAY)
    party = add_agency(Details(other.code, key=fresh.text, key_from=changes_on), now=MONDAY)
    assert keys_of(party, DAY) == (other.key.public,)
    assert keys_of(party, changes_on) == (other.key.public, fresh)
    assert keys_of(party, changes_on + timedelta(days=1)) == (fresh,)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (Details("青山", name="x", admin_code="370199"), "小写字母"),
        (Details("q", name="x", admin_code="370199"), "小写字母"),
        (Details("qs"), "机构名称"),
        (Details("qs", name="x", admin_code="37"), "行政区划代码"),
        (Details("qs", name="x", admin_code="370199", url="http://far.example"), "要用 https"),
        (Details("qs", name="x", admin_code="370199", url="file:///etc/passwd"), "接收地址应为"),
        (Details("qs", name="x", admin_code="370199", url="https://a.example/?x=1"), "接收地址应为"),
        (Details("qs", name="x", admin_code="370199", account="12"), "收款账号"),
        (
            Details(
                "qs", name="x", admin_code="370199", key=new_key().public.text, key_until=date(2026, 1, 1)
            ),
            "止期不能早于起期",
        ),
        (Details("puyang", url="local", key=new_key().public.text), "不用登记公钥"),
    ],
)
def test_what_cannot_be_recorded(both: None, details: Details, words: str) -> None:
    with pytest.raises(AgencyWrong, match=words):
        add_agency(details, now=MONDAY)
    assert not Agency.objects.exists()


def test_a_key_must_be_the_others(both: None) -> None:
    with pytest.raises(AgencyWrong, match="本系统自己的公钥"):
        add_agency(
            Details("qs", name="x", admin_code="370199", key=signing_ring().current.public.text), now=MONDAY
        )
    with pytest.raises(PublicKeyWrong):
        add_agency(Details("qs", name="x", admin_code="370199", key="ssh-rsa AAAA"), now=MONDAY)
