"""Chinese wording of numbers, articles and limits, as guides print them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGITS = "零一二三四五六七八九"
_UNITS = {"working_days": "个工作日", "calendar_days": "日", "calendar_months": "个月"}


def numeral(number: int) -> str:
    """57 → 五十七；101 → 一百零一（法条用，不超过九百九十九）."""
    if not 0 <= number < 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    if ones or not number:
        text += _DIGITS[ones]
    return text


def article_text(article: str) -> str:
    """ "20(3)" → 第二十条第三款；"12(2)(1)" → …第二款第一项；其他写法照用."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?(?:\((\d+)\))?(?:\((\d+)\))?", article)
    if not match:
        return article
    number, last, paragraph, point = match.groups()
    text = f"第{numeral(int(number))}条"
    if last:
        text += f"至第{numeral(int(last))}条"
    if paragraph:
        text += f"第{numeral(int(paragraph))}款"
    return text + (f"第{numeral(int(point))}项" if point else "")


def articles_text(articles: Iterable[str]) -> str:
    return "、".join(article_text(a) for a in articles)


def limit_text(unit: str | None, amount: int | None, what: str | None = None, rule: str | None = None) -> str:
    """不超过20个工作日、即时办结、按…执行."""
    if unit is None or amount is None:
        return f"按{rule}执行" if rule else "未公布"
    text = "即时办结" if unit == "working_days" and amount == 0 else f"{amount}{_UNITS[unit]}"
    return f"{text}（{what}）" if what else text


_FIELDS = {
    "applicants": "服务对象",
    "limit": "办理时限",
    "materials": "申请材料",
    "procedure": "办理流程",
    "steps": "办理流程",
    "channels": "办理渠道",
    "online": "网上办理",
    "offices": "办理地点",
    "legal_basis": "设定依据",
    "conditions": "申请条件",
    "exclusions": "不予受理的情形",
    "documents": "文书",
    "name": "事项名称",
    "code": "事项编码",
    "main_item": "主项",
    "number": "序号",
    "phones": "电话",
    "contacts": "联系人",
    "accepted_by": "受理机构",
    "remarks": "备注",
    "segments": "分段时限",
    "supervision_phone": "监督电话",
    "fee": "收费",
    "text": "文字",
    "query_channels": "查询渠道",
    "evaluation_channels": "评价渠道",
    "supervision": "监督",
    "address": "地址",
    "process": "办理流程",
    "opens": "受理期间",
}


def field_name(field: str) -> str:
    """A field of an entry as people call it; ``procedure.accept`` and ``materials[2]`` are called by their whole."""
    return _FIELDS.get(field.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0], "本页")
