"""What was issued, line by line in words: from the kept text itself, never from the registers as they are now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jingban.core.identifiers import mask_id, mask_phone
from jingban.core.insurance import AID_CATEGORIES
from jingban.registry import certificates
from jingban.registry.models import Insurance, Issued
from jingban.registry.words import day_text
from jingban.rulebook.choices import choices
from jingban.rulebook.diseases import diseases

KINDS = {
    certificates.CERTIFICATE: "参保凭证",
    certificates.EXTRACT: "参保信息",
    certificates.FORM: "转移接续申请表",
    "unit-extract": "单位参保信息",
}
_LABELS = {
    "number": "编号", "date": "日期", "person": "参保人", "unit": "单位", "name": "名称", "sex": "性别",
    "born_on": "出生日期", "id_kind": "证件种类", "id_number": "证件号码", "credit_code": "统一社会信用代码",
    "legal_representative": "法定代表人", "phone": "电话", "address": "地址", "month": "费款所属月",
    "insurance": "险种", "standing": "参保状态", "status": "状态", "kind": "类别", "category": "类型", "disease": "病种",
    "from": "起", "until": "止", "first": "起月", "last": "止月", "months_paid": "实际缴费月数",
    "months_deemed": "视同缴费月数", "months": "缴费月数", "base": "缴费基数（元）", "place": "行政区划代码",
    "places": "就医地", "institution": "定点医疗机构", "benefit_from": "待遇起始日", "headcount": "人数",
    "amount": "金额（元）", "paid_on": "到账日", "balance": "个人账户余额（元）", "insurances": "各险种",
    "enrolments": "参保经历", "contributions": "缴费记录", "filings": "异地就医备案", "recognitions": "门诊慢特病待遇",
    "aid": "救助对象身份", "from_place": "转出地", "to_place": "转入地", "from_insurance": "转出险种",
    "to_insurance": "转入险种", "agent": "代办人", "arrears": "欠费", "arrears_total": "欠费合计（元）",
    "figures": "计算依据", "agency": "经办机构",
}  # fmt: skip
_WHOSE = {"person": "姓名", "unit": "单位名称"}
_STANDING = {"0": "未参保", "1": "正常参保", "2": "暂停参保", "4": "终止参保"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def issued_kind(issued: Issued) -> str:
    """参保凭证 …"""
    return KINDS.get(issued.kind, issued.kind)


def issued_words(issued: Issued, *, full: bool = False) -> list[tuple[str, str]]:
    """Label and text of every line; numbers masked. Raises Altered where the text is no longer what was issued."""
    body = {key: value for key, value in certificates.read(issued).items() if key != "version"}
    return list(_lines(body, full))


def _lines(body: Mapping[str, Any], full: bool) -> Iterator[tuple[str, str]]:
    for key, value in sorted(body.items(), key=_place):
        label = _LABELS.get(key, key)
        if key == "agency":
            yield label, "，".join(value[part] for part in ("name", "address", "phone") if value.get(part))
        elif key in ("person", "unit"):
            yield from (
                (_WHOSE[key] if part == "name" else _LABELS.get(part, part), _text(part, said, full))
                for part, said in sorted(value.items(), key=_place)
            )
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for part in value:
                yield label, _joined(part, full)
        elif isinstance(value, dict):
            yield label, _joined(value, full)
        else:
            yield label, _text(key, value, full)


def _place(line: tuple[str, Any]) -> int:
    """The kept text is in the order of its keys; people read it in the order of the labels."""
    keys = list(_LABELS)
    return keys.index(line[0]) if line[0] in keys else len(keys)


def _joined(part: Mapping[str, Any], full: bool) -> str:
    said = (
        (_LABELS.get(key, key), _text(key, value, full))
        for key, value in sorted(part.items(), key=_place)
        if value
    )
    return "，".join(f"{label}{text}" if label == text else f"{label} {text}" for label, text in said)


def _text(key: str, value: Any, full: bool) -> str:
    if isinstance(value, list):
        return "、".join(_text(key, part, full) for part in value) or "—"
    if isinstance(value, dict):
        return _joined(value, full)
    text = "" if value is None else str(value)
    if not full and key in ("id_number", "phone"):
        return (mask_id if key == "id_number" else mask_phone)(text)
    if _DAY.fullmatch(text):
        return day_text(date.fromisoformat(text))
    return _words(key, text) or "—"


def _words(key: str, text: str) -> str:
    if key.endswith("insurance"):
        return dict(Insurance.choices).get(text) or choices("from_insurance").get(text, text)
    known: Mapping[str, str] = {
        "standing": _STANDING,
        "sex": {"male": "男", "female": "女"},
        "kind": {"paid": "实际缴费", "deemed": "视同缴费", **choices("unit_kind")},
        "id_kind": choices("id_kind"),
        "category": {**AID_CATEGORIES, **choices("offsite_category")},
        "status": {
            "active": "有效",
            "paused": "暂停",
            "ended": "终止",
            "changed": "已变更",
            "broken": "承诺失效",
            **_STANDING,
        },
        "disease": diseases(),
    }.get(key, {})
    return known.get(text, text)
