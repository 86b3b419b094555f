"""China's one time zone, and the only place that asks the clock of the machine for a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

# A fixed offset on purpose: China has had no summer time since 1991, and a bare server may lack tzdata.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def local_time(instant: datetime) -> datetime:
    """The instant as the clock on the office wall shows it; a naive instant is a bug of the caller."""
    if instant.tzinfo is None:
        raise ValueError(f"naive datetime {instant!r}: pass an aware one")
    return instant.astimezone(SHANGHAI)


def local_day(instant: datetime) -> date:
    """The calendar day in China on which the instant falls."""
    return local_time(instant).date()


def span_words(first: date, last: date | None = None) -> str:
    """A day, or from one to another, as people write it: 2026年9月12日至2026年9月20日."""
    days = [first] if last is None or last == first else [first, last]
    return "至".join(f"{day.year}年{day.month}月{day.day}日" for day in days)


def today() -> date:
    """Today in China. For doors only (commands, forms): rules and actions are handed their day."""
    return datetime.now(SHANGHAI).date()
