"""The cache is only a copy: right or rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from jingban.rulebook import cache, digest
from jingban.rulebook.errors import RulebookBroken, UnknownEntry

Edit = Callable[[str, str, str], None]


def stored(copy: Path) -> Path:
    return cache.cache_folder(copy) / "rulebook.json"


def test_from_the_cache_it_is_the_same(copy: Path) -> None:
    built = cache.current(copy)
    cache.forget()
    read = cache.current(copy)
    assert read is not built
    assert read == built


def test_within_a_process_it_is_read_once(copy: Path) -> None:
    assert cache.current(copy) is cache.current(copy)


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[]", b"\xff\xfe", b'{"digest": "x", "regions": {}, "items": []}']
)
def test_a_broken_cache_is_rebuilt(copy: Path, broken: bytes) -> None:
    built = cache.current(copy)
    stored(copy).write_bytes(broken)
    cache.forget()
    assert cache.current(copy) == built
    assert stored(copy).read_bytes() != broken


def test_an_edit_is_seen_at_once(copy: Path, edit: Edit) -> None:
    before = cache.effective_item("yunxi", "agency", "transfer", copy)
    edit("regions/yunxi/items/transfer.yaml", "name: 医保转移", "name: 医保转移接续")
    after = cache.effective_item("yunxi", "agency", "transfer", copy)
    assert (before.name, after.name) == ("医保转移", "医保转移接续")
    assert before.hash != after.hash


def test_who_does_not_ask_to_look_again_sees_an_edit_a_second_later(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(digest, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    digest.look_again()
    before = digest.file_signature(copy)
    with (copy / "regions/yunxi/region.yaml").open("a", encoding="utf-8") as file:
        file.write("# edited")
    clock[0] += 0.9
    assert digest.file_signature(copy) == before
    clock[0] += 0.1
    assert digest.file_signature(copy) != before


def test_a_broken_rulebook_is_not_served_from_the_cache(copy: Path, edit: Edit) -> None:
    cache.current(copy)
    edit("regions/yunxi/items/transfer.yaml", "tier: agency", "tier: nowhere")
    with pytest.raises(RulebookBroken):
        cache.current(copy)


def test_without_a_place_for_the_cache_it_still_works(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = copy.parent / "file"
    blocked.write_text("", "utf-8")
    monkeypatch.setenv("JINGBAN_CACHE", str(blocked / "cache"))
    cache.forget()
    assert len(cache.current(copy).items) == 135


def test_unknown_names(copy: Path) -> None:
    with pytest.raises(UnknownEntry, match="是否指 puyang"):
        cache.effective_item("puyan", "agency", "transfer", copy)
    with pytest.raises(UnknownEntry, match="没有事项“transferr”，是否指 transfer"):
        cache.effective_item("puyang", "agency", "transferr", copy)
    assert cache.regions(copy)["puyang"].full_name
