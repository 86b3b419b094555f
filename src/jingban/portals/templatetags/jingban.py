"""Small wordings that templates need everywhere."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from jingban.core.localtime import local_time

register = template.Library()


@register.filter
def day_cn(value: date | datetime | None) -> str:
    """2026年9月12日."""
    if value is None:
        return ""
    day = local_time(value).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def day_short(value: date | datetime | None) -> str:
    """9月12日."""
    if value is None:
        return ""
    day = local_time(value).date() if isinstance(value, datetime) else value
    return f"{day.month}月{day.day}日"


@register.filter
def minute_cn(value: datetime) -> str:
    """2026年9月12日 15:40, by the clock on the wall."""
    wall = local_time(value)
    return f"{day_cn(wall)} {wall:%H:%M}"


@register.filter
def clock_cn(value: datetime) -> str:
    """2026年9月12日 15:40:07: when a draft was saved, to the second."""
    wall = local_time(value)
    return f"{day_cn(wall)} {wall:%H:%M:%S}"


@register.filter
def tel(phone: str) -> str:
    """The digits of a printed phone number for a tel: link (an extension or a remark is left out)."""
    kept = [sign for sign in phone if (sign.isascii() and sign.isdecimal()) or sign in "-+"]
    return "".join(kept).strip("-")


@register.filter
def spaced(code: str) -> str:
    """A query code in groups of three, as it is read over the telephone."""
    return " ".join(code[i : i + 3] for i in range(0, len(code), 3))


@register.filter
def wordlist(text: str) -> list[str]:
    """Words that a template lists, separated by blanks."""
    return text.split()


@register.filter
def weekday(day: date) -> str:
    """周一 to 周日."""
    return "周" + "一二三四五六日"[day.weekday()]


@register.filter
def at(found: dict[str, int], key: str) -> int:
    """A number of a table by its key."""
    return found.get(key, 0)
