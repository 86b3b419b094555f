"""One entry as text to read on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jingban.rulebook.chinese import field_name, limit_text
from jingban.rulebook.effective import EffectiveItem, FormField, Material
from jingban.rulebook.export import address, steps
from jingban.rulebook.schema import Segment

TIERS = {"agency": "经办机构", "grassroots": "乡镇（街道）、村（社区）"}


def show(item: EffectiveItem) -> str:
    """Everything that the guide page says."""
    return "\n".join(_lines(item))


def _lines(item: EffectiveItem) -> Iterator[str]:
    yield f"{item.region_full_name}　{TIERS[item.tier]}第{item.number}项　{item.name}"
    yield from _field("事项编码", item.code)
    yield from _field("主项", item.main_item.name if item.main_item else None)
    yield from _field("服务对象", "、".join(item.applicants))
    yield from _field("受理单位", "、".join(n.name for n in item.accepted_by))
    yield from _field("办理渠道", "、".join(n.name for n in item.channels))
    yield from _field("网上办理", "；".join(_online(item)))
    yield from _field("办理地点", address(item))
    yield from _field("电话", "、".join(item.phones))
    contacts = (" ".join((c.name, c.title or "", *c.phones)) for c in item.contacts)
    yield from _field("联系人", "；".join(contacts))
    yield from _field("办理时限", _limit(item))
    yield from _list("分段时限", (_segment(s) for s in item.segments))
    yield from _field("收费", item.fee)
    yield from _list("申请条件", (c.text for c in item.conditions))
    yield from _list("不予受理情形", (e.text for e in item.exclusions))
    yield from _list("申请表", (_question(f) for f in item.form))
    yield from _field("本事项已定", "；".join(f"{label}为{text}" for label, text in item.fixed_words.items()))
    yield from _list("材料", (_material(m) for m in item.materials))
    yield from _field("办理流程", " → ".join(s["name"] for s in steps(item.process)))
    yield from _field("文书", "、".join(n.name for n in item.documents))
    yield from _list("办理依据", (b.text for b in item.legal_basis))
    yield from _field("进度查询", "、".join(item.query_channels))
    yield from _field("评价", "、".join(item.evaluation_channels))
    yield from _field("监督", item.supervision_phone or item.supervision)
    yield from _list("备注", item.remarks)
    slips = (
        f"{field_name(c.field)}：印“{c.printed}”，更正为“{c.corrected}”。{c.reason}" for c in item.corrections
    )
    yield from _list("更正", slips)
    yield from _list("发现", (f"{field_name(f.field)}：{f.text}" for f in item.findings))
    yield from _field("取自全国清单", "、".join(field_name(d) for d in item.defaults))
    yield from _field("内容哈希", item.hash)


def _field(name: str, value: str | None) -> Iterator[str]:
    if value:
        yield f"{name}：{value}"


def _list(name: str, values: Iterable[str]) -> Iterator[str]:
    listed = list(values)
    if listed:
        yield f"{name}："
        yield from (f"  {n}. {text}" for n, text in enumerate(listed, start=1))


def _online(item: EffectiveItem) -> Iterator[str]:
    for online in item.online:
        yield " ".join(part for part in (online.name, online.url, online.text) if part)


def _segment(segment: Segment) -> str:
    limit = segment.as_limit()
    return f"{segment.name}：{limit_text(limit.unit, limit.amount)}"


def _limit(item: EffectiveItem) -> str:
    printed = item.limit.text if item.limit else "未公布"
    if "limit" in item.defaults and item.promise:
        printed += f"（按全国清单{item.promise.text}）"
    if item.statutory:
        printed += f"；法定{item.statutory.text}，{'、'.join(b.text for b in item.statutory.basis)}"
    return printed


def _question(field: FormField) -> str:
    marks = ["" if field.required else "选填", "、".join(field.choices.values()), field.hint or ""]
    said = "；".join(m for m in marks if m)
    return f"{field.label}（{said}）" if said else field.label


def _material(material: Material) -> str:
    marks = [
        f"{material.for_whom_text}" if material.for_whom else "",
        material.when_text or "",
        f"原件{material.original}份" if material.original else "",
        f"复印件{material.copies}份" if material.copies else "",
        f"加盖{material.seal}" if material.seal else "",
        "" if material.required else "可要求时提供",
        f"可任选其一（{material.one_of}）" if material.one_of else "",
        material.note or "",
    ]
    said = "；".join(m for m in marks if m)
    return f"{material.name}（{said}）" if said else material.name
