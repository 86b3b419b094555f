"""Where the lives are lived, and from what the acts are drawn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from jingban.core.localtime import SHANGHAI
from tests.registry.lives.shapes import ADULT, CHILD, ELDER, NEWBORN, PUPIL, STUDENT, age

F = TypeVar("F", bound=Callable[..., Any])
HERE, THERE = REGIONS = ("puyang", "luanzhou")
BEGIN = datetime(2025, 1, 6, 9, tzinfo=SHANGHAI)
PROBES = [BEGIN.date() + timedelta(days=n) for n in (-150, -15, 20, 70, 160, 300, 500)]
"""Days that are asked for again and again."""
WORDS = {
    NEWBORN: "newborn",
    CHILD: "child",
    PUPIL: "pupil",
    STUDENT: "student",
    ADULT: "adult",
    ELDER: "elder",
}
PEOPLE = [
    (date(1985, 3, 1), "male", 0),
    (date(1990, 7, 15), "female", 0),
    (date(1964, 12, 20), "male", 299),
    (date(1971, 2, 28), "female", 260),
    (date(2007, 9, 30), "male", 0),
    (date(2019, 4, 4), "female", 0),
]
"""Birth, sex, and how many deemed months are on record."""
TELLS = re.compile("请|不用|可以|可|才能|应|要")
"""A refusal says what to do."""
ANY = st.integers(0, 999)
REGION = st.sampled_from(REGIONS)
DAYS = st.sampled_from(
    ["today"] * 4 + ["first", "first", "month ago", "tomorrow", "yesterday", "weeks ago", "long ago", "ahead"]
)
AHEAD = st.sampled_from(["today", "today", "tomorrow", "ahead", "yesterday"])
WAGE = st.sampled_from([None, None, "3000.00", "6543.21", "8000.05", "40000.00"])
TRIED: Counter[str] = Counter()
DONE: Counter[str] = Counter()
"""How often each act was tried, and how often it went through."""


def act(often: int = 1, **drawn: st.SearchStrategy[Any]) -> Callable[[F], F]:
    """Mark a method as something that may happen, so often in comparison, with arguments drawn from these."""

    def mark(method: F) -> F:
        method.often, method.drawn = often, drawn  # type: ignore[attr-defined]
        return method

    return mark


def calls_of(lives: type) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """What may happen next: the name of an act and its arguments."""
    acts = {name: method for name in dir(lives) if hasattr(method := getattr(lives, name), "often")}
    names = [name for name, method in acts.items() for _ in range(method.often)]
    return st.sampled_from(names).flatmap(
        lambda name: st.tuples(st.just(name), st.fixed_dictionaries(acts[name].drawn))
    )


def nine(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


def kind_at(born: date, day: date) -> str:
    years = age(born, day)
    return next(
        (k for below, k in ((1, NEWBORN), (6, CHILD), (18, PUPIL), (60, ADULT)) if years < below), ELDER
    )
