"""Where the lives are lived, and from what the acts are drawn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from jingban.core.localtime import SHANGHAI
from tests.registry.lives.shapes import ADULT, CHILD, ELDER, NEWBORN, PUPIL, STUDENT, age

F = TypeVar("F", bound=Callable[..., Any])
HERE, THERE = REGIONS = ("puyang", "luanzhou")
CLERK, COLLEAGUE = 22, 23
"""Who does most of it, and who checks."""
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
ANY = range(1000)
"""Which of several; a share of them stands for what is not meant to be possible."""
REGION = REGIONS
DAYS = [
    *["today"] * 4, "first", "first", "month ago", "tomorrow", "yesterday", "weeks ago", "long ago", "ahead",
]  # fmt: skip
AHEAD = ["today", "today", "tomorrow", "ahead", "yesterday"]
WAGE = [None, None, "3000.00", "6543.21", "8000.05", "40000.00"]
KINDS = frozenset(
    f"{of} {kind}".strip()
    for of, kinds in {
        "": (
            "register", "register twice", "one person?", "one person", "two people", "rename",
            "die", "die as resident", "not dead",
            "employ", "work alone", "suspend", "resume", "end", "retire", "deem", "new wage",
            "resident", "newborn", "suspend resident", "resume resident", "withdraw resident",
            "open unit", "levy", "levy unit", "levy flexible", "levy premium",
            "benefit", "disease", "disease ends", "credit",
            "hand out", "sheet arrives", "funds arrive", "take short", "return surplus", "return unwanted", "take in",
            "leave", "hand over",
        ),
        "unit": ("suspend", "resume", "deregister", "merge", "split", "branch"),
        "confirm": ("right", "again", "twice", "amount", "early", "unknown", "borrowed", "signed"),
        "aid": ("", "grant", "flag", "end"),
        "filing": ("file", "change", "pause", "resume", "end"),
        "promise": ("kept", "broken"),
        "withdraw": ("death", "emigration", "giving-up", "to-resident"),
    }.items()
    for kind in kinds
)  # fmt: skip
"""Every kind of act; each is really done in a run of the usual size."""
TRIED: Counter[str] = Counter()
DONE: Counter[str] = Counter()
"""How often each kind was tried, and how often it went through."""


def act(often: int = 1, **drawn: Sequence[Any]) -> Callable[[F], F]:
    """Mark a method as something that may happen, so often in comparison, with arguments drawn from these."""

    def mark(method: F) -> F:
        method.often, method.drawn = often, drawn  # type: ignore[attr-defined]
        return method

    return mark


def call_of(lives: type, seed: bytes) -> tuple[str, dict[str, Any]]:
    """What happens: the name of an act and its arguments, evenly among all.

    Hypothesis draws the seed only: left to draw each argument it repeats itself, and rare acts never come.
    """
    acts = {name: method for name in dir(lives) if hasattr(method := getattr(lives, name), "often")}
    random = Random(seed)
    name = random.choice([name for name, method in acts.items() for _ in range(method.often)])
    return name, {word: random.choice(values) for word, values in acts[name].drawn.items()}


def nine(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


def kind_at(born: date, day: date) -> str:
    years = age(born, day)
    return next(
        (k for below, k in ((1, NEWBORN), (6, CHILD), (18, PUPIL), (60, ADULT)) if years < below), ELDER
    )
