"""``jingban rulebook`` as an officer meets it: texts, JSON and exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jingban.cli import main

Edit = Callable[[str, str, str], None]
NAMED = {
    "region",
    "tier",
    "position",
    "number",
    "item",
    "name",
    "code",
    "main_item",
    "applicants",
    "accepted_by",
    "channels",
    "steps",
    "materials",
    "limit",
    "segments",
    "documents",
    "legal_basis",
    "address",
    "phones",
    "contacts",
    "supervision_phone",
    "evaluation_channels",
    "query_channels",
    "online",
    "fee",
    "conditions",
    "exclusions",
    "remarks",
    "corrections",
}


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", *words], catch_exceptions=False)


@pytest.fixture(scope="module")
def exported() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("export", "--json").output)
    return found


def one(exported: list[dict[str, Any]], region: str, item: str) -> dict[str, Any]:
    return next(e for e in exported if (e["region"], e["item"]) == (region, item))


def test_check_says_yes_and_lists_the_findings() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "133个事项，没有错误" in result.output
    assert "超出法定" in result.output


def test_check_as_json_for_one_region() -> None:
    data = json.loads(run("check", "--json", "--region", "luanzhou").output)
    assert data["ok"]
    assert data["entries"] == 20
    assert data["errors"] == []
    assert {f["region"] for f in data["findings"]} == {"luanzhou"}


def test_a_broken_rulebook(copy: Path, edit: Edit) -> None:
    edit("regions/yunxi/items/transfer.yaml", "use: id-or-card", "use: id-ani")
    result = run("check")
    assert result.exit_code == 1
    assert "regions/yunxi/items/transfer.yaml:" in result.output
    assert "没有材料 id-ani" in result.output
    assert json.loads(run("check", "--json").output)["errors"][0]["file"].endswith("transfer.yaml")
    for command in (("export", "--json"), ("show", "xingtai", "transfer"), ("diff", "xingtai", "puyang")):
        result = run(*command)
        assert result.exit_code == 1
        assert "没有材料 id-ani" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--region", "xingtay"), "是否指 xingtai"),
        (("export", "--json", "--region", "xingtay"), "是否指 xingtai"),
        (("show", "xingtay", "transfer"), "是否指 xingtai"),
        (("show", "xingtai", "transfr"), "是否指 transfer"),
        (("diff", "xingtai", "puyan"), "是否指 puyang"),
        (("diff", "xingtai", "puyang", "--item", "transfr"), "是否指 transfer"),
        (("export",), "请加 --json"),
    ],
)
def test_unknown_names(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_export_has_every_entry_and_field(exported: list[dict[str, Any]]) -> None:
    assert len(exported) == 133
    for entry in exported:
        assert set(entry) >= NAMED, entry["item"]
        assert entry["steps"]
        assert all(set(s) == {"key", "name", "by", "at", "text"} for s in entry["steps"])
        for material in entry["materials"]:
            assert {"name", "for_whom", "when", "note"} <= set(material)
        assert "working_days" in entry["limit"]
    for region in {e["region"] for e in exported}:
        for tier in ("agency", "grassroots"):
            places = [e["position"] for e in exported if (e["region"], e["tier"]) == (region, tier)]
            assert places == list(range(1, len(places) + 1))


@pytest.mark.parametrize(
    ("region", "item", "field", "value"),
    [
        ("qinhuangdao", "transfer", "code", "132036003002"),
        (
            "qinhuangdao",
            "unit-enrolment",
            "main_item",
            {"name": "基本医疗保险参保和变更登记", "code": "13203600100Y"},
        ),
        ("qinhuangdao", "transfer", "supervision", "市县区监督电话"),
        ("bazhou", "unit-enrolment", "supervision_phone", "0316-5660125"),
        ("bazhou", "transfer", "phones", ["0316-7273452"]),
        ("xingtai", "transfer", "address", "邢台市信都区八一大街236号（市医保局）"),
        ("xingtai", "transfer", "phones", ["0319-3690210"]),
        ("puyang", "transfer", "address", None),
    ],
)
def test_facts_of_the_guides(
    exported: list[dict[str, Any]], region: str, item: str, field: str, value: object
) -> None:
    assert one(exported, region, item)[field] == value


@pytest.mark.parametrize(
    ("region", "item", "days"),
    [
        ("bazhou", "unit-enrolment", 5),
        ("qinhuangdao", "unit-enrolment", 0),
        ("xingtai", "unit-enrolment", None),
        ("xingtai", "maternity-allowance", 20),
        ("bazhou", "maternity-allowance", 10),
        ("puyang", "transfer", None),
        ("bazhou", "designate-institution", 90),
        ("qinhuangdao", "designate-institution", None),
        ("luanzhou", "manual-reimbursement", 30),
        ("qinhuangdao", "grassroots-offsite-reimbursement", 30),
        ("qinhuangdao", "grassroots-special-disease", 20),
        ("bazhou", "report-reward", 5),
    ],
)
def test_printed_limits(exported: list[dict[str, Any]], region: str, item: str, days: int | None) -> None:
    assert one(exported, region, item)["limit"]["working_days"] == days


def test_steps_run_from_application_to_end(exported: list[dict[str, Any]]) -> None:
    assert [s["name"] for s in one(exported, "puyang", "unit-enrolment")["steps"]] == [
        "申请",
        "受理",
        "审核",
        "办结",
    ]
    assert one(exported, "xingtai", "unit-enrolment")["steps"][0]["name"] == "资料申报"
    assert one(exported, "xingtai", "provider-settlement")["steps"][0]["key"] != "application"


def test_diff_shows_what_one_asks_more() -> None:
    data = json.loads(run("diff", "xingtai", "luanzhou", "--item", "maternity-allowance", "--json").output)
    assert len(data) == 1
    assert any("出生医学证明" in name for name in data[0]["xingtai"]["materials"])
    assert "病历资料" in data[0]["luanzhou"]["materials"]
    limits = json.loads(run("diff", "xingtai", "bazhou", "--item", "maternity-allowance", "--json").output)
    assert limits[0]["shorter"] == "bazhou"
    assert "各自多出的要求" in run("diff", "xingtai", "bazhou").output


def test_diff_of_a_region_with_itself_is_empty() -> None:
    for one_item in json.loads(run("diff", "puyang", "puyang", "--json").output):
        assert one_item["puyang"]["materials"] == []
        assert one_item["puyang"]["limit"] is None


def test_show_reads_like_the_guide() -> None:
    text = run("show", "qinhuangdao", "transfer").output
    for said in (
        "秦皇岛市医疗保障局",
        "132036003002",
        "20个工作日",
        "法定15个工作日",
        "《参保凭证》",
        "办理流程",
    ):
        assert said in text
    assert json.loads(run("show", "qinhuangdao", "transfer", "--json").output)["item"] == "transfer"


def test_no_region_is_named_in_the_code() -> None:
    source = Path(__file__).resolve().parents[2] / "src" / "jingban"
    regions = ("xingtai", "puyang", "bazhou", "luanzhou", "qinhuangdao")
    for path in source.rglob("*.py"):
        text = path.read_text("utf-8").lower()
        assert not [r for r in regions if r in text], path


def test_a_procedure_goes_out_as_bpmn_and_comes_back(tmp_path: Path) -> None:
    drawn = tmp_path / "transfer.bpmn"
    drawn.write_text(run("bpmn", "luanzhou", "transfer").output, encoding="utf-8")
    back = run("from-bpmn", str(drawn))
    assert back.exit_code == 0
    assert "process: transfer-tracks" in back.output
    assert "检查：" not in back.output


def test_what_is_no_diagram_of_ours_is_refused(tmp_path: Path) -> None:
    strange = tmp_path / "strange.bpmn"
    strange.write_text("<x/>", encoding="utf-8")
    refused = run("from-bpmn", str(strange))
    assert refused.exit_code == 2
    assert "不是BPMN" in refused.output
