"""A guide page: an entry in the order that citizens know from government sites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from jingban.cases.materials import slots
from jingban.cases.offering import closed_now
from jingban.portals import charts
from jingban.portals.book import Entry, words
from jingban.portals.public.asked import Asked, often_asked
from jingban.portals.public.materials import MaterialRow, material_row
from jingban.portals.public.own_list import OwnList
from jingban.portals.public.qr import qr_code
from jingban.portals.questions import door_channel
from jingban.processes.flowchart import Line
from jingban.rulebook.chinese import field_name
from jingban.rulebook.effective import ContactCard, EffectiveItem, Material
from jingban.rulebook.schema import Limit, Segment

NOT_PRINTED = "指南未载明"
LONG_VALUE = 7
ONLINE_DOORS = frozenset({"online", "app", "wechat", "unit-hall"})
SUBJECTS = {
    "institution": "医疗机构",
    "pharmacy": "零售药店",
    "person_in_charge": "主要负责人",
    "applicant": "申请人",
    "person": "参保人",
}


@dataclass(frozen=True, slots=True)
class Number:
    """One of the four big numbers under the title."""

    label: str
    value: str
    default: bool = False
    more: str = ""

    @property
    def quiet(self) -> bool:
        """Long or missing values are set small."""
        return self.value == NOT_PRINTED or len(self.value) > LONG_VALUE


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the basic facts."""

    label: str
    lines: tuple[str, ...]
    default: bool = False


