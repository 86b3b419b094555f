"""Large type and high contrast, on every page by cookie; the navigation; what the oldest browser understands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from jingban.access.models import User
from jingban.portals import navigation
from jingban.portals.navigation import PARTS, TABS
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import signed_in, staff

STATIC = Path(str(finders.find("portals/jingban.css"))).parent
ROOT = Path(__file__).resolve().parents[2]
TOO_NEW = {
    "css": {
        ":has()": r":has\(", ":is() (88)": r":is\(", ":where() (88)": r":where\(", ":not() of a list (88)": r":not\([^)]*,",
        "container queries": r"@container", "layers": r"@layer", "aspect-ratio (88)": r"aspect-ratio\s*:",
        "inset (87)": r"[;{\s]inset\s*:", "nesting": r"&[\s:.]", "color-mix()": r"color-mix\(", "dvh": r"\d[dsl]vh\b",
        "text-wrap": r"text-wrap\s*:", "subgrid": r"\bsubgrid\b",
    },
    "js": {
        "structuredClone": r"\bstructuredClone\b", "at()": r"\.at\(", "hasOwn": r"Object\.hasOwn", "findLast": r"\.findLast",
        "toSorted": r"\.to(Sorted|Reversed|Spliced)\b", "randomUUID (92)": r"randomUUID", "groupBy": r"\.groupBy\(",
        "top-level await": r"^await\b", "class static block": r"static\s*\{", "showPicker": r"showPicker",
        "dialogs (a polyfill in old Safari)": r"showModal\(", "import()": r"\bimport\(", "error cause": r"\{\s*cause\b",
    },
}  # fmt: skip
"""What Chromium 86 does not know, by the name under which it is looked for."""


@pytest.mark.parametrize("edition", ["large", "contrast"])
def test_an_edition_is_kept_and_stays_on_the_page(client: Client, edition: str) -> None:
    marked = re.compile(rf'<html[^>]* class="[^"]*\b{edition}\b')
    sheet = f"portals/{edition}.css"
    assert sheet not in client.get("/").content.decode()
    answer = client.post("/editions/", {"edition": edition, "next": "/progress/"})
    assert answer.url == "/progress/"
    for address in ("/", "/progress/", "/login/", "/notices/", "/regions/"):
        text = client.get(address).content.decode()
        assert marked.search(text), address
        assert sheet in text, address
    assert client.post("/editions/", {"edition": edition, "next": "https://elsewhere.example/"}).url == "/"
    assert not marked.search(client.get("/").content.decode())


def test_only_the_editions_that_there_are_can_be_switched(client: Client) -> None:
    client.post("/editions/", {"edition": "sessionid", "next": "/"})
    assert "sessionid" not in client.cookies


def test_the_large_edition_has_a_prominent_door_on_the_home_page(client: Client) -> None:
    text = client.get("/").content.decode()
    assert "长辈版：大字、大按钮" in text
    client.post("/editions/", {"edition": "large", "next": "/"})
    assert "标准版" in client.get("/").content.decode()


def tabs(client: Client, address: str = "/progress/") -> list[str]:
    text = client.get(address).content.decode()
    bar = text[text.index('class="tabbar') :]
    return re.findall(r"</i>([^<]+)</a>", bar)


def test_a_visitor_sees_the_doors_that_are_open(client: Client, person: User, entry: EffectiveItem) -> None:
    assert tabs(client) == ["指南", "进度", "办件"]
    assert "工作台" not in tabs(signed_in(person))
    assert "工作台" in tabs(signed_in(staff(entry, "window")))


def test_a_room_that_is_not_built_has_no_door(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = navigation.Part("x", "未建", "未建", "no-such-room", "x", lambda actor: True)
    monkeypatch.setattr(navigation, "PARTS", (*PARTS, missing))
    assert "未建" not in client.get("/progress/").content.decode()


def test_nobody_has_more_tabs_than_fit(entry: EffectiveItem) -> None:
    roles = ("window", "head", "supervisor", "village", "institution", "provider")
    assert len(tabs(signed_in(staff(entry, *roles)))) <= TABS


def test_the_open_part_is_marked_and_no_other(client: Client) -> None:
    for address, marks in (("/", 2), ("/notices/", 2), ("/progress/", 2), ("/login/", 0)):
        assert client.get(address).content.decode().count('aria-current="page"') == marks, address


def test_the_sign_in_page_carries_the_name_of_the_site(client: Client) -> None:
    text = client.get("/login/").content.decode()
    assert "testserver" not in text
    assert "医保经办服务" in text


@pytest.mark.parametrize(
    "path", sorted(STATIC.glob("*.css")) + sorted(STATIC.glob("*.js")), ids=lambda path: path.name
)
def test_nothing_newer_than_the_oldest_browser(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    wrong = [name for name, sign in TOO_NEW[path.suffix[1:]].items() if re.search(sign, text, re.M)]
    assert not wrong


def test_the_oldest_browser_is_stated() -> None:
    assert "Chromium 86" in (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
