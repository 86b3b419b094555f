"""Finding an entry: life situations, kinds of applicant, search in people's own words, the remembered region."""

from __future__ import annotations

import pytest
from django.test import Client

from jingban.portals import book
from jingban.portals.book import Entry
from jingban.portals.public.finding import _spelt, finding, found, is_for, warm
from jingban.rulebook.cache import effective_all, regions
from tests.portals.conftest import NOW, published

ENTRIES = effective_all()
LISTED = [Entry(number, item.hash, NOW, item) for number, item in enumerate(ENTRIES)]
"""As if all were published; searching asks no database."""


def names(query: str) -> list[str]:
    return [entry.item.item for entry in found(LISTED, query)]


def test_every_life_situation_of_the_rulebook_is_on_the_home_page_and_no_other() -> None:
    assert {life for item in ENTRIES for life in item.life} == set(finding().life)


def test_every_printed_applicant_belongs_to_a_kind() -> None:
    homeless = [
        item.key for item in ENTRIES if not any(is_for(item, kind) for kind in finding().kinds.values())
    ]
    assert not homeless


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("生育津贴", "maternity-allowance"),
        ("syjt", "maternity-allowance"),
        ("SYJT", "maternity-allowance"),
        ("shengyujintie", "maternity-allowance"),
        ("产假工资", "maternity-allowance"),
        ("xsecb", "grassroots-newborn-enrolment"),
        ("住院报销", "inpatient-reimbursement"),
        ("住院　报销", "inpatient-reimbursement"),
        ("我要报销在外地住院的钱", "inpatient-reimbursement"),
        ("高血压吃药", "chronic-recognition"),
        ("爷爷去世了卡里的钱怎么取", "account-withdrawal"),
        ("公司改名", "unit-info-change"),
        ("孩子出生怎么上医保", "resident-enrolment"),
    ],
)
def test_what_people_say_finds_what_they_mean(query: str, first: str) -> None:
    assert names(query)[0] == first


def test_another_way_of_saying_a_situation_brings_all_of_it() -> None:
    assert set(names("怀孕了怎么办")) == {item.item for item in ENTRIES if "生孩子" in item.life}


def test_a_name_does_not_bring_all_that_shares_its_situation() -> None:
    assert set(names("生育津贴")) == {"maternity-allowance"}


@pytest.mark.parametrize("query", ["", "y", "修自行车", "qqqq", "。"])
def test_what_means_nothing_finds_nothing(query: str) -> None:
    assert names(query) == []


def test_what_is_called_so_comes_before_what_is_also_called_so() -> None:
    ranked = found(LISTED, "住院费用报销")
    assert ranked[0].item.name == "住院费用报销"


def two_regions() -> tuple[str, str]:
    """An entry that two regions have is published in both; their keys."""
    first, second = list(regions())[:2]
    for item in ENTRIES:
        if item.region in (first, second) and item.item == "transfer":
            published(item)
    published(next(i for i in ENTRIES if i.region == first and i.item == "maternity-allowance"))
    return first, second


def test_home_leads_by_situation_and_by_applicant(client: Client) -> None:
    first, _ = two_regions()
    text = client.get("/").content.decode()
    assert "/?life=" in text.replace('href="?', 'href="/?')
    assert "换工作" in text
    by_life = client.get("/", {"life": "换工作"}).content.decode()
    assert f"/guide/{first}/agency/transfer/" in by_life
    assert "maternity-allowance" not in by_life
    by_kind = client.get("/", {"for": "unit"}).content.decode()
    assert "找到" in by_kind
    assert client.get("/", {"life": "没有这种", "for": "nobody"}).status_code == 200


def test_the_region_is_remembered_shown_and_forgotten(client: Client) -> None:
    first, second = two_regions()
    client.get("/", {"q": "转移", "region": second})
    text = client.get("/", {"q": "转移"}).content.decode()
    assert f"/guide/{second}/agency/transfer/" in text
    assert f"/guide/{first}/agency/transfer/" not in text
    assert f'value="{second}" selected' in text
    everywhere = client.get("/", {"q": "转移", "region": ""}).content.decode()
    assert f"/guide/{first}/agency/transfer/" in everywhere
    assert f'value="{second}" selected' not in client.get("/").content.decode()


def test_what_only_other_regions_have_is_said(client: Client) -> None:
    first, second = two_regions()
    text = client.get("/", {"q": "syjt", "region": second}).content.decode()
    assert f"{regions()[first].name}有" in text


def test_reading_a_guide_remembers_its_region(client: Client) -> None:
    first, _ = two_regions()
    client.get(f"/guide/{first}/agency/transfer/")
    assert client.cookies["region"].value == first


def test_changing_the_region_keeps_the_entry_where_the_other_has_it(client: Client) -> None:
    first, second = two_regions()
    here = f"/guide/{first}/agency/transfer/"
    page = client.get("/regions/", {"next": here}).content.decode()
    assert page.count("✓ 有这一项") == 2
    assert client.get("/regions/", {"next": here, "to": second}).url == f"/guide/{second}/agency/transfer/"
    gone = f"/guide/{first}/agency/maternity-allowance/"
    assert "没有这一项" in client.get("/regions/", {"next": gone}).content.decode()
    assert client.get("/regions/", {"next": gone, "to": second}).url == f"/guide/{second}/"
    assert client.get("/regions/", {"next": "/progress/", "to": second}).url == "/progress/"
    assert client.get("/regions/", {"next": f"/?q=x&region={first}", "to": second}).url == "/?q=x&"
    assert client.get("/regions/", {"next": "https://elsewhere.example/", "to": second}).url == "/"
    assert client.cookies["region"].value == second


def test_a_cookie_of_a_region_that_is_gone_does_no_harm(client: Client) -> None:
    two_regions()
    client.cookies["region"] = "atlantis"
    assert client.get("/").status_code == 200
    assert len(book.entries()) == 3


def test_after_warming_up_no_name_of_the_rulebook_is_spelt_by_a_search() -> None:
    _spelt.cache_clear()
    warm()
    spelt = _spelt.cache_info().misses
    assert spelt > len(ENTRIES)
    assert names("syjt")
    assert _spelt.cache_info().misses == spelt
