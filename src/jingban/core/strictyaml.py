"""YAML 1.2 (core schema): ``no`` and ``12:30`` stay text, dates stay text, a key written twice is an error.

PyYAML reads YAML 1.1, where 否-like words and sexagesimal numbers change type silently; here its fast
parser is kept and its resolvers are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from jingban.core.errors import DomainError

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # built without libyaml: slower, the same answers
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


class YamlBroken(DomainError):
    """A file cannot be read as YAML; ``details`` name file and line."""

    code = "yaml_broken"


class _Loader(_Base):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  typed so by the base class

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _problem("键必须是简单的文字", key)
            if key.value in seen:
                raise _problem(f"键“{key.value}”重复，请只保留一处", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _problem(text: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, text, node.start_mark)


def _whole_number(loader: _Base, node: yaml.ScalarNode) -> int:
    text = str(node.value)
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)  # 010 is ten, not eight


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


_resolve("null", "~|null|Null|NULL|", "~nN")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789")
_resolve(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+0123456789.",
)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)


def load(path: Path) -> Any:
    """Read one file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise YamlBroken(f"找不到文件“{path}”，请检查文件名。", file=str(path), line=None) from None
    except UnicodeDecodeError as error:
        raise YamlBroken(
            f"文件“{path}”不是UTF-8编码（第{error.start + 1}个字节），请另存为UTF-8。",
            file=str(path),
            line=None,
        ) from None
    return loads(text, str(path))


def loads(text: str, name: str) -> Any:
    """Read a text; ``name`` is what errors call it."""
    try:
        # _Loader only builds plain values: it derives from the safe loader.
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        where = f"第{line}行" if line else "位置不明"
        raise YamlBroken(
            f"{name} {where}：{error.problem or '写法有误'}。请检查缩进、引号和冒号后的空格。",
            file=name,
            line=line,
        ) from None
    except yaml.YAMLError as error:
        raise YamlBroken(f"{name}：含有不能读取的字符（{error}），请删去。", file=name, line=None) from None
