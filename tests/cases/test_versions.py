"""A case keeps the version it began with, for ever, whatever is edited later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jingban.cases.models import Case
from jingban.cases.verify import case_faults
from jingban.core.paths import rulebook_root
from jingban.rulebook import cache, publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem
from tests.houses import STANDARD, House


def _item(root: Path | None = None) -> EffectiveItem:
    return effective_item(*STANDARD, root=root)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    target = tmp_path / "rulebook"
    shutil.copytree(rulebook_root(), target)
    monkeypatch.setenv("JINGBAN_CACHE", str(tmp_path / "cache"))
    return target


def _edit(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    text = file.read_text()
    assert text.count(old) == 1, (path, text.count(old))
    file.write_text(text.replace(old, new))
    cache.forget()


@pytest.mark.django_db
def test_publishing_freezes_the_whole_entry(house: House) -> None:
    version, item = house.version(), _item()
    assert version.item == item
    assert version.item.process.edges == item.process.edges
    assert PublishedItem.objects.get(pk=version.id).hash == version.hash
    assert {"supplement-days", "office-closes-at"} <= set(version.parameters)


def test_publishing_the_same_twice_changes_nothing(house: House) -> None:
    version = house.version()
    assert publish.publish([_item()], now=house.now) == []
    assert PublishedItem.objects.count() == 1
    assert publish.current(*STANDARD) == PublishedItem.objects.get(pk=version.id)
    assert publish.current("nowhere", "agency", "nothing") is None


def test_an_edited_rulebook_makes_a_new_version_and_running_cases_keep_theirs(
    house: House, copy: Path
) -> None:
    view = house.act(house.apply(), "notify")
    _edit(copy, "national/processes/standard.yaml", "    name: 补正\n", "    name: 补齐材料\n")
    _edit(copy, "national/parameters/supplement-days.yaml", 'value: "15"', 'value: "3"')
    (new,) = publish.publish([_item(copy)], now=house.now, root=copy)
    assert new.pk != view.version_id
    assert publish.current(*STANDARD) == new
    assert not PublishedItem.objects.get(pk=view.version_id).is_current
    old_process = house.procedure(view).process
    assert old_process.steps["supplement"].name == "补正"
    view = house.act(house.act(house.act(view, "resubmit"), "accept"), "return")
    view = house.act(view, "notify")
    assert str(view.state.timer)[:10] == "2026-03-24", "fifteen days, as it was published"
    house.versions.clear()
    house.versions[STANDARD] = publish.version(new.pk)
    fresh = house.act(house.apply(), "notify")
    assert (fresh.version_id, str(fresh.state.timer)[:10]) == (new.pk, "2026-03-06")
    assert {c.version_id for c in Case.objects.all()} == {view.version_id, new.pk}
    assert [list(case_faults(c.pk)) for c in Case.objects.all()] == [[], []]


def test_an_old_version_comes_back_into_force(house: House, copy: Path) -> None:
    first = house.version()
    _edit(copy, "national/processes/standard.yaml", "    name: 补正\n", "    name: 补齐材料\n")
    publish.publish([_item(copy)], now=house.now, root=copy)
    (again,) = publish.publish([_item()], now=house.now)
    assert again.pk == first.id
    assert publish.current(*STANDARD) == again
    assert PublishedItem.objects.filter(is_current=True).count() == 1
    assert PublishedItem.objects.count() == 2


def test_a_version_reads_back_in_the_order_it_was_written(house: House) -> None:
    version = house.version()
    row = PublishedItem.objects.get(pk=version.id)
    publish.version.cache_clear()
    again = publish.version(row.pk).item
    assert list(again.process.steps) == list(_item().process.steps)
    assert [list(s.do) for s in again.process.steps.values()] == [
        list(s.do) for s in _item().process.steps.values()
    ]
    assert again.canonical() == _item().canonical()
    assert json.loads(again.canonical())["item"] == STANDARD[2]


def test_what_is_no_longer_in_the_rulebook_goes_out_of_force(house: House) -> None:
    house.version()
    other = effective_item("bazhou", "agency", "transfer")
    publish.publish([other], now=house.now)
    assert publish.current(*STANDARD) is not None
    publish.publish([other], now=house.now, whole=True)
    assert publish.current(*STANDARD) is None
    assert publish.current("bazhou", "agency", "transfer") is not None
