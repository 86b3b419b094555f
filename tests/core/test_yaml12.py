"""YAML 1.2, core schema, with lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from jingban.core.errors import FileFault
from jingban.core.yaml12 import parse, read_yaml, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("7", 7),
        ("-7", -7),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("0316-7273452", "0316-7273452"),
        ("002003", 2003),
        ("13203600300Y", "13203600300Y"),
        ("-", "-"),
        (".", "."),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
    ],
)
def test_core_schema(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


def faults(text: str) -> list[tuple[int, str]]:
    found: list[FileFault] = []
    parse(text, "a.yaml", found.append)
    return [(e.line, e.what) for e in found]


def test_quoted_scalars_stay_text() -> None:
    data = parse("a: \"10\"\nb: 'true'\nc: |\n  null\n", "a.yaml", _refuse).data
    assert data == {"a": "10", "b": "true", "c": "null\n"}


def test_every_value_remembers_its_line() -> None:
    document = parse("a:\n  - b: 1\n    c: {d: 2,\n        e: 3}\n  - 4\n", "a.yaml", _refuse)
    assert document.line(("a",)) == 1
    assert document.line(("a", 0, "c", "e")) == 4
    assert document.line(("a", 1)) == 5
    assert document.line(("a", 0, "missing")) == 2
    assert document.line(("nothing",)) == 1


def test_duplicate_keys_are_all_told() -> None:
    assert faults("a: 1\nb: 2\na: 3\nb: 4\n") == [
        (3, "键“a”重复（前一次在第1行）"),
        (4, "键“b”重复（前一次在第2行）"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: &x 1\n", 1, "用了锚点 &x"),
        ("a: !!str 1\n", 1, "用了标签 tag:yaml.org,2002:str"),
        ("a: !python/object:os.system 1\n", 1, "用了标签 !python/object:os.system"),
        ("1: a\n", 1, "键 1 不是文字"),
        ("a: 1\n---\nb: 2\n", 2, "一个文件里有多份文档（---）"),
        ("a: [1,\n", 2, "不是正确的YAML"),
        ("a:\n\t- b\n", 2, "不是正确的YAML"),
    ],
)
def test_what_is_refused(text: str, line: int, what: str) -> None:
    assert any(at == line and said.startswith(what) for at, said in faults(text)), faults(text)


def test_an_alias_is_refused() -> None:
    assert (2, "用了别名 *x") in faults("a: 1\nb: *x\n")


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 参保".encode("gb18030"))
    with pytest.raises(FileFault, match="UTF-8"):
        read_yaml(path)


def test_an_empty_file_has_no_data() -> None:
    assert parse("# 只有注释\n", "a.yaml", _refuse).data is None


def _refuse(error: FileFault) -> None:
    raise error


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="找不到"):
        read_yaml(tmp_path / "none.yaml")
    (tmp_path / "gbk.yaml").write_bytes("名: 值".encode("gbk"))
    with pytest.raises(FileFault, match="UTF-8"):
        read_yaml(tmp_path / "gbk.yaml")
