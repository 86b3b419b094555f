"""A rulebook to break: a copy of the real one in a temporary folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jingban.core.paths import rulebook_root
from jingban.rulebook import cache
from jingban.rulebook.book import Rulebook
from jingban.rulebook.digest import look_again
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.load import load
from jingban.rulebook.merge import effective_all

CARD = """\
region: yunxi
name: 云溪市
full_name: 云溪市医疗保障局
admin_code: "999900"
province: "99"
source: {title: 虚构的办事指南}
bodies:
  bureau: {name: 云溪市医保中心}
offices:
  hall: {name: 大厅, address: 云溪路1号, phones: ["000-0000"]}
contacts:
  head: {name: 某某, title: 主任, phones: ["000-2222"]}
online:
  site: {name: 云溪网厅, url: "https://example.invalid/"}
supervision: {phone: "000-1111", contact: head}
"""
TRANSFER = """\
item: transfer
tier: agency
number: 1
position: 1
name: 医保转移
process: standard
accepted_by: [bureau]
offices: [hall]
contacts: [head]
channels: [window, online]
online: [{at: site, text: 填写申请}]
limit: {working_days: 3}
documents: [result-notice]
legal_basis:
  - {law: handling-regulation, articles: ["16"]}
materials:
  - {use: yunxi-form, name: 《云溪市申请表》}
  - {use: id-or-card, for_whom: employee, unless: direction-out}
procedure:
  steps:
    review: {name: 复核, do: {return: null}}
corrections:
  - {field: materials, printed: 《云西市申请表》, corrected: 《云溪市申请表》, reason: 溪误作西}
"""
SILENT = """\
item: maternity-allowance
tier: agency
number: 2
position: 2
name: 生育津贴
"""


def _invent_a_region(folder: Path) -> None:
    """Its own material, procedure, limit and order; one entry about which the guide says nothing."""
    (folder / "items").mkdir(parents=True)
    (folder / "region.yaml").write_text(CARD, "utf-8")
    (folder / "materials.yaml").write_text("yunxi-form: {name: 《云溪市申请书》, kind: form}\n", "utf-8")
    (folder / "items" / "transfer.yaml").write_text(TRANSFER, "utf-8")
    (folder / "items" / "maternity-allowance.yaml").write_text(SILENT, "utf-8")


@pytest.fixture(scope="session")
def real() -> Rulebook:
    return load(rulebook_root())


@pytest.fixture(scope="session")
def entries(real: Rulebook) -> dict[str, EffectiveItem]:
    """The real rulebook's entries by region/item."""
    return {f"{i.region}/{i.item}": i for i in effective_all(real)}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The real rulebook and an invented sixth region; commands and the cache use the copy."""
    target = tmp_path / "rulebook"
    shutil.copytree(rulebook_root(), target)
    _invent_a_region(target / "regions" / "yunxi")
    monkeypatch.setenv("JINGBAN_RULEBOOK", str(target))
    monkeypatch.setenv("JINGBAN_CACHE", str(tmp_path / "cache"))
    cache.forget()
    yield target
    cache.forget()


@pytest.fixture
def edit(copy: Path) -> Callable[[str, str, str], None]:
    """Replace a text in a file of the copy; the text must be there."""

    def change(name: str, old: str, new: str) -> None:
        path = copy / name
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), "utf-8")
        look_again()

    return change
