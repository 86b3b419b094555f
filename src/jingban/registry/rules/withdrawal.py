"""One-off withdrawal of a personal account: for which reason, to whom, and what it ends (reference 5.3; guides
X7, P9, Q9, B9). The amount is always the whole balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["death", "emigration", "foreigner-leaving", "giving-up", "to-resident"]

FOREIGN_PAPERS = frozenset({"04", "05", "06", "07", "08"})
"""Documents of foreigners and of Hong Kong, Macao and Taiwan residents (人社部令第16号 art. 5; 令第41号 art. 7)."""
SELF = "self"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a reason asks and does."""

    to_heir: bool = False
    """The payee is an heir; else it is the person."""
    ends: str = ""
    """The reason under which the enrolment ends with it, where one still runs."""
    is_final: bool = False
    """The person does not come back on this account: it is closed."""
    foreign: bool = False
    """Only who holds a paper of ``FOREIGN_PAPERS``."""
    as_resident: bool = False
    """Only who is insured as a resident now."""


RULES: dict[str, Rule] = {
    "death": Rule(to_heir=True, is_final=True),
    "emigration": Rule(ends="emigration", is_final=True),
    "foreigner-leaving": Rule(ends="left-country", is_final=True, foreign=True),
    "giving-up": Rule(ends="giving-up"),
    "to-resident": Rule(as_resident=True),
}
"""A death ends the enrolment by itself when it is recorded; whoever is insured as a resident has ended the other."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register and the form say."""

    died: bool
    papers: frozenset[str]
    is_resident: bool
    person_name: str
    payee_name: str
    payee_is_person: bool | None
    """By the number of the payee, where the form gives one."""
    payee_relation: str
    heir_number: bool


def refusals(reason: str, facts: Facts) -> list[str]:
    """Why the account is not paid out, each with what to do; empty when it may be."""
    rule = RULES[reason]
    return [*_of_the_person(rule, facts), *(_of_an_heir(facts) if rule.to_heir else _of_oneself(facts))]


def _of_the_person(rule: Rule, facts: Facts) -> list[str]:
    if rule.to_heir and not facts.died:
        return [
            "登记册里没有参保人死亡的记录：请填写死亡日期，并提供死亡证明；共享数据查不到的，由继承人提供个人承诺书"
        ]
    if not rule.to_heir and facts.died:
        return ["登记册里参保人已经死亡：支取原因请选“参保人死亡”，由继承人办理"]
    if rule.foreign and not facts.papers & FOREIGN_PAPERS:
        return ["登记的证件不是外国人或港澳台居民的证件，不能按离境支取：请核对支取原因，或先变更证件信息"]
    if rule.as_resident and not facts.is_resident:
        return ["现在没有参加城乡居民医保，不能按转为居民医保支取：请先终止职工参保，并办理居民参保登记"]
    return []


def _of_an_heir(facts: Facts) -> list[str]:
    if facts.payee_relation in ("", SELF) or facts.payee_is_person:
        return ["因死亡支取的，收款人为继承人：请填写继承人的姓名、身份证号码和与参保人的关系"]
    if not facts.heir_number:
        return ["请填写继承人的身份证号码"]
    return []


def _of_oneself(facts: Facts) -> list[str]:
    is_other = facts.payee_is_person is False or facts.payee_name != facts.person_name
    if is_other or facts.payee_relation not in ("", SELF):
        return ["个人账户只能付给参保人本人：请填写本人的姓名和银行账户"]
    return []
