"""YAML 1.2, parameters, the rulebook's place, the command group."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from jingban.core import localtime, paths
from jingban.core.commandline import LazyGroup
from jingban.core.errors import DomainError
from jingban.core.parameters import NotInForce, Parameter, ParameterBroken, load_file, load_parameters

GOOD = """
parameter: days
description: 补正期限
unit: working_days
checked_on: "2026-01-15"
values:
  "2020-01-01": {value: "5", reference: {title: 行政许可法, article: 第三十二条}, status: statutory}
  "2024-01-01": {value: "0.85", reference: {title: 某办法}, status: verified}
  "2025-01-01": null
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "days.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_parameter_has_its_value_day_by_day(tmp_path: Path) -> None:
    found = load_parameters(write(tmp_path, GOOD).parent)["days"]
    assert isinstance(found, Parameter)
    with pytest.raises(NotInForce, match="days.*补正期限.*2019-12-31"):
        found.at(date(2019, 12, 31))
    assert found.at(date(2020, 1, 1)) == Decimal(5)
    assert found.at(date(2023, 12, 31)) == Decimal(5)
    assert found.status_at(date(2023, 12, 31)) == "statutory"
    assert found.at(date(2024, 1, 1)) == Decimal("0.85")
    assert found.status_at(date(2024, 12, 31)) == "verified"
    with pytest.raises(NotInForce):
        found.at(date(2025, 1, 1))


def test_a_parameter_may_be_a_wording(tmp_path: Path) -> None:
    text = GOOD.replace("unit: working_days", "unit: time").replace('"0.85"', '"17:30"')
    (found,) = load_file(write(tmp_path, text)).values()
    assert found.text_at(date(2024, 1, 1)) == "17:30"
    with pytest.raises(TypeError):
        found.at(date(2024, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (", reference: {title: 某办法}", "", "reference：缺少这一项"),
        ("parameter: days", "parameter: tage", "请让文件名与 parameter 一致"),
        ('"0.85"', "0.85", "数值请加引号"),
        ('"0.85"', '"许多"', "不是数值"),
        ("unit:", "units:", "不认识这个键"),
        ("status: verified", "status: 大概", "status：只能是"),
        ("value:", "价值:", "value：缺少这一项"),
        ('"2026-01-15"', "昨天", "checked_on：应是日期"),
        ("2020-01-01", "2020-02-30", "应是日期"),
    ],
)
def test_a_faulty_parameter_file_says_where(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ParameterBroken, match=words) as caught:
        load_file(write(tmp_path, GOOD.replace(old, new, 1)))
    assert "days.yaml" in caught.value.message


def test_every_parameter_of_the_rulebook_loads() -> None:
    load_parameters(paths.rulebook_root() / "national" / "parameters")


def test_the_rulebook_is_found_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.ENVIRONMENT, raising=False)
    monkeypatch.setattr(paths, "_from_settings", lambda: None)
    assert (paths.rulebook_root() / "national").is_dir()
    monkeypatch.setenv(paths.ENVIRONMENT, str(tmp_path))
    with pytest.raises(paths.RulebookNotFound, match="没有 national 文件夹"):
        paths.rulebook_root()
    (tmp_path / "national").mkdir()
    assert paths.rulebook_root() == tmp_path
    monkeypatch.setattr(paths, "_from_settings", lambda: str(tmp_path / "other"))
    with pytest.raises(paths.RulebookNotFound):
        paths.rulebook_root()


def test_the_day_in_china() -> None:
    assert localtime.local_day(datetime(2026, 2, 12, 16, 0, tzinfo=UTC)) == date(2026, 2, 13)
    assert localtime.local_day(datetime(2026, 2, 12, 15, 59, tzinfo=UTC)) == date(2026, 2, 12)
    with pytest.raises(ValueError, match="naive"):
        localtime.local_day(datetime(2026, 2, 12))


def test_a_lazy_group_imports_on_use_only() -> None:
    group = LazyGroup(
        name="x", lazy={"workdays": "jingban.workdays.commands:workdays", "gone": "no.such:thing"}
    )
    context = click.Context(group)
    assert group.list_commands(context) == ["gone", "workdays"]
    assert group.get_command(context, "other") is None
    assert CliRunner().invoke(group, ["workdays", "due", "2026-02-12", "5"]).output == "2026-02-26\n"
    group.lazy["bad"] = "jingban.core.errors:DomainError"
    with pytest.raises(TypeError):
        group.get_command(context, "bad")


def test_errors_carry_data_beside_their_text() -> None:
    error = DomainError("不行。", step="accept")
    assert (error.code, error.message, error.details) == ("domain_error", "不行。", {"step": "accept"})
