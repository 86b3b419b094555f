"""The papers of a case: which an event gave out, and what they say as of that event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jingban.cases.forms import form_of
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import kinds
from jingban.documents.content import Column, Content, Line, Table, entry
from jingban.documents.lines import REMEDY, filled
from jingban.documents.told import Told, answer_words, told
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.schema_national import Paper

SENDER = frozenset({"日期", "印章", "电子印章", "文书编号", "受理文书编号"})
"""Stands at the head and the foot of the paper, not among its lines."""
SIGNERS = frozenset(
    {
        "收件人",
        "送达人",
        "制表人",
        "复核人",
        "移交人",
        "接收人",
        "专管员签字",
        "专家签名",
        "双方签章",
        "审批人",
    }
)
"""Sign below the paper."""
THEIRS = (entry("申请人（签名）"), entry("代办人（签名）"), entry("日期"))
"""Who signs a form."""
PUBLISHED = "公示名单"
"""On a paper for the wall, which is addressed to nobody."""
PLAIN = ("办件编号", "事项名称", "申请人", "理由", "依据", "金额")
FORM = Paper(name="申请表", kind="form", template="form", must_carry=(kinds.APPLICANT_SIGNS,))


@dataclass(frozen=True, slots=True)
class Subject:
    """A paper that a domain app keeps under a number of its own; the case shows that one, not a second.

    ``is_void``: the register holds it for void, so it is not issued any more. ``hold`` asks that once more when the
    paper is written, and holds the subject in its register until the transaction ends: it is void before or after.
    """

    ref: str
    number: str
    content: Content
    is_void: bool = False
    hold: Callable[[], bool] = lambda: False


Source = Callable[[CaseView, int], Subject | None]
SOURCES: dict[str, Source] = {}


def source(kind: str) -> Callable[[Source], Source]:
    """Register who fills a kind of paper of a case from a register of the own; None: it does not know this case."""

    def registered(function: Source) -> Source:
        SOURCES[kind] = function
        return function

    return registered


def is_of_register(kind: str) -> bool:
    """Whether a register fills this kind: with whole names and numbers, whoever looks."""
    return kind in SOURCES


def paper_of(view: CaseView, kind: str) -> Paper | None:
    """What a key means in a case: a kind of the rulebook, or a form that the entry's guide names."""
    known = kinds.papers(view.region)
    if kind in known:
        return known[kind]
    item = publish.version(view.version_id).item
    name = next((m.name for m in item.materials if m.id == kind and m.kind == "form"), "")
    return FORM.model_copy(update={"name": name}) if name else None


def form_kinds(item: EffectiveItem) -> tuple[tuple[str, str], ...]:
    """The forms that the guide names, by key and name; where it names none, one application form."""
    named = {m.id: m.name for m in item.materials if m.kind == "form"}
    return tuple(named.items()) or ((kinds.FORM, f"《{item.name}申请表》"),)


def gives(event: CaseEvent, kind: str, view: CaseView) -> bool:
    """Whether an event gives this paper out: its own, the proof that they were delivered, the form that came with it."""
    own = event.data.get("documents", ())
    if kind in own:
        return True
    if kind == kinds.DELIVERY:
        return any(not kinds.is_internal(view.region, key) for key in own)
    if kind in dict(form_kinds(publish.version(view.version_id).item)):
        return event.seq == 1 or bool(event.data.get("corrected"))
    return False


def content_of(view: CaseView, seq: int, kind: str) -> Content | None:
    """What the paper says; none where the event did not give it out."""
    found = told(view, seq)
    known = paper_of(found.view, kind) if found is not None else None
    if known is None or found is None or not gives(found.event, kind, found.view):
        return None
    if kind not in found.event.data.get("documents", ()) and kind != kinds.DELIVERY:
        return _form(found, kind)
    return _notice(found, kind, known)


def _notice(told: Told, kind: str, known: Paper) -> Content:
    item, outside = told.item, told.outside()
    form = known.template == "form"
    left_out = SENDER | {kinds.APPLICANT_SIGNS} if form else SENDER
    labels = [label for label in (known.must_carry or PLAIN) if label not in left_out]
    facts = [_line(label, told, outside) for label in labels if label not in SIGNERS]
    listed = known.kind in ("sheet", "list") and known.template is None
    to_them = known.direction == "issued" and known.kind == "notice" and PUBLISHED not in labels
    return Content(
        sender=item.region_full_name,
        day=told.day,
        holder="" if item.sealed else told.name,
        addressee=told.name if to_them else "",
        opening=(known.opening.format(item=item.name),) if known.opening else (),
        facts=() if listed else tuple(facts),
        table=_one_row(facts) if listed else None,
        closing=(known.closing.format(item=item.name),) if known.closing else (),
        remedy=REMEDY if known.remedies else "",
        signers=THEIRS
        if form
        else tuple(_line(label, told, outside) for label in labels if label in SIGNERS),
    )


def _one_row(facts: list[Line]) -> Table:
    """A list of a single case: its entries side by side."""
    columns = tuple(Column(name=f.label, width=2 if f.wide else 1) for f in facts)
    return Table(columns=columns, rows=(tuple("；".join(f.lines) for f in facts),))


def _line(label: str, told: Told, outside: Told) -> Line:
    if label == "送达文书名称和编号":
        return entry(label, *_delivered(told), outside=_delivered(told))
    return entry(label, *filled(label, told), outside=filled(label, outside))


def _delivered(told: Told) -> tuple[str, ...]:
    """The papers of the event by name and number."""
    known = kinds.papers(told.view.region)
    own = (
        key for key in told.event.data.get("documents", ()) if not kinds.is_internal(told.view.region, key)
    )
    return tuple(
        f"{known[key].name if key in known else key} {told.view.number}-{told.event.seq}" for key in own
    )


def _form(told: Told, kind: str) -> Content:
    """The form as it was handed in: every question that was put, with its answer or room for one."""
    item, state = told.item, told.view.state
    facts = [
        entry(f.label, answer_words(f, told.given[f.key]) if told.given.get(f.key) else "", outside=())
        for f in form_of(item, state.situations)
    ]
    facts += [entry(label, text) for label, text in item.fixed_words.items()]
    known = kinds.papers(told.view.region).get(kinds.FORM)
    return Content(
        sender=item.region_full_name,
        day=told.day,
        title=dict(form_kinds(item))[kind].strip("《》"),
        holder="" if item.sealed else told.name,
        facts=(*facts, entry("提交的材料", *told.materials(state.offered | state.received))),
        closing=(known.closing,) if known and known.closing else (),
        signers=THEIRS,
    )
