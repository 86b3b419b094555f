"""Every fault of the files is told with file, line and advice; all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jingban.core.paths import rulebook_root
from jingban.rulebook.check import check
from jingban.rulebook.errors import RulebookBroken
from jingban.rulebook.load import load, read

Edit = Callable[[str, str, str], None]
ENTRY = "regions/yunxi/items/transfer.yaml"
CARD = "regions/yunxi/region.yaml"
STANDARD = "national/processes/standard.yaml"
TRANSFER = "national/items/transfer.yaml"


def told(root: Path) -> list[str]:
    return [str(e) for e in read(root)[1]]


def test_the_real_rulebook_is_sound() -> None:
    report = check(rulebook_root())
    assert [str(e) for e in report.errors] == []
    assert len(report.items) == 133


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (ENTRY, "use: id-or-card", "use: id-or-crad", "没有材料 id-or-crad。是否指 id-or-card"),
        (ENTRY, "for_whom: employee", "for_whom: employe", "没有情形 employe。是否指 employee"),
        (
            ENTRY,
            "unless: direction-out",
            "unless: direction-outt",
            "没有情形 direction-outt。是否指 direction-out",
        ),
        (
            ENTRY,
            "offices: [hall]",
            "offices: [hal]",
            "没有办公地点（region.yaml 的 offices） hal。是否指 hall",
        ),
        (ENTRY, "accepted_by: [bureau]", "accepted_by: [buro]", "没有机构（region.yaml 的 bodies） buro"),
        (
            ENTRY,
            "contacts: [head]",
            "contacts: [heads]",
            "没有联系人（region.yaml 的 contacts） heads。是否指 head",
        ),
        (ENTRY, "at: site", "at: side", "没有网上入口（region.yaml 的 online） side。是否指 site"),
        (ENTRY, "channels: [window, ", "channels: [windows, ", "没有渠道 windows。是否指 window"),
        (ENTRY, "process: standard", "process: standart", "没有办理程序 standart。是否指 standard"),
        (
            ENTRY,
            "documents: [result-notice]",
            "documents: [result-notise]",
            "没有文书 result-notise。是否指 result-notice",
        ),
        (ENTRY, "law: handling-regulation", "law: handling", "没有法规 handling"),
        (ENTRY, "position: 1", 'position: "1"', "position：应为整数"),
        (ENTRY, "name: 医保转移", "name: 20230101", "20230101 应为文字。请加引号"),
        (ENTRY, "name: 医保转移", "name: true", "True 应为文字。请加引号"),
        (ENTRY, 'articles: ["16"]', "articles: [16]", "16 应为文字。请加引号"),
        (ENTRY, "tier: agency", "tier: county", "不能写“county”。只能是 'agency'、'grassroots'"),
        (ENTRY, "tier: agency", "tier: agency\nlimits: {}", "limits：不认识这个键。是否指 limit"),
        (
            ENTRY,
            "limit: {working_days: 3}",
            "limit: {workdays: 3}",
            "workdays：不认识这个键。是否指 working_days",
        ),
        (ENTRY, "limit: {working_days: 3}", "limit: {working_days: -3}", "-3 超出范围。应不小于0"),
        (ENTRY, "tier: agency", "tier: agency\ntier: agency", "键“tier”重复"),
        (ENTRY, "item: transfer", "item: transfers", "item 写作“transfers”，文件名是“transfer”"),
        (ENTRY, "    review: {name: 复核, do", "    revue: {do", "没有环节 revue。是否指 review"),
        (ENTRY, "do: {return: null}", "do: {return: null, pass: {name: 过}}", "pass.to：缺少这一项"),
        (CARD, "contact: head", "contact: hed", "没有联系人 hed。是否指 head"),
        (CARD, 'admin_code: "999900"', "admin_code: 999900", "999900 应为文字。请加引号"),
        (CARD, "region: yunxi", "region: yunx", "region 写作“yunx”，文件夹名是“yunxi”"),
        (
            TRANSFER,
            "effect: registry.transfer_in",
            "effect: registry.transfer",
            "没有效果 registry.transfer。是否指 registry.transfer",
        ),
        (
            TRANSFER,
            "law: transfer-measures, article:",
            "law: transfer-rules, article:",
            "没有法规 transfer-rules",
        ),
        (
            TRANSFER,
            "{contact-letter: transfer-out}",
            "{letter: transfer-out}",
            "程序 transfer-out 不由信息 letter 启动",
        ),
        (STANDARD, "document: result-notice", "document: result-notise", "没有文书 result-notise。是否指"),
        (STANDARD, "  extend: {where: ", "  extent: {where: ", "没有共用行为 extent。是否指 extend"),
        (
            STANDARD,
            "name: 受理, to: review,",
            "name: 受理, too: review,",
            "steps.accept.do.accept.to：缺少这一项",
        ),
        ("national/roles.yaml", "staff: false}", 'staff: "no"}', "应为 true 或 false"),
    ],
)
def test_a_fault_is_named_with_advice(
    edit: Edit, copy: Path, name: str, old: str, new: str, expected: str
) -> None:
    line = (copy / name).read_text("utf-8").split(old)[0].count("\n") + 1
    edit(name, old, new)
    found = told(copy)
    matching = [text for text in found if expected in text and text.startswith(f"{name}:")]
    assert matching, found
    at = int(matching[0].split(":")[1].split("：")[0])
    assert abs(at - line) <= 3  # a missing key stands at its record, a key written twice at the second place


def test_all_faults_are_told_at_once(edit: Edit, copy: Path) -> None:
    edit(ENTRY, "use: id-or-card", "use: nothing")
    edit(CARD, "region: yunxi", "region: yunx")
    edit("national/channels.yaml", "{name: 电话}", "{title: 电话}")
    with pytest.raises(RulebookBroken) as caught:
        load(copy)
    files = {p.file for p in caught.value.problems}
    assert {ENTRY, CARD, "national/channels.yaml"} <= files


def test_a_region_needs_its_card(copy: Path) -> None:
    (copy / "regions" / "nowhere").mkdir()
    assert any("没有 region.yaml" in text for text in told(copy))


def test_a_stray_file_is_told(copy: Path) -> None:
    (copy / "national/items/transfer.yml").write_text("item: transfer\n", "utf-8")
    assert any("只放 .yaml 文件" in text for text in told(copy))


def test_a_missing_national_file_is_told(copy: Path) -> None:
    (copy / "national/laws.yaml").unlink()
    assert any(text.startswith("national/laws.yaml:1：缺少这个文件") for text in told(copy))


def test_a_correction_must_have_been_made(edit: Edit, copy: Path) -> None:
    edit(ENTRY, "name: 《云溪市申请表》", "name: 《云西市申请表》")
    assert any("误写“《云西市申请表》”仍在正文中" in text for text in told(copy))


def test_gaps_in_the_order_are_told(edit: Edit, copy: Path) -> None:
    edit(ENTRY, "position: 1", "position: 9")
    found = [str(e) for e in check(copy).errors]
    assert any("顺序应从1连续编排" in text for text in found), found


def test_structure_faults_are_told(edit: Edit, copy: Path) -> None:
    edit(STANDARD, "    by: reviewer", "    by: nobody")
    assert any("nobody" in str(e) for e in check(copy).errors)


def test_an_unknown_limit_is_told(edit: Edit, copy: Path) -> None:
    edit(STANDARD, "limit: supplement-days", "limit: supplement-day")
    assert any("supplement-day " in str(e) for e in check(copy).errors)


def test_a_live_effect_must_be_registered(edit: Edit, copy: Path) -> None:
    edit("national/effects.yaml", "family: registry}", "family: registry}\nx.y: {title: 甲, status: live}")
    assert any("标为 live" in str(e) for e in check(copy).errors)
