"""Strict reading of YAML 1.2 (core schema) over libyaml, every value with its line.

PyYAML's own loaders follow YAML 1.1, where ``no`` is a truth value, ``2024-01-01`` a date and ``011``
an octal number; a rulebook cannot live with that. Events come from libyaml, the meaning is given here. The
rulebook, its parameters and its calendar are all read by this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs do not export it

from jingban.core.errors import FileFault

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


def scalar(text: str) -> Any:
    """The value of an unquoted scalar (YAML 1.2.2, section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INT.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    if _SPECIAL.match(text):
        return float(text.replace(".", "").lower())
    return text


@dataclass(slots=True)
class Document:
    """A file's data, and where each value stands."""

    name: str
    data: Any = None
    lines: dict[int, dict[str | int, int]] = field(default_factory=dict)  # id of a container -> key -> line

    def line(self, path: Sequence[str | int] = ()) -> int:
        """The line of a value; parts that the data does not have (missing keys) are passed over."""
        here, found = self.data, 1
        for part in path:
            known = self.lines.get(id(here))
            if known is None or part not in known:
                continue
            found = known[part]
            here = here[part]
        return found

    def error(self, path: Sequence[str | int], what: str, advice: str) -> FileFault:
        return FileFault(self.name, self.line(path), what, advice)


class _Builder:
    """Turns libyaml's events into plain data."""

    def __init__(self, text: str, document: Document, report: Callable[[FileFault], None]) -> None:
        self.next_event: Callable[[], Any] = CParser(text).get_event
        self.document = document
        self.report = report

    def build(self) -> None:
        self.next_event()  # stream start
        if isinstance(self.next_event(), yaml.StreamEndEvent):
            return
        self.document.data = self.value(self.next_event())
        self.next_event()  # document end
        event = self.next_event()
        if not isinstance(event, yaml.StreamEndEvent):
            self.fault(event, "一个文件里有多份文档（---）", "每个文件只写一份")

    def fault(self, event: Any, what: str, advice: str) -> None:
        self.report(FileFault(self.document.name, event.start_mark.line + 1, what, advice))

    def value(self, event: Any) -> Any:
        kind = type(event)
        if kind is yaml.AliasEvent:
            self.fault(event, f"用了别名 *{event.anchor}", "规则库不用锚点和别名，请写出内容")
            return None
        if event.anchor is not None:
            self.fault(event, f"用了锚点 &{event.anchor}", "规则库不用锚点和别名，请删去")
        if event.tag is not None:
            self.fault(event, f"用了标签 {event.tag}", "规则库不用标签，请删去")
        if kind is yaml.ScalarEvent:
            return scalar(event.value) if event.implicit[0] else event.value
        return self.mapping() if kind is yaml.MappingStartEvent else self.sequence()

    def sequence(self) -> list[Any]:
        items: list[Any] = []
        lines: dict[str | int, int] = {}
        while not isinstance(event := self.next_event(), yaml.SequenceEndEvent):
            lines[len(items)] = event.start_mark.line + 1
            items.append(self.value(event))
        self.document.lines[id(items)] = lines
        return items

    def mapping(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: dict[str | int, int] = {}
        while not isinstance(event := self.next_event(), yaml.MappingEndEvent):
            key = self.value(event)
            if not isinstance(key, str):
                self.fault(event, f"键 {key!r} 不是文字", "请给键加引号")
                key = str(key)
            value = self.value(self.next_event())
            if key in result:
                self.fault(event, f"键“{key}”重复（前一次在第{lines[key]}行）", "请删去其中一处")
                continue
            lines[key] = event.start_mark.line + 1
            result[key] = value
        self.document.lines[id(result)] = lines
        return result


def parse(text: str, name: str, report: Callable[[FileFault], None]) -> Document:
    """Read text; faults go to ``report`` and reading goes on as far as it can."""
    document = Document(name)
    try:
        _Builder(text, document, report).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"不是正确的YAML（{error.problem or error}）"
        report(FileFault(name, line, what, "请检查缩进、冒号和引号"))
        document.data = None
    except yaml.YAMLError as error:
        report(FileFault(name, 1, f"不是正确的YAML（{error}）", "请检查文件的编码和内容"))
        document.data = None
    return document


def read_yaml(
    path: Path, name: str | None = None, report: Callable[[FileFault], None] | None = None
) -> Document:
    """Read a file; without ``report`` the first fault is raised."""
    shown = name or path.name
    tell = report or _raise
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        tell(FileFault(shown, 1, "找不到这个文件", "请检查文件名"))
        return Document(shown)
    except UnicodeDecodeError as error:
        tell(FileFault(shown, 1, f"不是UTF-8编码（第{error.start + 1}个字节）", "请以UTF-8保存"))
        return Document(shown)
    return parse(text, shown, tell)


def read_data(path: Path) -> Any:
    """The data of a file; the first fault is raised."""
    return read_yaml(path, str(path)).data


def _raise(error: FileFault) -> None:
    raise error
