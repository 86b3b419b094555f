"""What a letter says, to read and to print: every entry by its printed name, numbers masked unless asked for in full.

A letter that was refused may say anything: what has no name here is shown in full only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jingban.core.identifiers import mask_bank, mask_id, mask_phone
from jingban.portals.desk.mail.fields import CONTACT, FUNDS, SHEET
from jingban.registry.service import Insurance
from jingban.rulebook.choices import choices

PARTS = {
    "person": "人员",
    "transferor": "转出地机构",
    "transferee": "转入地机构",
    "payee": "收款账户",
    "sheet": "信息表",
}
NAMES = {
    "name": "姓名",
    "sex": "性别",
    "born_on": "出生日期",
    "id_kind": "证件种类",
    "id_number": "证件号码",
    "phone": "手机号码",
    "letter_number": "函号",
    "result": "结果",
    "reason": "理由",
    "from_insurance": "转出险种",
    "to_insurance": "申请转入的险种",
    "move_account": "个人账户",
    "amount": "划转金额（元）",
    "paid_on": "划转日期",
    "insurance": "险种",
    "periods": "缴费明细",
    "months_paid": "实际缴费月数",
    "months_deemed": "视同缴费月数",
    "interruptions": "中断记录",
    "last_insured_on": "参保截止日",
    "account_balance": "个人账户余额（元）",
    "transfer_amount": "划转金额（元）",
    "prepared_by": "经办人",
    "confirmed_by": "复核人",
    "date": "日期",
}
"""In the order in which a letter prints them; an envelope keeps them by the alphabet."""
OFFICE = {
    "name": "机构名称",
    "admin_code": "行政区划代码",
    "place": "行政区划代码",
    "code": "机构代码",
    "address": "地址",
    "contact": "联系人",
    "phone": "电话",
}
PAYEE = {"name": "户名", "bank": "开户行", "account": "账号"}
IN_PART = {"transferor": OFFICE, "transferee": OFFICE, "payee": PAYEE}
RESULTS = {
    "arrived": "同意转出，有个人账户资金划转",
    "no-balance": "同意转出，没有个人账户资金划转",
    "refused": "不予转出",
}
SILENT = frozenset({"version", "code"})
"""What no paper prints: the version of the form, the name of an agency between systems."""
DAYS = frozenset({"born_on", "paid_on", "last_insured_on", "date"})
OPENINGS = {
    CONTACT: "下列人员申请将基本医疗保险关系转入我处，请核对参保缴费情况，按规定时限向我处发出《信息表》{money}。",
    SHEET: "你处函号{number}的《联系函》收悉，现将有关人员的参保缴费信息函告如下。",
    FUNDS: "你处函号{number}的《联系函》所列人员，个人账户资金已经划转，请查收。",
}
REFUSAL = "你处函号{number}的《联系函》收悉。经核对，不能办理转出，理由如下。"
MONEY = "，并划转个人账户余额"


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under one heading; the first has none."""

    title: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]


def sections(body: Mapping[str, Any], *, full: bool) -> tuple[Section, ...]:
    """The whole letter: the person, what is asked or said, the agencies, the sheet."""
    parts = {"": {k: v for k, v in body.items() if not _is_part(k, v)}}
    parts |= {key: value for key, value in body.items() if _is_part(key, value)}
    if "sheet" in parts:
        parts["sheet"] = _beyond(parts["sheet"], body)
    order = ("person", "", *(key for key in PARTS if key != "person"))
    found = ((key, _lines(parts[key], key, full=full)) for key in order if key in parts)
    return tuple(Section(PARTS.get(key, ""), lines) for key, lines in found if lines)


def opening(kind: str, body: Mapping[str, Any]) -> str:
    """The sentence over a letter of ours."""
    text = REFUSAL if body.get("result") == "refused" else OPENINGS.get(kind, "")
    return text.format(number=body.get("letter_number", ""), money=MONEY if body.get("move_account") else "")


def _is_part(key: str, value: Any) -> bool:
    return key in PARTS and isinstance(value, Mapping)


def _beyond(sheet: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """A sheet without what the letter around it says already; of the person what that leaves open."""
    own, around = sheet.get("person"), body.get("person")
    said = around if isinstance(around, Mapping) else {}
    more = {k: v for k, v in own.items() if said.get(k) != v} if isinstance(own, Mapping) else {}
    rest = {k: v for k, v in sheet.items() if not _is_part(k, v) and k not in ("letter_number", "date")}
    return {**more, **rest}


def _lines(entries: Mapping[str, Any], part: str, *, full: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    names = IN_PART.get(part, NAMES)
    found = []
    for key in (*(name for name in names if name in entries), *(key for key in entries if key not in names)):
        value = entries[key]
        if value in (None, "", [], {}) or key in SILENT:
            continue
        name = names.get(key)
        texts = _texts(key, value, part, full=full) if name or full else ("……",)
        found.append((name or str(key)[:40], texts))
    return tuple(found)


def _texts(key: str, value: Any, part: str, *, full: bool) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_stretch(entry) for entry in value[:600])
    if isinstance(value, bool):
        return ("转移" if value else "不转移",) if key == "move_account" else (("是" if value else "否"),)
    text = str(value)
    hide = _mask(key, part)
    if hide is not None and not full:
        return (hide(text),)
    return (_day(text) if key in DAYS else _words(key).get(text, text),)


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%Y年%-m月%-d日}"
    except ValueError:
        return text


def _mask(key: str, part: str) -> Callable[[str], str] | None:
    """How a personal entry is shown; offices' phones are no secret."""
    if key == "phone" and part != "person":
        return None
    found: dict[str, Callable[[str], str]] = {
        "id_number": mask_id,
        "phone": mask_phone,
        "account": mask_bank,
        "born_on": lambda text: "*" * len(text),
    }
    return found.get(key)


def _words(key: str) -> Mapping[str, str]:
    if key in ("from_insurance", "to_insurance", "id_kind", "sex"):
        return choices(key)
    return {"result": RESULTS, "insurance": dict(Insurance.choices)}.get(key, {})


def _stretch(entry: Any) -> str:
    """A line of the details: 2023-01至2024-12，24个月，实缴，基数5000.00，职工基本医疗保险，缴费地370199."""
    if not isinstance(entry, Mapping):
        return str(entry)
    said = [f"{entry.get('first', '')}至{entry.get('last', '')}", f"{entry.get('months', '')}个月"]
    if "kind" in entry:
        said.append("视同" if entry["kind"] == "deemed" else "实缴")
    if entry.get("base"):
        said.append(f"基数{entry['base']}")
    if entry.get("insurance"):
        said.append(dict(Insurance.choices).get(entry["insurance"], str(entry["insurance"])))
    if entry.get("place"):
        said.append(f"缴费地{entry['place']}")
    return "，".join(said)
