"""Overlay by key, what is filled in, and a hash that says the content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from jingban.rulebook.book import Rulebook
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.errors import UnknownEntry
from jingban.rulebook.load import load
from jingban.rulebook.merge import effective, effective_all
from jingban.rulebook.overlay import overlay

Edit = Callable[[str, str, str], None]
Entries = dict[str, EffectiveItem]


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": None}}, {"a": {"y": 2}}),
        ({"a": [1, 2, 3]}, {"a": [4]}, {"a": [4]}),
        ({"a": {"x": 1}}, {"a": None}, {}),
        ({}, {"a": {"x": None, "y": 1}}, {"a": {"y": 1}}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_overlay(base: dict[str, object], over: dict[str, object], merged: dict[str, object]) -> None:
    before = repr(base)
    assert overlay(base, over) == merged
    assert repr(base) == before


def test_every_entry_of_the_five_guides(entries: Entries) -> None:
    counted = Counter((e.region, e.tier) for e in entries.values())
    assert counted == {
        ("xingtai", "agency"): 21,
        ("puyang", "agency"): 28,
        ("bazhou", "agency"): 29,
        ("luanzhou", "agency"): 20,
        ("qinhuangdao", "agency"): 25,
        ("qinhuangdao", "grassroots"): 10,
    }


def test_guide_order(real: Rulebook) -> None:
    places = [(e.region, e.tier, e.position) for e in effective_all(real)]
    assert places == sorted(places)


def test_a_region_changes_the_wording_of_its_steps(entries: Entries) -> None:
    steps = entries["xingtai/transfer"].process.steps
    assert "财务部门" in (steps["refund"].text or "")
    assert "结算部门" in (entries["luanzhou/transfer"].process.steps["refund"].text or "")


def test_common_acts_are_written_out_with_their_end(entries: Entries) -> None:
    process = entries["puyang/unit-enrolment"].process
    assert process.common["withdraw"].name == "撤回申请"
    assert process.common["withdraw"].where
    assert process.ends["withdrawn"].outcome == "withdrawn"


def test_what_the_guide_does_not_print_is_filled_in_and_marked(entries: Entries) -> None:
    item = entries["puyang/maternity-allowance"]
    assert item.limit is None
    assert item.promise is not None
    assert item.promise.working_days == 10
    assert {"limit", "code"} <= set(item.defaults)
    assert item.code == "412036007004"
    assert entries["bazhou/transfer"].process.steps
    assert "steps" in entries["bazhou/transfer"].defaults
    assert "code" not in entries["qinhuangdao/transfer"].defaults


def test_a_limit_for_a_part_is_no_promise_for_the_whole(entries: Entries) -> None:
    item = entries["bazhou/report-reward"]
    assert item.limit is not None
    assert item.limit.working_days == 5
    assert item.limit.for_ == "受理决定"
    assert item.promise is None


def test_segments_go_to_the_clocks_of_the_procedure(entries: Entries) -> None:
    item = entries["qinhuangdao/transfer"]
    assert [s.working_days for s in item.segments] == [5, 10, 5]
    assert [limit.working_days for limit in item.clocks.values()] == [5, 10, 5]
    assert list(item.clocks) == list(item.process.clocks)


def test_a_material_knows_its_words(entries: Entries) -> None:
    item = entries["xingtai/account-withdrawal"]
    death = next(m for m in item.materials if m.id == "death-certificate")
    assert (death.for_whom_text, death.when_text) == ("继承人", "因死亡办理")
    either = next(m for m in item.materials if m.id == "id-or-card")
    assert [n.id for n in either.any_of] == ["id-document", "social-security-card"]


def test_the_other_agency_gets_its_own_procedure(entries: Entries) -> None:
    answer = entries["qinhuangdao/transfer"].answers[0]
    assert not isinstance(answer.starts, str)
    assert answer.process == "transfer-out"


def test_a_published_text_reads_back_the_same(entries: Entries) -> None:
    for item in entries.values():
        again = EffectiveItem.model_validate_json(item.canonical()).sealed_with_hash()
        assert again == item
        assert list(again.process.steps) == list(item.process.steps)
        assert again.process.main_path == item.process.main_path


def test_every_main_road_ends(entries: Entries) -> None:
    for item in entries.values():
        assert item.process.main_path[-1] in item.process.ends, item.key


def test_the_hash_is_stable_and_says_the_content(entries: Entries, copy: Path, edit: Edit) -> None:
    same = {i.key: i.hash for i in effective_all(load(copy))}
    assert {key: i.hash for key, i in ((i.key, i) for i in entries.values())}.items() <= same.items()
    edit("regions/yunxi/items/transfer.yaml", "name: 医保转移", "name: 医保转移接续")
    edit("regions/yunxi/region.yaml", "region: yunxi", "# 只改注释\nregion: yunxi")
    changed = {i.key: i.hash for i in effective_all(load(copy))}
    assert {key for key in same if same[key] != changed[key]} == {"yunxi/agency/transfer"}


def test_null_takes_a_default_away(copy: Path, edit: Edit) -> None:
    name = "regions/yunxi/items/maternity-allowance.yaml"
    edit(name, "tier: agency", "tier: agency\nlegal_basis: null")
    item = effective(load(copy), "yunxi", "agency", "maternity-allowance")
    assert item.legal_basis == ()
    assert "legal_basis" not in item.defaults


def test_unknown_entries_get_suggestions(real: Rulebook) -> None:
    with pytest.raises(UnknownEntry, match="是否指 xingtai"):
        effective(real, "xingtan", "agency", "transfer")
    with pytest.raises(UnknownEntry, match="是否指 transfer"):
        effective(real, "xingtai", "agency", "transfers")
    with pytest.raises(UnknownEntry):
        effective(real, "xingtai", "grassroots", "transfer")


def test_a_new_region_is_a_folder(copy: Path) -> None:
    book = load(copy)
    item = effective(book, "yunxi", "agency", "transfer")
    assert item.code == "992036003002"
    assert [m.name for m in item.materials] == ["《云溪市申请表》", "有效身份证件或社保卡"]
    assert item.process.steps["review"].name == "复核"
    assert "return" not in item.process.steps["review"].do
    assert item.limit == item.promise
    assert "limit" not in item.defaults
    assert item.supervision_phone == "000-1111"
    assert item.phones == ("000-0000",)
    silent = effective(book, "yunxi", "agency", "maternity-allowance")
    assert [m.id for m in silent.materials] == ["id-any", "medical-records"]
    assert {"materials", "limit", "code", "main_item", "applicants", "legal_basis"} <= set(silent.defaults)
