"""``jingban walk`` by the command line: the real rulebook, an invented sixth region, a broken procedure."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jingban.core.paths import rulebook_root
from jingban.rulebook.cache import effective_all, effective_item

SHAPE = {
    "region",
    "tier",
    "position",
    "item",
    "paths",
    "ends",
    "edges_total",
    "edges_walked",
    "planned_effects",
    "failures",
    "round",
    "prepared",
    "registers",
    "paid_fen",
    "bounced",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "rulebook"
    shutil.copytree(rulebook_root(), target)
    return target


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all walks of the real rulebook."""
    return tmp_path_factory.mktemp("warm")


def _walk(*arguments: str, rulebook: Path | None = None, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "JINGBAN_", "DATABASE_"))
    }
    environment |= {"JINGBAN_CACHE": str(folder / "cache"), "PYTHONWARNINGS": "ignore"}
    if rulebook is not None:
        environment["JINGBAN_RULEBOOK"] = str(rulebook)
    command = [sys.executable, "-c", "from jingban.cli import main; main()", "walk", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def _entries(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["entries"]  # type: ignore[no-any-return]


def test_one_region_in_one_command(warm: Path) -> None:
    entries = _entries(_walk("--region", "qinhuangdao", "--item", "transfer", "--json", folder=warm))
    (entry,) = entries
    assert set(entry) >= SHAPE
    item = effective_item("qinhuangdao", "agency", "transfer")
    assert (entry["region"], entry["tier"], entry["position"]) == ("qinhuangdao", "agency", item.position)
    assert (
        entry["edges_walked"]
        == entry["edges_total"]
        == sum(len(p.edges) for p in (item.process, *item.answers))
    )
    assert (entry["failures"], entry["paths"] > 2, entry["ends"]) == (
        [],
        True,
        sum(len(p.ends) for p in (item.process, *item.answers)),
    )


@pytest.mark.parametrize("region", sorted({item.region for item in effective_all()}))
def test_every_entry_of_a_region_is_walked(region: str, warm: Path) -> None:
    """Every arrow of every entry, and each effect that is live does something."""
    entries = _entries(_walk("--region", region, "--json", folder=warm))
    assert {(e["tier"], e["item"]) for e in entries} == {
        (item.tier, item.item) for item in effective_all() if item.region == region
    }
    assert all(e["edges_walked"] == e["edges_total"] for e in entries)


def test_a_second_round_goes_on_where_the_first_ended(warm: Path) -> None:
    done = _walk(
        "--region", "qinhuangdao", "--item", "grassroots-offsite-filing", "--again", "--json", folder=warm
    )
    first, second = _entries(done)
    assert (first["round"], second["round"], first["failures"], second["failures"]) == (1, 2, [], [])
    # Filed and paused; then resumed and, after the half year for which it is filed, filed anew or changed.
    assert first["registers"] == [
        {"name": "异地就医备案", "register": "offsitefiling", "made": 2, "changed": 1, "removed": 0}
    ]
    assert second["registers"] != first["registers"]
    assert (len(first["prepared"]), second["prepared"]) == (3, [])
    assert json.loads(done.stdout)["faults"] == []


def test_the_table_is_for_people(warm: Path) -> None:
    done = _walk("--region", "bazhou", "--item", "designate-institution", folder=warm)
    assert done.returncode == 0, done.stderr
    assert "逐项演练" in done.stdout
    assert "1个事项" in done.stdout
    assert "0个有问题" in done.stdout
    assert " — " in done.stdout
    assert "待实现：" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("--region", "atlantis")])
def test_what_cannot_be_walked_is_said(arguments: tuple[str, ...], warm: Path) -> None:
    done = _walk(*arguments, folder=warm)
    assert done.returncode == 2
    assert "错误：" in done.stderr
    assert "Traceback" not in done.stderr


