"""The named questions that a procedure may branch on; each is one fact and the values that say yes.

A fact is what the application or an act states (``facts`` of a case); no scripting language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jingban.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Fact:
    """What can be stated of a case: the values allowed and their Chinese words."""

    name: str
    label: str
    values: Mapping[str, str]
    asked: str  # "application": the form asks it; "act": whoever acts states it


@dataclass(frozen=True, slots=True)
class Predicate:
    """True when the fact has one of these values; a fact not stated says no."""

    name: str
    fact: str
    values: frozenset[str]

    def __call__(self, facts: Mapping[str, str]) -> bool:
        return facts.get(self.fact) in self.values


class FactNotAllowed(DomainError):
    """A fact was stated with a value that does not exist."""

    code = "fact_not_allowed"


def _facts(*facts: Fact) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts}


FACTS: dict[str, Fact] = _facts(
    Fact(
        "channel",
        "办理渠道",
        {
            "window": "窗口",
            "online": "网上",
            "kiosk": "自助查询机",
            "app": "手机应用",
            "wechat": "微信公众号或小程序",
            "phone": "电话",
            "post": "邮寄",
            "provider": "定点医疗机构",
            "village": "村（社区）",
            "township": "乡镇（街道）",
            "unit-hall": "单位网厅或网报系统",
        },
        "application",
    ),
    Fact(
        "direction",
        "转移方向",
        {"in-province": "省内转入", "other-province": "外省转入", "out": "转出"},
        "application",
    ),
    Fact(
        "stay",
        "异地就医类型",
        {"long-term": "长期异地就医", "temporary": "临时外出就医", "referral": "异地转诊"},
        "application",
    ),
    Fact("hardship", "困难类型", {"income": "收入困难对象", "expense": "医疗支出困难对象"}, "application"),
    Fact("person", "参保情况", {"known": "已参保", "new": "新参保人员"}, "application"),
    Fact("scope", "结算范围", {"local": "本地", "province": "省内", "cross-province": "跨省"}, "application"),
    Fact("account_balance", "个人账户", {"some": "个人账户有余额", "none": "个人账户无余额"}, "act"),
    Fact("violations", "违规费用", {"none": "无违规费用", "found": "有违规费用"}, "act"),
)

PREDICATES: dict[str, Predicate] = {
    p.name: p
    for p in (
        Predicate("self-service", "channel", frozenset({"online", "kiosk", "app", "wechat"})),
        Predicate("moving-out", "direction", frozenset({"out"})),
        Predicate("inside-province", "direction", frozenset({"in-province"})),
        Predicate("long-term-stay", "stay", frozenset({"long-term"})),
        Predicate("referral-stay", "stay", frozenset({"referral"})),
        Predicate("income-hardship", "hardship", frozenset({"income"})),
        Predicate("new-person", "person", frozenset({"new"})),
        Predicate("no-account-balance", "account_balance", frozenset({"none"})),
        Predicate("violations-found", "violations", frozenset({"found"})),
    )
}


def checked_facts(stated: Mapping[str, object]) -> dict[str, str]:
    """The stated facts, each known and with a value that exists."""
    known: dict[str, str] = {}
    for name, value in stated.items():
        fact = FACTS.get(name)
        if fact is None:
            raise FactNotAllowed(f"没有“{name}”这一项；可填的有：{'、'.join(FACTS)}。")
        if not isinstance(value, str) or value not in fact.values:
            raise FactNotAllowed(f"“{name}”不能填“{value}”；可填：{'、'.join(fact.values)}。")
        known[name] = value
    return known
