"""What an act must carry (``needs``): each need is checked, and says whether it is personal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from jingban.core.errors import DomainError
from jingban.processes.predicates import FACTS


class NeedMissing(DomainError):
    """The act lacks what it must carry, or carries it in a form that cannot be used."""

    code = "need_missing"

    def __init__(self, need: str, why: str) -> None:
        super().__init__(why, need=need)


LONGEST = 2000
LONGEST_PAYEE = 80
PAYEE_PARTS = ("收款户名", "开户行", "收款账号")
LONGEST_REASON = 200
"""What a notice says of one material: a line of it."""
LAST_YEAR = 2199
"""The calendars reach no further."""
LARGEST_HOUSEHOLD = 99
MOST_PAYEES = 200
"""Of one joint tip-off."""


def _text(value: Any) -> str:
    text = str(value).strip()
    if not text:
        raise ValueError("不能为空")
    if len(text) > LONGEST:
        raise ValueError(f"太长，请控制在{LONGEST}字以内")
    return text


def _names(value: Any) -> list[str]:
    if isinstance(value, str) or not all(isinstance(v, str) and v for v in value):
        raise ValueError("应为材料清单")
    return sorted(set(value))


def _some_names(value: Any) -> list[str]:
    names = _names(value)
    if not names:
        raise ValueError("至少选一项")
    return names


def _reasons(value: Any) -> str:
    """Why each material is asked for (again), by its key. Kept as one text, because what is sealed is text."""
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError("应逐项写明")
    said = {str(key): " ".join(text.split()) for key, text in value.items() if text.strip()}
    if not said:
        raise ValueError("至少写一项")
    if any(len(text) > LONGEST_REASON for text in said.values()):
        raise ValueError(f"每项请控制在{LONGEST_REASON}字以内")
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def reasons_of(text: str) -> dict[str, str]:
    """The reasons by material, as ``missing_reasons`` kept them; none where they were erased."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(said) for key, said in found.items()} if isinstance(found, dict) else {}


def _grade(value: Any) -> str:
    grade = str(value).strip()
    if grade not in ("1", "2", "3"):
        raise ValueError("应为1、2或3")
    return grade


def _yes_no(value: Any) -> str:
    said = {"yes": "yes", "是": "yes", "no": "no", "否": "no"}.get(str(value).strip())
    if said is None:
        raise ValueError("应为“是”或“否”")
    return said


def _payee(value: Any) -> str:
    text = _text(value)
    if len(text) > LONGEST_PAYEE:
        raise ValueError(f"太长，请控制在{LONGEST_PAYEE}字以内")
    return text


def _bank_account(value: Any) -> str:
    digits = re.sub(r"[\s-]", "", str(value))
    if not re.fullmatch(r"[0-9]{8,32}", digits, re.ASCII):
        raise ValueError("应为8至32位数字，请对照银行卡核对")
    return digits


def _payees(value: Any) -> str:
    """Accounts of several people: rows of name, bank and number. Kept as one text, because what is sealed is text."""
    if isinstance(value, str) or not all(len(row) == len(PAYEE_PARTS) for row in value):
        raise ValueError("应逐人写明户名、开户行和账号")
    rows = [[str(part).strip() for part in row] for row in value]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise ValueError("不能为空")
    if len(rows) > MOST_PAYEES:
        raise ValueError(f"不超过{MOST_PAYEES}人")
    return json.dumps([_payee_row(n, row) for n, row in enumerate(rows, start=1)], ensure_ascii=False)


def _payee_row(n: int, row: list[str]) -> list[str]:
    checks = (_payee, _payee, _bank_account)
    for what, part, check in zip(PAYEE_PARTS, row, checks, strict=True):
        try:
            check(part)
        except ValueError as error:
            raise ValueError(f"第{n}人的{what}{error}") from None
    return [row[0], row[1], _bank_account(row[2])]


