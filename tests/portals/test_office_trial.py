"""参数试算 in the back office: who may, what a changed figure does to whom, few people folded, and a file of it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from jingban.access.models import Grant, User
from jingban.audit.models import Entry
from jingban.benefits import service as benefits
from jingban.benefits.models import Decision
from jingban.benefits.whatif.folding import folded
from jingban.benefits.whatif.trial import Group, Trial
from jingban.core.parameters import DatedValue, Parameter, Reference
from jingban.portals.office import figureform, trial
from tests.benefits import factories as make
from tests.benefits.test_whatif import draft
from tests.houses import House
from tests.portals.conftest import NOW, signed_in

pytestmark = pytest.mark.live_effects
PAGE = "/office/trial/"
RATIO = "employee-outpatient.ratio-2"


@pytest.fixture
def decided(house: House) -> list[Decision]:
    """Six persons with a visit to a hospital of the second level each."""
    for n in range(1, 7):
        make.insured(n)
    return [make.decided(house, make.bill(f"{900 + n}.00", f"{n:010d}"), n) for n in range(1, 7)]


def officer(role: str, region: str = make.REGION, office: str = "") -> Client:
    user = User.objects.create_user(f"{role}-{region}-{office}", name=role)
    Grant.objects.create(user=user, region=region, role=role, office=office, start_on="2026-01-01")
    return signed_in(user)


def asked(client: Client, status: int = 200, **said: Any) -> str:
    answer = client.post(PAGE, {"year": "2026", **said})
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def heard(kind: str) -> list[str]:
    found = Entry.objects.using("audit").filter(kind=kind).order_by("id")
    return list(found.values_list("detail", flat=True))


def test_the_head_and_the_administrator_of_the_region_may(house: House) -> None:
    for role in ("head", "administrator"):
        assert officer(role).get(PAGE).status_code == 200
    informatics = officer("informatics")
    assert 'href="/office/trial/' not in informatics.get("/office/").content.decode()
    assert informatics.get(PAGE).status_code == 403
    assert officer("head", office="somewhere").get(PAGE).status_code == 403
    assert officer("head", region="xingtai").get(f"{PAGE}?region={make.REGION}").status_code == 403
    assert officer("reviewer").post(PAGE, {"region": make.REGION}).status_code == 403
    assert officer("window").post(f"{PAGE}table/", {"region": make.REGION}).status_code == 403
    assert any("参数试算" in said for said in heard("refused"))


def test_a_table_of_figures_is_shown_by_name_with_what_is_an_example(house: House) -> None:
    shown = officer("head").get(PAGE, {"table": "resident-inpatient"}).content.decode()
    assert "三级医院住院支付比例" in shown
    assert "65%" in shown
    assert "▲ 示例值" in shown
    assert "还没有核定的报销" in shown


def test_tables_are_changed_together_and_what_is_typed_stays(decided: list[Decision]) -> None:
    client = officer("head")
    other = "resident-inpatient.ratio-3"
    refused = asked(client, 422, **{RATIO: "50", other: "0.6"})
    for key, typed in ((RATIO, "50"), (other, "0.6")):
        assert f'id="{key}" name="{key}" class="form-control' in refused
        assert re.search(rf'id="{re.escape(key)}"[^>]* value="{typed}"', refused)
    assert refused.count('<details class="my-2" open>') == 2
    shown = asked(client, **{RATIO: "50", other: "60"})
    assert "二级医院门诊支付比例" in shown
    assert "三级医院住院支付比例" in shown
    assert "6人减少" in shown


def test_who_gains_who_loses_and_what_it_costs(decided: list[Decision]) -> None:
    before = list(Decision.objects.order_by("pk").values())
    shown = asked(officer("head"), **{RATIO: "50"})
    assert "6人减少" in shown
    assert "0人增加" in shown
    assert "基金全年少付" in shown
    for word in (
        "险种",
        "人员类别",
        "医疗机构级别",
        "年龄",
        "救助对象",
        "职工医保统筹基金",
        "示例值",
        "2026年度6张单据",
    ):
        assert word in shown
    assert list(Decision.objects.order_by("pk").values()) == before, "nothing of the house is changed"
    assert heard("read") == ["参数试算：2026年度6张报销单据，代号代替本人"]


def test_the_result_is_exported_as_it_was_shown(decided: list[Decision]) -> None:
    client = officer("administrator")
    shown = asked(client, **{RATIO: "50"})
    result = re.search(r'name="result" value="([^"]+)"', shown)
    assert result
    answer = client.post(f"{PAGE}table/", {"region": make.REGION, "result": result[1]})
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    assert book.sheet_names == ["谁多得谁少得", "基金", "参数改动", "说明"]
    head, whole, *_ = book.get_sheet_by_name("谁多得谁少得").to_python()
    told = dict(zip(head, whole, strict=True))
    now = sum(one.fund_fen for one in decided)
    assert (told["人数"], told["减少的人数"]) == (6, 6)
    assert told["现行支付（元）"] == float(Decimal(now).scaleb(-2))
    assert told["增减（元）"] < 0
    assert heard("read")[1:] == ["导出2026年度参数试算结果"]
    other = officer("head", region="xingtai")
    refused = other.post(f"{PAGE}table/", {"region": "xingtai", "result": result[1]})
    assert refused.status_code == 302
    assert client.post(f"{PAGE}table/", {"region": make.REGION, "result": "x" + result[1]}).status_code == 302


def test_a_changed_parameter_file_is_tried_too(decided: list[Decision], tmp_path: Path) -> None:
    client = officer("head")
    path = draft(tmp_path, {"ratio-2": ("ratio", {"2027-01-01": "0.99"})}, "employee-outpatient")
    shown = asked(client, file=SimpleUploadedFile(path.name, path.read_bytes()))
    assert "6人增加" in shown
    assert "基金全年多付" in shown
    wrong = SimpleUploadedFile("other.yaml", path.read_bytes())
    assert "参数文件other.yaml里写的是" in asked(client, 422, file=wrong)
    assert "只能选一种" in asked(
        client, 422, file=SimpleUploadedFile(path.name, path.read_bytes()), **{RATIO: "50"}
    )
    assert "结尾" in asked(client, 422, file=SimpleUploadedFile("x.xlsx", b"PK"))


def test_what_cannot_be_tried_is_said(decided: list[Decision], monkeypatch: pytest.MonkeyPatch) -> None:
    client = officer("head")
    assert "还没有填写试算值" in asked(client, 422)
    assert "请按百分数填写" in asked(client, 422, **{RATIO: "0.5"})
    assert "没有不同" in asked(client, 422, **{RATIO: "60"})
    with trial._busy:
        assert "另一次试算正在进行" in asked(client, 422, **{RATIO: "50"})
    with monkeypatch.context() as patched:
        patched.setattr(trial, "MOST", 5)
        told = asked(client, 422, **{RATIO: "50"})
    assert "jingban benefit what-if --parameters 文件 --year 2026 --region puyang" in told
    Decision.objects.filter(pk__in=[one.pk for one in decided[:2]]).update(undone_at=NOW)
    assert "只有不足5人" in asked(client, 422, **{RATIO: "50"})


def test_without_the_packages_it_says_what_to_install(
    decided: list[Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    client = officer("head")
    monkeypatch.setattr(trial.trials, "is_installed", lambda: False)
    assert "make env-analysis" in client.get(PAGE).content.decode()
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert "make env-analysis" in asked(client, 422, **{RATIO: "50"})


def grouped(*persons: int) -> list[Group]:
    return [Group("status", f"s{n}", persons=count, after=count) for n, count in enumerate(persons)]


@pytest.mark.parametrize(
    ("persons", "shown"),
    [
        ((10, 20), [10, 20]),
        ((10, 4, 20), [20, 14]),
        ((1, 2, 3), []),
        ((3, 3, 9, 30), [30, 15]),
    ],
)
def test_small_groups_are_folded_with_the_smallest_of_the_others(
    persons: tuple[int, ...], shown: list[int]
) -> None:
    assert [group.persons for group in folded(grouped(*persons))] == shown


def test_few_who_gain_or_lose_are_not_told() -> None:
    found = Trial(2026, (make.REGION,), [], [])
    found.whole = Group(
        "all", "", persons=30, claims=40, after=700, gaining=2, losing=9, gained=900, lost=-200
    )
    (row, *_), *_ = (sheet.rows for sheet in benefits.trials.sheets(found))
    assert row[-4:] == ["不足5", 9, "—", "—"]
    assert "不足5人增加，9人减少" in " ".join(benefits.trials.said(found))
    found.whole.gaining = 5
    (row, *_), *_ = (sheet.rows for sheet in benefits.trials.sheets(found))
    assert row[-4:] == [5, 9, Decimal("9.00"), Decimal("-2.00")]


FIGURE = Parameter(
    parameter="t.a",
    description="某项标准",
    unit="ratio",
    checked_on=date(2026, 1, 1),
    values={date(2021, 1, 1): DatedValue(value="0.60", reference=Reference(title="x"), status="verified")},
)


@pytest.mark.parametrize(
    ("unit", "typed", "value", "fault"),
    [
        ("ratio", "70", "0.7", ""),
        ("ratio", "70.5％", "0.705", ""),
        ("ratio", "0.7%", "0.007", ""),
        ("ratio", "0", "0", ""),
        ("ratio", "0.7", "", "百分数"),
        ("ratio", "101", "", "百分数"),
        ("yuan", "1,200.5", "1200.50", ""),
        ("yuan", "-1", "", "小于零"),
        ("yuan", "多", "", "不是金额"),
        ("points", "10", "10", ""),
        ("points", "十", "", "数字"),
    ],
)
def test_a_typed_figure(unit: str, typed: str, value: str, fault: str) -> None:
    figure = FIGURE.model_copy(update={"unit": unit})
    (table,) = figureform.tables({"t.a": figure}, {"t": "甲"}, date(2026, 1, 1), {"t.a": typed}, "")
    (row,) = table.rows
    assert row.value == value
    assert fault in row.fault
    assert bool(row.fault) == bool(fault)