SIXTH = """\
region: {region}
name: 云梦县
full_name: 云梦县医疗保障局
admin_code: "420923"
province: "42"
upper: 孝感市
source: {{title: 云梦县试验指南, file: none.txt}}
tiers:
  county: {{name: 县级经办机构, kind: agency}}
bodies:
  agency: {{name: 医疗保障事务中心}}
offices:
  hall: {{name: 云梦县政务服务中心, address: 云梦县政务服务中心}}
"""
ITEM = """\
item: {item}
tier: agency
number: {position}
position: {position}
name: {name}
applicants: [试验对象]
accepted_by: [agency]
offices: [hall]
"""
ITEMS = {
    "employee-enrolment": "职工参保",
    "outpatient-reimbursement": "门诊报销",
    "transfer": "转移接续",
    "unit-info-change": "单位变更",
    "resident-enrolment": "居民参保",
    "account-withdrawal": "个人账户支取",
    "premium-subsidy": "缴费补贴",
    "settlement-institution": "月度结算",
    "report-reward": "举报奖励",
}


def _sixth(copy: Path) -> None:
    folder = copy / "regions" / "yunmeng"
    (folder / "items").mkdir(parents=True)
    (folder / "region.yaml").write_text(SIXTH.format(region="yunmeng"))
    for position, (item, name) in enumerate(ITEMS.items(), start=1):
        text = ITEM.format(item=item, position=position, name=name)
        if item == "transfer":
            text += "process: transfer-tracks\n"  # whose way inside the province finds no neighbour here
        (folder / "items" / f"{item}.yaml").write_text(text)


def effects_of_item(item: str) -> tuple[str, ...]:
    """The effects of the national entry."""
    return next(e.effects for e in effective_all() if e.item == item)


def test_an_invented_sixth_region_is_a_folder(copy: Path, tmp_path: Path) -> None:
    _sixth(copy)
    entries = _entries(_walk("--region", "yunmeng", "--json", rulebook=copy, folder=tmp_path))
    assert [e["item"] for e in entries] == list(ITEMS)
    for entry in entries:
        assert (entry["failures"], entry["edges_walked"]) == ([], entry["edges_total"])
        changes = any(e.startswith("registry.") for e in effects_of_item(entry["item"]))
        assert bool(entry["registers"]) == changes


def test_a_region_overlays_a_procedure_by_key(copy: Path, tmp_path: Path) -> None:
    _sixth(copy)
    file = copy / "regions" / "yunmeng" / "items" / "employee-enrolment.yaml"
    file.write_text(
        file.read_text()
        + """\
procedure:
  steps:
    review:
      do:
        approve: {to: second, effect: [], document: []}
    second:
      name: 复审
      by: second-reviewer
      not_by: [accept, review]
      do:
        approve: {name: 复审通过, to: granted, effect: item, document: result-notice}
        return: {name: 退回审核, to: review, needs: [reason]}
"""
    )
    (entry,) = _entries(
        _walk("--region", "yunmeng", "--item", "employee-enrolment", "--json", rulebook=copy, folder=tmp_path)
    )
    assert entry["failures"] == []
    assert (
        entry["edges_total"]
        == len(effective_item("bazhou", "agency", "employee-enrolment").process.edges) + 2
    )


def _broken(copy: Path, old: str, new: str) -> None:
    file = copy / "national" / "processes" / "tip-off.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "verified: {name: 查证属实, to: reward,",
            "verified: {name: 查证属实, to: nowhere,",
            "不存在的环节 nowhere",
        ),
        ("needs: [amount, opinion]}", "needs: [amount, blood]}", "不认识的内容 blood"),
        (
            "      register: {name: 登记收到日期, to: accept, starts: acceptance}",
            "      register: {name: 登记收到日期, to: register, starts: acceptance}",
            "绕回自己",
        ),
    ],
    ids=["no such step", "no such need", "circle of the system"],
)
def test_a_broken_procedure_fails_the_walk(copy: Path, tmp_path: Path, old: str, new: str, says: str) -> None:
    _broken(copy, old, new)
    done = _walk("--region", "bazhou", "--item", "report-reward", rulebook=copy, folder=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert says in done.stdout
    assert "1个有问题" in done.stdout


def test_a_broken_file_is_one_clear_complaint(copy: Path, tmp_path: Path) -> None:
    _broken(copy, "process: tip-off\n", "process: tip-off\ncolour: red\n")
    done = _walk("--region", "bazhou", "--item", "report-reward", rulebook=copy, folder=tmp_path)
    assert done.returncode == 2, done.stdout
    assert "tip-off.yaml" in done.stderr
    assert "Traceback" not in done.stderr
