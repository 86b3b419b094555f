"""The board of public notices: who reads it, what it shows while a notice runs, and what stays of it afterwards."""

# ruff: noqa: F811  pytest takes the imported fixtures by the names of the arguments

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.person import notice as one_notice
from jingban.portals.public import notices
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, PERSON, signed_in
from tests.portals.test_notice import item, number  # noqa: F401  the case on its way to the notice


def board(client: Client, item: EffectiveItem) -> str:
    return client.get("/notices/", {"region": item.region}).content.decode()


def test_everybody_reads_a_running_notice(client: Client, number: str, item: EffectiveItem) -> None:
    text = board(client, item)
    assert item.name in text
    assert number in text
    assert "张*" in text
    assert f"/notice/{number}/" in text
    assert "怎样提异议" in text
    hidden = (*PERSON.values(), Case.objects.get(number=number).query_code)
    assert not any(value in text for value in hidden)


def test_an_illustrated_limit_is_judged_by_the_day_it_was_counted_from(
    client: Client, number: str, item: EffectiveItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the last day of a notice another figure may hold already, or none: the page would break."""
    for module in (notices, one_notice):
        monkeypatch.setattr(module, "example_words", lambda version, process, step, day: f"（{day}）")
    counted = f"（{local_day(NOW)}）"
    assert counted in board(client, item)
    stranger = signed_in(User.objects.create_user("zhao", name="赵某"))
    assert counted in stranger.get(f"/notice/{number}/").content.decode()


def test_every_running_notice_can_be_read_page_by_page(
    client: Client, number: str, item: EffectiveItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """公示 that cannot be read is none: whatever comes after the first page has a page of its own."""
    monkeypatch.setattr(notices, "MOST", 2)
    case = Case.objects.get(number=number)
    numbers = [number]
    for n in range(1, 5):  # two of them end at one instant
        case.pk, case.number, case.query_code = None, f"{number[:-2]}9{n}", f"QC{n:010d}"
        case.timer_at = case.timer_at + timedelta(hours=n % 2)  # type: ignore[operator]
        case.save(force_insert=True)
        numbers.append(case.number)
    pages, query = [], {"region": item.region}
    for _ in numbers:
        text = client.get("/notices/", query).content.decode()
        pages.append(re.findall(r'data-l="办件编号" class="mono">([^<]+)<', text))
        if (link := re.search(r'href="\?region=\w+&amp;after=([^"]+)"', text)) is None:
            break
        query["after"] = link[1]
    assert pages == [numbers[:2], numbers[2:4], numbers[4:]]
    for key in ("x", "20260302T000000.000000_", "99999999T000000.000000_1", f"{'9' * 30}_{'9' * 30}"):
        assert client.get("/notices/", {"region": item.region, "after": key}).status_code == 200


def test_a_name_goes_when_the_notice_ends(client: Client, number: str, item: EffectiveItem) -> None:
    stranger = signed_in(User.objects.create_user("zhao", name="赵某"))
    sent = {"seen": Case.objects.get(number=number).seq, "key": "o", "object.reason": "情况不符"}
    assert stranger.post(f"/notice/{number}/do/object/", sent).status_code == 302
    text = board(client, item)
    assert "有异议，转入核实" in text
    assert "个人姓名不再显示" in text
    assert "张" not in text.replace("张三", "张")[text.index("正在公示") :]
    assert f"/notice/{number}/" not in text


def test_an_old_notice_is_not_listed_any_more(
    client: Client,
    number: str,
    item: EffectiveItem,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stranger = signed_in(User.objects.create_user("zhao", name="赵某"))
    sent = {"seen": Case.objects.get(number=number).seq, "key": "o", "object.reason": "情况不符"}
    stranger.post(f"/notice/{number}/do/object/", sent)
    cache.clear()
    monkeypatch.setattr(doors, "now", lambda: NOW + notices.PAST + timedelta(days=1))
    assert "有异议，转入核实" not in board(client, item)


def test_without_a_region_one_is_asked_for(client: Client) -> None:
    assert "请先选地区" in client.get("/notices/").content.decode()
    assert client.get("/notices/", {"region": "atlantis"}).status_code == 200


def test_a_region_without_notices_says_so(client: Client) -> None:
    without = {i.region for i in effective_all()} - {
        i.region for i in effective_all() if any(s.notice for s in i.process.steps.values())
    }
    if without:
        assert "没有要公示的事项" in client.get("/notices/", {"region": without.pop()}).content.decode()


def test_sealed_cases_never_stand_on_the_board() -> None:
    assert notices.has_notices([]) == []
    assert not [
        i.key for i in effective_all() if i.sealed and any(s.notice for s in i.process.steps.values())
    ]


def test_the_board_is_read_with_few_questions(
    client: Client,
    number: str,
    item: EffectiveItem,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    board(client, item)
    with django_assert_max_num_queries(4):
        board(client, item)
