"""The reward of a tip-off (医保办发〔2022〕22号; guide B29): case value × ratio, between a floor and a cap, shared."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from jingban.benefits.rules.birth import refuse
from jingban.benefits.rules.explain import Sheet, percent
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import ClaimWrong, Result
from jingban.core.money import round_fen, show_yuan

GRADES: Mapping[int, str] = MappingProxyType({1: "一级举报", 2: "二级举报", 3: "三级举报"})
NOT_REWARDED: Mapping[str, str] = MappingProxyType(
    {
        "no-target": "没有明确的被举报对象、具体线索和有效证据",
        "known": "主要事实、证据事先已被医疗保障部门掌握",
        "unfounded": "举报事项未查证属实",
        "no-loss": "被举报行为没有造成医疗保障基金损失",
        "unwilling": "举报人不愿意领取奖励",
        "unidentified": "举报人身份无法核实或无法联系",
        "staff": "举报人是医疗保障部门工作人员、受委托人员或由其授意",
        "offender": "举报人是违法违规行为人本人，主动供述或在调查中交代",
        "withdrawn": "举报人在处理决定作出前撤回举报",
        "litigation": "举报事项已进入诉讼、仲裁等法定程序",
        "not-first": "同一事项已有他人先举报",
        "late": "接到领奖通知后逾期未领，视为放弃",
    }
)
"""Why there is no reward. The first six stand in guide B29; the rest is from memory (reference 6, K)."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """One of those who reported together; ``weight`` as they agreed among themselves."""

    name: str
    weight: int = 1


_BETWEEN = re.compile(r"[、，,;；/／\r\n]+")
"""What people write between names."""


def reporters_named(first: str, others: str) -> tuple[str, ...]:
    """Who reported together, each once: whoever handed it in first, then the others as the form lists them."""
    said = (" ".join(name.split()) for name in (first, *_BETWEEN.split(others)))
    return tuple(dict.fromkeys(name for name in said if name))


def reasons_against(codes: Collection[str]) -> list[str]:
    """The reasons in words, in the order of the list; an unknown code raises ClaimWrong."""
    if unknown := sorted(set(codes) - set(NOT_REWARDED)):
        raise ClaimWrong(f"没有“{'、'.join(unknown)}”这样的不予奖励情形，请重新选择。")
    return [text for code, text in NOT_REWARDED.items() if code in codes]


def reward(
    case_value: int,
    grade: int,
    figures: Figures,
    *,
    reporters: Sequence[Reporter] = (Reporter("举报人"),),
    is_insider: bool = False,
    against: Collection[str] = (),
) -> Result:
    """The reward by the figures of their day (that of the decision), and each reporter's share.

    ``case_value``: the fund's loss that was found (案值). Raises NotEntitled with the reasons ``against``; without loss
    there is no reward. Amounts ``share:1``, ``share:2`` … are the reporters', in their order.
    """
    refuse("举报奖励", reasons_against({*against, "no-loss"} if case_value <= 0 else against))
    if grade not in GRADES:
        raise ClaimWrong(f"请选择举报等级：{'、'.join(GRADES.values())}。")
    sheet = Sheet(figures.fresh())
    sheet.put("case_value", "案值", case_value, "查实的医疗保障基金损失")
    amount = _clamped(case_value, grade, is_insider, sheet)
    sheet.pay("reward", amount)
    given = shares(amount, [reporter.weight for reporter in reporters])
    if len(given) > 1:
        whole = sum(reporter.weight for reporter in reporters)
        for number, (reporter, part) in enumerate(zip(reporters, given, strict=True), 1):
            said = f"{show_yuan(amount)} 的{reporter.weight}/{whole}，不足一分的尾数按大小依次分给各人"
            sheet.put(f"share:{number}", f"{reporter.name}分得", part, said)
    sheet.amounts.update(total=amount, fund=amount, person=0)
    return sheet.result()


def shares(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """An amount in parts by weight that add up to the fen: what is left goes to the largest remainders, the first first."""
    whole = sum(weights)
    if not weights or min(weights) <= 0:
        raise ClaimWrong("请填写共同举报人和各人的份额，份额是大于零的整数。")
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return tuple(parts)


def _clamped(case_value: int, grade: int, is_insider: bool, sheet: Sheet) -> int:
    figures = sheet.figures
    ratio, said = figures.ratio(f"tip-off-reward.ratio-{grade}"), GRADES[grade]
    if is_insider and (points := figures.points("tip-off-reward.insider-points")):
        ratio += points
        said += f"，内部举报增加{percent(points)}"
    worked = round_fen(case_value * ratio)
    of_ratio = f"{show_yuan(case_value)} × {percent(ratio)} = {show_yuan(worked)}"
    sheet.put("worked", "按比例", worked, f"{said}，{of_ratio}")
    floor, cap = figures.yuan("tip-off-reward.floor"), figures.yuan("tip-off-reward.cap")
    amount = min(max(worked, floor), cap)
    between = f"在下限 {show_yuan(floor)} 和上限 {show_yuan(cap)} 之间"
    why = f"{between}，按 {show_yuan(worked)} 计"
    if worked < floor:
        why = f"{show_yuan(worked)} 不足下限 {show_yuan(floor)}，按下限计"
    elif worked > cap:
        why = f"{show_yuan(worked)} 超过上限 {show_yuan(cap)}，按上限计"
    return sheet.put("reward", "举报奖励", amount, why)
