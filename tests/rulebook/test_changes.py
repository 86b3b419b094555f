"""What a new version changes is told field by field."""

from __future__ import annotations

from datetime import datetime

import pytest

from jingban.core.localtime import SHANGHAI
from jingban.core.parameters import load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.changes import Changed, changes

ITEM = effective_item("puyang", "agency", "resident-info-change")


def test_the_same_version_changes_nothing() -> None:
    assert changes(ITEM, ITEM) == ()
    assert changes(ITEM, ITEM.model_copy(update={"hash": "x", "silent": ("code",)})) == ()


def test_what_goes_and_what_comes_is_named() -> None:
    other = ITEM.model_copy(update={"materials": ITEM.materials[1:], "fee": "收费10元", "name": "新名"})
    found = {one.label: one for one in changes(ITEM, other)}
    assert found["材料"].gone[0].startswith(ITEM.materials[0].name)
    assert found["材料"].come == ()
    assert found["收费"].come == ("收费10元",)
    assert found["名称"] == Changed("名称", (ITEM.name,), ("新名",))


def test_a_changed_act_inside_a_step_is_told() -> None:
    process = ITEM.process
    key = next(iter(process.steps))
    step = process.steps[key].model_copy(update={"text": "另一句话"})
    other = ITEM.model_copy(
        update={"process": process.model_copy(update={"steps": {**process.steps, key: step}})}
    )
    (found,) = changes(ITEM, other)
    assert found.label in ("环节", "环节里的操作、文书或条件")


def test_figures_are_compared_as_they_were_frozen() -> None:
    table = load_parameters(rulebook_root() / "national" / "parameters")
    name, figure = next((n, p) for n, p in sorted(table.items()) if p.values)
    (found,) = changes(ITEM, ITEM, ({}, {name: figure}))
    assert found.label == f"参数：{figure.description}"
    assert found.come
    assert changes(ITEM, ITEM, ({name: figure}, {name: figure})) == ()


@pytest.mark.django_db
def test_pending_is_a_dry_run() -> None:
    now = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
    (new,) = publish.pending("puyang", [ITEM])
    assert (new.old, new.new) == (None, ITEM)
    publish.publish([ITEM], now=now)
    assert publish.pending("puyang", [ITEM]) == []
    other = ITEM.model_copy(update={"name": "新名", "hash": "1" * 64})
    (changed,) = publish.pending("puyang", [other])
    assert changed.old is not None
    assert changed.old.item == ITEM
    (gone,) = publish.pending("puyang", [])
    assert gone.new is None
    assert publish.current("puyang", "agency", ITEM.item) is not None
