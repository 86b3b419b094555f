"""Procedures to test with: every national one, and any that the language can say."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from jingban.processes.model import Process
from jingban.processes.predicates import PREDICATES
from jingban.rulebook.load import load
from jingban.rulebook.overlay import Processes

CHINESE = "受理审核办结材料退回补正通知拨付确认公示期满登记台账转出函（），《》、"
WORDS = st.text(CHINESE + "AB09", min_size=1, max_size=9).filter(str.strip)
LONG = st.text(CHINESE + "ab 019", min_size=10, max_size=34).map(str.strip).filter(bool)
NAMES = st.one_of(WORDS, WORDS, WORDS, LONG)
IDS = st.lists(
    st.sampled_from(["reason", "basis", "opinion", "one-off-notice", "x.y"]), max_size=2, unique=True
)
ROLES = ["applicant", "window", "reviewer", "head", "other-agency"]
LIMITS = st.sampled_from(["supplement-days", "public-notice-days"])


@cache
def national() -> dict[str, Process]:
    """Every procedure of the national rulebook, as published."""
    book = load()
    shared = Processes(book.national)
    return {name: shared.of(name, {}) for name in sorted(book.national.processes)}


@st.composite
def ways(draw: st.DrawFn, targets: list[str]) -> object:
    """One target, or several of which the last needs no condition."""
    if draw(st.integers(0, 4)):
        return draw(st.sampled_from(targets))
    conditions = draw(st.lists(st.sampled_from(sorted(PREDICATES)), max_size=3, unique=True))
    return [
        {"to": draw(st.sampled_from(targets)), "name": draw(st.none() | NAMES), "when": when}
        for when in (*conditions, None)
    ]


@st.composite
def acts(draw: st.DrawFn, targets: list[str]) -> dict[str, object]:
    said = {word: draw(IDS) for word in ("needs", "effect", "document", "sends", "starts", "ends")}
    return {"name": draw(NAMES), "to": draw(ways(targets)), "batch": draw(st.booleans()), **said}


@st.composite
def steps(draw: st.DrawFn, targets: list[str]) -> dict[str, object]:
    """A step of any kind; the system's own has one act and nothing else."""
    one = st.sampled_from(targets)
    step: dict[str, object] = {
        "name": draw(NAMES),
        "text": draw(st.none() | NAMES),
        "at": draw(st.sampled_from(["agency", "village"])),
        "not_by": draw(IDS),
        "paused": draw(IDS),
    }
    if draw(st.integers(0, 7)) == 0:
        return {**step, "by": "system", "do": {"run": draw(acts(targets))}}
    step["by"] = draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True))
    names = draw(st.lists(st.sampled_from(["accept", "refuse", "return", "more"]), max_size=4, unique=True))
    step["do"] = {name: draw(acts(targets)) for name in names}
    kind = draw(st.sampled_from(["", "", "", "after", "after", "notice"]))
    if kind == "after":
        step["after"] = {
            "limit": draw(LIMITS),
            "to": draw(one),
            "name": draw(st.none() | NAMES),
            "document": draw(IDS),
            "effect": draw(IDS),
        }
    elif kind == "notice":
        step["notice"] = {"limit": draw(LIMITS), "quiet": draw(one), "objection": draw(one)}
    if draw(st.integers(0, 5)) == 0:
        step["panel"] = {
            "seats": 5,
            "quorum": 3,
            "pass": 2,
            "recuse": draw(st.booleans()),
            "yes": draw(one),
            "no": draw(one),
        }
    if draw(st.integers(0, 3)) == 0 or not (names or kind or "panel" in step):
        results = draw(st.lists(st.sampled_from(["paid", "failed", "partly"]), min_size=1, unique=True))
        messages = draw(st.lists(st.sampled_from(["letter", "sheet"]), min_size=1, unique=True))
        step["receives"] = {
            draw(st.sampled_from(["any", "all"])): messages,
            "ways": {result: draw(acts(targets)) for result in results},
        }
    return step


@st.composite
def processes(draw: st.DrawFn, most: int = 7) -> Process:
    """Any procedure that the language can say, sensible or not."""
    keys = [f"s{i}" for i in range(draw(st.integers(1, most)))]
    ends = {
        f"e{i}": {
            "name": draw(NAMES),
            "outcome": draw(st.sampled_from(["granted", "refused", "lapsed", "referred"])),
            "text": draw(st.none() | NAMES),
            "follows": {"archive": {"name": "归档", "by": "window"}} if draw(st.booleans()) else {},
        }
        for i in range(draw(st.integers(1, 3)))
    }
    targets = [*keys, *ends]
    starts = draw(st.sampled_from(["application", {"message": "letter"}, {"month": "closing"}]))
    where = draw(st.lists(st.sampled_from(keys), unique=True, max_size=3))
    return Process.model_validate(
        {
            "process": "drawn",
            "name": draw(NAMES),
            "starts": starts,
            "first": draw(ways(targets)),
            "application": {
                "name": draw(WORDS),
                "by": draw(st.sampled_from(ROLES)),
                "text": draw(st.none() | NAMES),
            },
            "statutory": draw(st.booleans()),
            "source": draw(st.none() | NAMES),
            "clocks": {"segment": {"name": "分段", "limit": "x", "at": "bank"}}
            if draw(st.booleans())
            else {},
            "steps": {key: draw(steps(targets)) for key in keys},
            "ends": ends,
            "common": {
                "withdraw": {
                    "name": "撤回",
                    "by": "applicant",
                    "where": where,
                    "to": draw(st.sampled_from([*ends])),
                },
                "extend": {
                    "name": "延长",
                    "by": ["head"],
                    "where": where,
                    "extends": "promise",
                    "needs": ["reason"],
                },
                "correct": {"name": "更正", "by": "supervisor", "on_ends": True, "records": "correction"},
            },
        }
    )
