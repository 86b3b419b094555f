"""What export and import agree on: namespaces, the conditions on flows, attributes of our own.

Structure is BPMN's: who acts is the lane, what is done the task, where it leads the gateways and flows,
limits the timers. Only names that BPMN has no word for (needs, papers, effects) are attributes of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from jingban.core.errors import DomainError
from jingban.processes.predicates import PREDICATES

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
OURS = "urn:jingban:bpmn:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREFIXES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "jb": OURS, "xsi": XSI}

KEY = re.compile(r"[\w-]+")
MONTHLY = "R/P1M"

Variable = Literal["act", "result", "notice", "panel"]
_CHOICE = re.compile(r"(act|result|notice|panel) == '([^']*)'")
_FACT = re.compile(r"([a-z_]+) == '([^']*)'")
_LOOP = re.compile(r"votes < ([0-9]{1,4})")
_PASSED = re.compile(r"votes >= ([0-9]{1,4}) and yes >= ([0-9]{1,4})")
STILL_WAITING = "waiting > 0"


class BpmnRefused(DomainError):
    """The diagram or the procedure lies outside the subset that both sides can say."""

    code = "bpmn_refused"


class Choice(NamedTuple):
    """A condition that asks which way a person or a message chose."""

    variable: str
    value: str


def choice_text(variable: Variable, value: str) -> str:
    return f"{variable} == '{value}'"


def choice_of(text: str) -> Choice | None:
    found = _CHOICE.fullmatch(text)
    return Choice(found[1], found[2]) if found else None


def loop_text(quorum: int) -> str:
    return f"votes < {quorum}"


def passed_text(quorum: int, passes: int) -> str:
    return f"votes >= {quorum} and yes >= {passes}"


def quorum_of(text: str) -> int | None:
    found = _LOOP.fullmatch(text)
    return int(found[1]) if found else None


def passes_of(text: str) -> tuple[int, int] | None:
    found = _PASSED.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def predicate_text(name: str) -> str:
    """The named question written out as plain comparisons, so that any engine can answer it."""
    predicate = PREDICATES.get(name)
    if predicate is None:
        raise BpmnRefused(f"条件“{name}”不认识，不能写成BPMN；可用：{'、'.join(PREDICATES)}。")
    return " or ".join(f"{predicate.fact} == '{value}'" for value in sorted(predicate.values))


def predicate_of(text: str) -> str:
    """The named question that these comparisons ask; nothing is ever evaluated."""
    parts = [_FACT.fullmatch(part.strip()) for part in text.split(" or ")]
    facts = {part[1] for part in parts if part}
    if all(parts) and len(facts) == 1:
        values = frozenset(part[2] for part in parts if part)
        for name, predicate in PREDICATES.items():
            if {predicate.fact} == facts and predicate.values == values:
                return name
    raise BpmnRefused(
        f"不支持条件“{text}”：只认 act、result 等变量的等值比较，以及这些判断的写法："
        f"{'、'.join(PREDICATES)}。请改写后再导入。"
    )


def listed(names: Iterable[str]) -> str:
    """Several names in one attribute."""
    found = tuple(names)
    for name in found:
        if not name or any(c.isspace() for c in name):
            raise BpmnRefused(f"名称“{name}”含有空白，不能写成BPMN；请改名。")
    return " ".join(found)


def names_in(attributes: Mapping[str, str], key: str) -> tuple[str, ...]:
    return tuple(attributes.get(key, "").split())