@dataclass(frozen=True, slots=True)
class Footnote:
    """A slip of the pen that was put right, or something odd that stays as printed."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class GuidePage:
    """All that the template shows."""

    entry: Entry
    numbers: tuple[Number, ...]
    facts: tuple[Fact, ...]
    conditions: tuple[tuple[str, tuple[Any, ...]], ...]
    materials: tuple[MaterialRow, ...]
    corrections: tuple[Footnote, ...]
    findings: tuple[Footnote, ...]
    steps: list[Line]
    chart: SafeString
    lanes: SafeString
    answers: tuple[tuple[str, SafeString], ...]
    contacts: tuple[ContactCard, ...]
    defaults: frozenset[str]
    applies: bool
    closed: str | None
    by_whom: str
    asked: tuple[Asked, ...]
    own: OwnList
    qr: SafeString

    @property
    def item(self) -> EffectiveItem:
        return self.entry.item

    @property
    def start(self) -> str:
        """What the button to begin says: nobody is promised a way online that the guide does not have."""
        return "在线办理" if door_channel(self.item) == "online" else "网上填表，到现场办"

    @property
    def hash_short(self) -> str:
        return self.entry.hash[:12]


def guide_page(entry: Entry, now: datetime, own: OwnList, address: str) -> GuidePage:
    """The page of an entry as published, with the list for this person's case; ``address`` is the page's own."""
    item, known = entry.item, words(entry.item.region)
    key = item.process.process
    return GuidePage(
        entry=entry,
        numbers=_numbers(item),
        facts=tuple(_facts(item)),
        conditions=_conditions(item),
        materials=tuple(material_row(m) for _, m in slots(item)),
        corrections=tuple(Footnote(field_name(c.field), correction_text(c)) for c in item.corrections),
        findings=tuple(Footnote(field_name(f.field), f.text) for f in item.findings),
        steps=charts.chart_in_words(entry.version, key),
        chart=charts.guide_chart(entry.version, key),
        lanes=charts.guide_chart(entry.version, key, lanes=True),
        answers=tuple((a.name, charts.guide_chart(entry.version, a.process)) for a in item.answers),
        contacts=item.contacts,
        defaults=frozenset(item.defaults),
        applies=item.process.starts == "application",
        closed=closed_now(item, now),
        by_whom=known.roles_text(item.process.application.by),
        asked=often_asked(item, charts.limits_in_words(entry.version, key)),
        own=own,
        qr=qr_code(address),
    )


def _numbers(item: EffectiveItem) -> tuple[Number, ...]:
    all_of, sure = len(item.materials), sum(_always(m) for m in item.materials)
    channels = [c.name for c in item.channels if c.id != "none"]
    few = len("、".join(channels)) <= LONG_VALUE
    return (
        limit_number(item),
        Number(
            "申请材料",
            f"{all_of}项" if all_of else "无需提交",
            "materials" in item.defaults,
            f"其中{all_of - sure}项视情形提交" if all_of > sure else "",
        ),
        Number(
            "办理渠道",
            ("、".join(channels) if few else f"{len(channels)}种") or "无需申报",
            "channels" in item.defaults,
            "" if few else "、".join(channels),
        ),
        Number("收费", item.fee or NOT_PRINTED),
    )


def limit_number(item: EffectiveItem) -> Number:
    """The promise in force; where only a part of it or a rule is printed, that."""
    default, printed = "limit" in item.defaults, item.limit
    if item.promise is not None:
        return Number("承诺办结时限", item.promise.text, default)
    if printed is not None:
        return Number(
            "承诺时限",
            printed.text if printed.amount is not None else "按规定执行",
            False,
            printed.by_rule or "",
        )
    return Number("承诺办结时限", NOT_PRINTED)


def _always(material: Material) -> bool:
    return material.required and not (material.for_whom or material.when or material.channel)


def _facts(item: EffectiveItem) -> Iterable[Fact]:
    yield _fact(item, "服务对象", "applicants", item.applicants)
    yield _fact(item, "受理机构", "accepted_by", [n.name for n in item.accepted_by])
    yield _fact(
        item,
        "主项",
        "main_item",
        [_coded(item.main_item.name, item.main_item.code)] if item.main_item else [],
    )
    yield _fact(item, "事项编码", "code", [item.code] if item.code else [])
    yield _fact(
        item, "承诺时限", "limit", [_limit(item.promise or item.limit)] if item.promise or item.limit else []
    )
    yield _fact(item, "法定时限", "statutory", [_limit(item.statutory)] if item.statutory else [])
    if item.segments:
        yield Fact("分段时限", tuple(f"{s.name}：{_segment(s)}" for s in item.segments))
    yield _fact(item, "办理渠道", "channels", [c.name for c in item.channels])
    yield _fact(item, "办理地点", "offices", [_place(o.address, o.window, o.name) for o in item.offices])
    if item.opens:
        example = "（示例值）" if item.opens.status == "illustrative" else ""
        yield Fact(
            "受理期间", (f"每年{_month_day(item.opens.start)}至{_month_day(item.opens.until)}{example}",)
        )
    if item.documents:
        yield _fact(item, "办理文书", "documents", ["、".join(d.name for d in item.documents)])


def _fact(item: EffectiveItem, label: str, field: str, lines: Iterable[str]) -> Fact:
    found = tuple(lines)
    return Fact(label, found or (NOT_PRINTED,), field in item.defaults)


def _coded(name: str, code: str | None) -> str:
    return f"{name}（{code}）" if code else name


def _limit(limit: Limit | None) -> str:
    if limit is None:
        return NOT_PRINTED
    basis = "、".join(b.text for b in limit.basis)
    start = {"acceptance": "自受理起算", "receipt": "自收到齐全材料起算"}.get(limit.start or "", "")
    return "，".join(part for part in (limit.text, start, basis) if part)


def _segment(segment: Segment) -> str:
    return segment.as_limit().model_copy(update={"for_": None}).text


def _place(address: str | None, window: str | None, name: str) -> str:
    parts = dict.fromkeys(p for p in (address, window) if p and p != name)
    return f"{name}（{'，'.join(parts)}）" if parts else name


def _month_day(text: str) -> str:
    month, day = text.split("-")
    return f"{int(month)}月{int(day)}日"


def _conditions(item: EffectiveItem) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Conditions by the group under which the guide prints them."""
    groups: dict[str, list[Any]] = {}
    for condition in item.conditions:
        groups.setdefault(SUBJECTS.get(condition.subject, ""), []).append(condition)
    return tuple((name, tuple(found)) for name, found in groups.items())


def correction_text(correction: Any) -> str:
    """印作……，更正为……，理由。"""
    printed, meant = _shown(correction.printed), _shown(correction.corrected)
    return f"印作“{printed}”，更正为“{meant}”。理由：{correction.reason}。"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "（空）"
    if isinstance(value, (list, tuple)):
        return "、".join(_shown(v) for v in value)
    return str(value)