def payees_of(text: str) -> list[tuple[str, str, str]]:
    """Name, bank and number of each payee, as ``reward_payees`` kept them; none where they were erased."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [(str(name), str(bank), str(number)) for name, bank, number in found]


def _days(value: Any) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 90):
        raise ValueError("应为1至90个工作日")
    return int(text)


def _day(value: Any) -> str:
    try:
        day = date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("应为年月日，例如 20260930") from None
    if day.year > LAST_YEAR:
        raise ValueError("日期太远，请核对年份")
    return day.isoformat()


def _people(value: Any) -> str:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_HOUSEHOLD):
        raise ValueError(f"应为1至{LARGEST_HOUSEHOLD}人")
    return str(int(text))


_MOST = Decimal(10) ** 12
"""More than any fund pays at once; and beyond some size ``quantize`` could not answer."""


def _amount(value: Any) -> str:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("应为金额，例如 1234.50") from None
    if not amount.is_finite() or not 0 <= amount < _MOST or amount != amount.quantize(Decimal("0.01")):
        raise ValueError("应为不小于零、不到一万亿元、最多两位小数的金额")
    return f"{amount:.2f}"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that an act carries. Personal ones go to the sealed payload, the event keeps a digest."""

    name: str
    check: Callable[[Any], Any]
    personal: bool = False


NEEDS: dict[str, Need] = {
    "reason": Need("理由", _text, personal=True),
    "basis": Need("依据", _text),
    "opinion": Need("意见", _text, personal=True),
    "checklist": Need("收到的材料", _names),
    "missing_materials": Need("缺少的材料", _some_names),
    "wrong_answers": Need("要更正的栏目", _some_names),
    "missing_reasons": Need("逐项说明", _reasons, personal=True),
    "brought_materials": Need("补交的材料", _names),
    "owed_materials": Need("容缺后补的材料", _some_names),
    "promised_materials": Need("以承诺代替的材料", _some_names),
    "settled_materials": Need("已补交或核实的材料", _some_names),
    "owed_due": Need("补交期限", _day),
    "working_days": Need("工作日数", _days),
    "amount": Need("金额", _amount),
    "reward_grade": Need("举报等级", _grade),
    "reward_insider": Need("是否内部举报", _yes_no),
    "payee_name": Need("收款人姓名（户名）", _payee, personal=True),
    "bank": Need("开户行", _payee, personal=True),
    "bank_account": Need("收款账号", _bank_account, personal=True),
    "reward_payees": Need("举报人的收款账户", _payees, personal=True),
    "receiver_agreed": Need("由他人代领的书面同意", _yes_no),
    "correction": Need("更正内容", _text, personal=True),
    "household_authorised_on": Need("家庭经济状况核查授权日期", _day, personal=True),
    "household_people": Need("家庭人口", _people, personal=True),
    "household_income": Need("家庭年收入", _amount, personal=True),
    "household_property": Need("家庭财产", _amount, personal=True),
    "household_spending": Need("年医疗支出", _amount, personal=True),
}


CORRECTING = frozenset({"payee_name", "bank", "bank_account"})
"""Needs that correct a field of the same name in the form: of both, the latest stands."""
HOUSEHOLD_NEEDS = frozenset(name for name in NEEDS if name.startswith("household_"))
"""What a finding of a household's means says (家庭经济状况核查)."""

WITH_A_NOTICE = ("checklist", "wrong_answers", "missing_reasons")
"""What a one-off notice may carry beside what is missing."""
MATERIAL_NEEDS = frozenset(name for name in NEEDS if name == "checklist" or name.endswith("_materials"))
"""Needs that are lists of the entry's materials."""


def checked_needs(
    wanted: tuple[str, ...], data: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Public needs, personal needs and facts that the act states; raises on the first that fails."""
    public: dict[str, Any] = {}
    personal: dict[str, str] = {}
    facts: dict[str, str] = {}
    for name in wanted:
        if name in FACTS:
            facts[name] = _fact(name, data.get(name))
            continue
        need = NEEDS[name]
        if data.get(name) is None:
            raise NeedMissing(name, f"请填写{need.name}。")
        try:
            value = need.check(data[name])
        except (ValueError, TypeError) as error:
            raise NeedMissing(name, f"{need.name}填写有误：{error}。") from error
        (personal if need.personal else public)[name] = value
    return public, personal, facts


def _fact(name: str, value: Any) -> str:
    fact = FACTS[name]
    if not isinstance(value, str) or value not in fact.values:
        raise NeedMissing(name, f"请选择：{'、'.join(fact.values.values())}。")
    return str(value)
