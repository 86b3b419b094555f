"""ISO 20022 documents held against our subsets of their schemas (``schemas``). No document type, no entities, no network.

The subsets are ours, written from the message definitions; the schemas of ISO 20022 itself are not copied here.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

from lxml import etree

from jingban.funds.errors import FileWrong

PAIN_001, PAIN_002 = "pain.001.001.09", "pain.002.001.10"
LARGEST = 64 << 20
_DECLARED = re.compile(r"^<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)[\"']", re.I)


def namespace(name: str) -> str:
    return f"urn:iso:std:iso:20022:tech:xsd:{name}"


def parsed(content: bytes, name: str) -> Any:
    """The root of a document that the subset accepts; raises where it is something else, with the line."""
    if len(content) > LARGEST:
        raise FileWrong(f"文件超过{LARGEST >> 20}兆字节，没有读取；请请银行分开发送。")
    try:
        root = etree.fromstring(_plain(content), _parser())
    except etree.XMLSyntaxError as error:
        raise FileWrong(f"文件不是完整的 XML，没有读取：第{error.lineno}行。请向银行索取原文件。") from None
    _hold(root, name)
    return root


def validated(root: Any, name: str) -> Any:
    """What we wrote ourselves, held against the same subset before it leaves."""
    _hold(root, name)
    return root


def _plain(content: bytes) -> bytes:
    """UTF-8 without a document type: what defines entities is refused before any parser sees it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileWrong("文件不是 UTF-8 编码，没有读取；请请银行按约定的编码发送。") from None
    declared = _DECLARED.match(text)
    if declared is not None and declared[1].lower() not in ("utf-8", "utf8"):
        raise FileWrong(f"文件写明的编码是{declared[1]}，约定的是 UTF-8，没有读取。")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FileWrong("文件里有文档类型或实体定义，可能有害，没有读取；请报告系统管理员。")
    return text.encode()


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


def _hold(root: Any, name: str) -> None:
    schema = _schema(name)
    if schema.validate(root):
        return
    first = schema.error_log[0]
    raise FileWrong(
        f"文件不合约定的 {name} 格式，没有读取：第{first.line}行，{first.message[:200]}",
        line=first.line,
    )  # fmt: skip


@cache
def _schema(name: str) -> Any:
    text = resources.files("jingban.funds").joinpath("schemas", f"{name}-subset.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text, _parser()))
