"""What a new version of an entry would change against the one in force, field by field, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jingban.core.parameters import Parameter
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.export import steps


@dataclass(frozen=True, slots=True)
class Changed:
    """One field: what goes, and what comes."""

    label: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()


Words = Callable[[EffectiveItem], Iterable[str]]

_TOLD: dict[str, tuple[str, Words]] = {
    "name": ("名称", lambda i: [i.name]),
    "applicants": ("服务对象", lambda i: i.applicants),
    "accepted_by": ("受理机构", lambda i: [b.name for b in i.accepted_by]),
    "channels": ("办理渠道", lambda i: [c.name for c in i.channels]),
    "promise": ("承诺时限", lambda i: [i.promise.text] if i.promise else []),
    "statutory": ("法定时限", lambda i: [i.statutory.text] if i.statutory else []),
    "limit": ("指南印载的时限", lambda i: [i.limit.text] if i.limit else []),
    "form": ("申请表栏目", lambda i: [f.label + ("（必填）" if f.required else "") for f in i.form]),
    "materials": ("材料", lambda i: [m.name + ("" if m.required else "（选交）") for m in i.materials]),
    "documents": ("结果文书", lambda i: [d.name for d in i.documents]),
    "phones": ("电话", lambda i: i.phones),
    "fee": ("收费", lambda i: [i.fee] if i.fee else []),
    "legal_basis": ("依据", lambda i: [b.text for b in i.legal_basis]),
    "effects": ("登记和账务的变动", lambda i: i.effects),
    "process": (
        "环节",
        lambda i: [f"{step['name']}（{'、'.join(step['by'])}）" for step in steps(i.process)],
    ),
}
"""Fields that are told one thing at a time; any other is told to have changed."""
_OTHERS = {
    "offices": "经办处", "contacts": "联系人", "online": "网上办理地址", "answers": "来函程序", "sealed": "保密",
    "facts": "事项内容", "initiators": "发起人", "fixed": "已定的内容", "opens": "办理期间", "switches": "办理条件",
    "segments": "分段期限", "clocks": "期限", "conditions": "受理条件", "exclusions": "不予受理的情形",
    "query_channels": "查询渠道", "evaluation_channels": "评价渠道", "supervision": "监督", "remarks": "备注",
    "supervision_phone": "监督电话", "corrections": "更正说明", "findings": "发现", "aliases": "别名",
    "position": "顺序", "number": "编号", "national_basis": "全国依据", "combined_with": "可合并办理",
}  # fmt: skip
_SILENT = frozenset({"hash", "fixed_words", "defaults", "silent", "region_name"})


def changes(
    old: EffectiveItem,
    new: EffectiveItem,
    parameters: tuple[dict[str, Parameter], dict[str, Parameter]] = ({}, {}),
) -> tuple[Changed, ...]:
    """Every field in which they differ; ``parameters`` are the dated figures frozen with either."""
    found: list[Changed] = []
    for name in EffectiveItem.model_fields:
        if name in _SILENT or getattr(old, name) == getattr(new, name):
            continue
        label, words = _TOLD.get(name, (_OTHERS.get(name, name), _nothing))
        before, after = tuple(words(old)), tuple(words(new))
        gone = tuple(w for w in before if w not in after)
        come = tuple(w for w in after if w not in before)
        if not gone and not come and name == "process":
            label = "环节里的操作、文书或条件"
        found.append(Changed(label, gone, come))
    return (*found, *_figures(*parameters))


def _nothing(item: EffectiveItem) -> Iterable[str]:
    return ()


def _figures(old: dict[str, Parameter], new: dict[str, Parameter]) -> Iterable[Changed]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        named = after or before
        if named is not None and before != after:
            yield Changed(f"参数：{named.description}", _values(before), _values(after))


def _values(parameter: Parameter | None) -> tuple[str, ...]:
    if parameter is None:
        return ()
    dated = parameter.values.items()
    return tuple(f"{day}起 {one.value}" if one is not None else f"{day}起停用" for day, one in dated)
