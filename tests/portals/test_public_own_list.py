"""A few questions shorten the list of materials to this person's case, before anything is filled in."""

from __future__ import annotations

import re

import pytest
from django.http import QueryDict
from django.test import Client

from jingban.cases.materials import checklist
from jingban.portals.public.own_list import own_list
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import published

ENTRIES = effective_all()
ASKING = [item for item in ENTRIES if own_list(item, QueryDict()).asks]


def address(item: EffectiveItem) -> str:
    return f"/guide/{item.region}/{item.tier}/{item.item}/"


def longest() -> EffectiveItem:
    """The entry with most materials of those that ask."""
    item = max(ASKING, key=lambda item: len(item.materials))
    published(item)
    return item


@pytest.mark.parametrize("item", ENTRIES, ids=lambda item: item.key)
def test_every_material_that_depends_on_something_can_be_reached_by_the_answers(item: EffectiveItem) -> None:
    """Whoever answers truly sees each material in some case: no condition is left that nobody is asked about."""
    blank = own_list(item, QueryDict())
    reached: set[str] = set()
    for choice_values in ([c.values for c in blank.choices] or [{}])[0] or [""]:
        for ticks in ([], *[[q.key] for q in blank.questions], [q.key for q in blank.questions]):
            for without in (None, *ticks):
                data = QueryDict(mutable=True)
                data["own"] = "1"
                data.setlist("s", [t for t in ticks if t != without])
                if blank.choices:
                    data[blank.choices[0].name] = choice_values
                reached |= {row.name for row in own_list(item, data).rows}
    assert reached == {m.name for m in item.materials}


def test_the_list_is_the_checklist_of_the_case() -> None:
    for item in ASKING:
        ticked = [q.key for q in own_list(item, QueryDict()).questions][:1]
        data = QueryDict(mutable=True)
        data["own"] = "1"
        data.setlist("s", ticked)
        if not own_list(item, data).choices:
            wanted = [slot.name for slot in checklist(item, ticked, "")]
            assert [row.name for row in own_list(item, data).rows] == wanted, item.key


def test_unanswered_shows_all_and_promises_nothing(client: Client) -> None:
    item = longest()
    text = client.get(address(item)).content.decode()
    assert "还没有回答" in text
    assert "为您的情形生成" not in text


def test_answers_shorten_the_list_without_javascript(client: Client) -> None:
    item = longest()
    question = own_list(item, QueryDict()).questions[0]
    text = client.get(address(item), {"own": "1", "s": question.key}).content.decode()
    shown = re.search(r"为您的情形生成的材料清单：(\d+)项（指南共(\d+)项）", text)
    assert shown is not None
    assert int(shown[1]) < int(shown[2]) == len(item.materials)
    assert re.search(rf'value="{question.key}" checked', text)
    assert question.name in text


def test_htmx_gets_the_part_only(client: Client) -> None:
    item = longest()
    part = client.get(address(item), {"own": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert "为您的情形生成的材料清单" in part
    assert "<html" not in part


def test_an_empty_list_is_doubted_aloud(client: Client) -> None:
    item = next(i for i in ASKING if not checklist(i, (), "") and i.materials)
    published(item)
    text = client.get(address(item), {"own": "1"}).content.decode()
    assert "没有一项材料要交" in text


def test_the_notice_before_applying_says_case_date_and_version(client: Client) -> None:
    item = longest()
    question = own_list(item, QueryDict()).questions[0]
    text = client.get(f"{address(item)}notice/", {"own": "1", "s": question.key}).content.decode()
    assert "办理前一次性告知单" in text
    assert question.name in text
    assert "2026年3月2日" in text
    assert "版本" in text
    data = QueryDict(f"own=1&s={question.key}")
    assert text.count("□") == len(own_list(item, data).rows)


def test_invented_answers_change_nothing(client: Client) -> None:
    item = longest()
    odd = {"own": "1", "s": ["no-such", "'\"<script>"], "channel": "teleport"}
    plain = client.get(address(item), {"own": "1"}, headers={"HX-Request": "true"}).content
    assert client.get(address(item), odd, headers={"HX-Request": "true"}).content == plain


def test_registers_are_called_by_name(client: Client) -> None:
    """What data sharing replaces is said in words, not by the key of the register."""
    item = next(i for i in ENTRIES if any(m.sharing == "civil-registry" for m in i.materials))
    published(item)
    text = client.get(address(item)).content.decode()
    assert "公安人口库" in text
    assert "civil-registry" not in text


def test_what_is_often_asked_comes_from_the_entry(client: Client) -> None:
    free = next(i for i in ENTRIES if i.fee == "不收费" and i.process.starts == "application")
    published(free)
    for item in (longest(), free):
        text = client.get(address(item)).content.decode()
        faq = text[text.index('id="faq"') : text.index('id="about"')]
        assert "要等多久？" in faq
        assert ("要交钱吗？" in faq) == bool(item.fee)
        assert ("不服" in faq) == any(
            e.outcome in ("refused", "not_accepted") for e in item.process.ends.values()
        )


def test_nothing_is_asked_of_what_nobody_applies_for(client: Client) -> None:
    item = next(i for i in ENTRIES if i.process.starts != "application")
    published(item)
    assert 'id="faq"' not in client.get(address(item)).content.decode()
