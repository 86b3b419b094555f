"""Pages that everybody may see."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all, regions
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem
from tests.portals.conftest import NOW, published

ENTRIES = effective_all()


ORDER = (
    "facts",
    "conditions",
    "exclusions",
    "materials",
    "flow",
    "basis",
    "fee",
    "ask",
    "faq",
    "remarks",
    "about",
)
"""The blocks of a guide as people know them from government sites; an entry may lack some, none comes earlier."""


def without_charts(text: str) -> str:
    return re.sub(r"<svg.*?</svg>", "", text, flags=re.S)


@pytest.mark.parametrize("item", ENTRIES, ids=lambda item: item.key)
def test_every_guide_is_a_page(client: Client, item: EffectiveItem) -> None:
    """And the one-off notice that is printed from it."""
    published(item)
    page = client.get(f"/guide/{item.region}/{item.tier}/{item.item}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert item.name in text
    assert all(material.name in text.replace("&#x27;", "'") for material in item.materials)
    assert text.count("<h1") == 1
    assert "<svg" in text
    blocks = re.findall(r'<section id="(\w+)"', text)
    assert blocks == [block for block in ORDER if block in blocks]
    assert {"facts", "materials", "flow", "basis", "fee", "ask", "about"} <= set(blocks)
    assert 'class="qr"' in text
    assert page_version(item) in text
    assert "None" not in without_charts(text)
    assert len(gzip.compress(page.content)) < 45_000
    notice = client.get(f"/guide/{item.region}/{item.tier}/{item.item}/notice/").content.decode()
    assert all(material.name in notice.replace("&#x27;", "'") for material in item.materials)
    assert page_version(item) in notice
    assert "None" not in without_charts(notice)


def page_version(item: EffectiveItem) -> str:
    return PublishedItem.objects.get(
        region=item.region, tier=item.tier, item=item.item, is_current=True
    ).hash[:12]


@pytest.mark.parametrize("region", list(regions()))
def test_every_region_lists_its_entries(client: Client, region: str) -> None:
    for item in ENTRIES:
        if item.region == region:
            published(item)
    for tier in dict.fromkeys(i.tier for i in ENTRIES if i.region == region):
        text = client.get(f"/guide/{region}/?tier={tier}").content.decode()
        for item in ENTRIES:
            if (item.region, item.tier) == (region, tier):
                assert f"/guide/{region}/{tier}/{item.item}/" in text


def test_a_list_is_read_with_few_questions(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    region = next(iter(regions()))
    for item in ENTRIES:
        if item.region == region:
            published(item)
    client.get(f"/guide/{region}/")  # versions never change and stay in memory
    with django_assert_max_num_queries(2):
        client.get(f"/guide/{region}/")


def test_home_names_every_region(client: Client) -> None:
    text = client.get("/").content.decode()
    assert all(card.full_name in text for card in regions().values())


def test_search_finds_by_alias(client: Client, entry: EffectiveItem) -> None:
    text = client.get("/", {"q": entry.aliases[0]}).content.decode()
    assert f"/guide/{entry.region}/{entry.tier}/{entry.item}/" in text


def test_search_that_finds_nothing_says_what_to_do(client: Client, entry: EffectiveItem) -> None:
    assert "换个说法" in client.get("/", {"q": "修自行车"}).content.decode()


def test_first_page_is_small(client: Client) -> None:
    """Under 60 KB as `make run` sends it, with everything published: what lies compressed beside a file is sent
    instead of it. A server that compresses pages sends two thirds of that."""
    publish.publish(list(ENTRIES), now=NOW)
    page = client.get("/")
    assert "遇到了什么事" in page.content.decode()
    total = len(page.content)
    for name in re.findall(r'(?:href|src)="/static/([^"]+)"', page.content.decode()):
        total += len(client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}).getvalue())
    assert total < 60_000


def test_own_style_sheet_stays_small() -> None:
    assert Path(str(finders.find("portals/jingban.css"))).stat().st_size < 8192


def test_vendored_files_are_what_the_list_says() -> None:
    folder = Path(str(finders.find("vendor/vendor.json"))).parent
    listed = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    for vendored in listed:
        found = hashlib.sha256((folder / vendored["file"]).read_bytes()).hexdigest()
        assert found == vendored["sha256"]
        assert ((folder / vendored["file"]).parent / "LICENSE").exists()
        packed = folder / (vendored["file"] + ".gz")
        assert gzip.decompress(packed.read_bytes()) == (folder / vendored["file"]).read_bytes()
    named = {folder / vendored["file"] for vendored in listed}
    assert {p for p in folder.rglob("*") if p.suffix in (".js", ".css")} == named


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/guide/nowhere/", "没有地区"),
        ("/guide/{region}/agency/no-such-item/", "没有这个事项，请回首页查找"),
        ("/guide/version/" + "0" * 64 + "/", "没有内容哈希"),
    ],
)
def test_what_does_not_exist_is_said_plainly(
    client: Client, entry: EffectiveItem, address: str, says: str
) -> None:
    page = client.get(address.format(region=entry.region))
    assert page.status_code == 404
    assert says in page.content.decode()


def test_an_unpublished_entry_is_not_shown(client: Client, entry: EffectiveItem) -> None:
    other = next(i for i in ENTRIES if i.region == entry.region and i.item != entry.item)
    page = client.get(f"/guide/{other.region}/{other.tier}/{other.item}/")
    assert page.status_code == 409
    assert "还没有发布" in page.content.decode()


def test_a_wrong_address_is_answered_with_titles_not_with_slugs(client: Client, entry: EffectiveItem) -> None:
    page = client.get(f"/guide/{entry.region}/{entry.tier}/{entry.item}x/").content.decode()
    assert f"您要找的是“{entry.name}”吗？" in page
    refusal = page[page.index("<h1") : page.index("回到首页")]
    assert entry.item not in refusal
    assert not re.search("[A-Za-z]{3}", re.sub("<[^>]*>", "", refusal))


def test_corrections_are_footnotes(client: Client) -> None:
    item = next(i for i in ENTRIES if i.corrections)
    published(item)
    text = client.get(f"/guide/{item.region}/{item.tier}/{item.item}/").content.decode()
    assert "印作“" in text
    assert item.corrections[0].reason in text


def test_no_inline_script_or_style(client: Client, entry: EffectiveItem) -> None:
    page = client.get(f"/guide/{entry.region}/{entry.tier}/{entry.item}/")
    text = page.content.decode()
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_every_input_has_a_label_and_headings_do_not_skip(client: Client, entry: EffectiveItem) -> None:
    for address in ("/", "/progress/", "/login/", f"/guide/{entry.region}/"):
        text = client.get(address).content.decode()
        for found in re.finditer(r"<(input|select|textarea)\b([^>]*)>", text):
            if 'type="hidden"' not in found[2]:
                assert f'for="{re.search(r"id=.([^ ]+?).(?: |$)", found[2])[1]}"' in text
        assert text.count("<h1") == 1
        assert text.count("<main") == 1


def test_what_the_browser_tests_bring_along_is_what_their_list_says() -> None:
    folder = Path(__file__).resolve().parents[1] / "browser" / "vendor"
    for vendored in json.loads((folder / "vendor.json").read_text(encoding="utf-8")):
        found = folder / vendored["file"]
        assert hashlib.sha256(found.read_bytes()).hexdigest() == vendored["sha256"]
        assert (found.parent / "LICENSE").exists()


@pytest.mark.parametrize(
    ("item", "said"), [("maternity-allowance", "网上填表，到现场办"), ("offsite-filing", "在线办理")]
)
def test_the_button_promises_no_way_online_that_the_guide_lacks(client: Client, item: str, said: str) -> None:
    found = next(e for e in ENTRIES if (e.region, e.item) == ("luanzhou", item))
    published(found)
    page = client.get(f"/guide/luanzhou/{found.tier}/{item}/").content.decode()
    assert f">{said}</a>" in page
