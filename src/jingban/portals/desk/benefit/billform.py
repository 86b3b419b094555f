"""A bill as it is typed: what was sent, what is wrong with it, and the draft that comes of it. Nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import QueryDict

from jingban.benefits import service as benefits
from jingban.benefits.service import BillDraft, InvoiceDraft, Kind, LineDraft, Settled
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.money import to_fen
from jingban.portals.desk.benefit import lines, receipts
from jingban.portals.desk.benefit.lines import Judged, Typed
from jingban.portals.desk.benefit.receipts import Receipt
from jingban.portals.desk.register import forms
from jingban.rulebook.cache import regions
from jingban.rulebook.diseases import diseases
from jingban.rulebook.effective import FormField

MOST_LINES = 3000
SETTLED = ("settled_in_scope", "settled_insurance")
MATERNITY = ("prenatal", "delivery", "family-planning")
_CELL = re.compile(rf"line\.([0-9]{{1,5}})\.({'|'.join(lines.TITLES)})")
_RECEIPT = re.compile(rf"invoice\.([0-9]{{1,3}})\.({'|'.join(receipts.TITLES)}|read)")
YES = {"yes": "是"}
OURS = "在本机构报销的不填，按核定结果自动带出；在医院直接结算的，按结算单填写"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page sent, or what it begins with."""

    header: Mapping[str, str]
    lines: tuple[Typed, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    open: frozenset[int] = frozenset()

    @property
    def next_line(self) -> int:
        return max((one.line for one in self.lines), default=0) + 1

    @property
    def next_receipt(self) -> int:
        return max((one.line for one in self.receipts), default=0) + 1

    def with_lines(self, more: Iterable[Typed]) -> Sent:
        """These lines as well. Raises BillWrong where they are too many for a bill: none is cut off."""
        found = (*self.lines, *more)
        if len(found) > MOST_LINES:
            raise benefits.BillWrong(
                f"加上这些共{len(found)}条明细，一张账单最多{MOST_LINES}条，这次的没有加进来；请按出院结算分开录入。"
            )
        return replace(self, lines=found)

    def with_receipt(self, draft: InvoiceDraft, case: int) -> Sent:
        one = Receipt(self.next_receipt, {}, receipts.sealed(draft, case), draft)
        return replace(self, receipts=(*self.receipts, one))


def questions(view: CaseView) -> tuple[FormField, ...]:
    """The head of a bill of this case."""
    kind, field = benefits.kind_of(view), forms.field
    aid = kind == Kind.AID
    is_birth = kind in (Kind.MATERNITY_MEDICAL, Kind.BIRTH_SUBSIDY)
    patients = {key: name for key, name in benefits.PATIENTS.items() if is_birth or key != "spouse"}
    found = [
        field("care", "医疗类别", "choice", choices=cares(kind)),
        field("began_on", "就诊（入院）日期", "day"),
        field("ended_on", "结束（出院）日期", "day", hint="只有一天的不填", required=False),
        field("institution", "医疗机构", hint="按票据上的名称填写"),
        field("institution_code", "机构代码", hint="票据或清单上有的填写", required=False),
        field("level", "机构级别", "choice", choices=benefits.LEVELS),
        field("place_code", "就医地", hint=f"6位行政区划代码；本地为{_here(view)}"),
        field("total", "费用总额（元）", "amount", hint="全部票据金额的合计"),
        field("commercial", "商业保险已付（元）", "amount", hint="没有的不填", required=False),
        field("accident", "意外伤害", "choice", choices=dict(benefits.Accident.choices)),
        field("third_party_paid", "第三人已付（元）", "amount", hint="第三人负担的才填", required=False),
        field("patient", "就诊人", "choice", choices=patients),
        field("patient_name", "就诊人姓名", "name", hint="不是本人的填写", required=False),
        field("diagnosis", "诊断", hint="按出院小结或诊断证明", required=False),
    ]
    if not is_birth:
        found += [
            field(
                "disease", "慢特病病种", "choice", hint="门诊慢特病的选择", required=False, choices=diseases()
            ),
            field(
                "emergency", "急诊抢救", "choice", hint="异地急诊抢救的选“是”", required=False, choices=YES
            ),
            field("enterprise_supplement", "单位有补充医疗保险", "choice", required=False, choices=YES),
        ]
    if aid:
        found += [
            field("settled_in_scope", "政策范围内费用（元）", "amount", hint=OURS),
            field("settled_insurance", "各项保险已付（元）", "amount", hint="基本医保、大病保险等合计"),
        ]
    return tuple(found)


def cares(kind: Kind | None) -> dict[str, str]:
    """The kinds of care that the entry pays for."""
    if kind in (Kind.MATERNITY_MEDICAL, Kind.BIRTH_SUBSIDY):
        return {key: name for key, name in benefits.CARES.items() if key in MATERNITY}
    if kind == Kind.REIMBURSEMENT:
        return {key: name for key, name in benefits.CARES.items() if key not in MATERNITY}
    return dict(benefits.CARES)


def _here(view: CaseView) -> str:
    return regions()[view.region].admin_code


INJURIES = {"none": "none", "own": "own", "other-pays": "paying", "other-unpaid": "not-paying"}
"""What the form of the application says of an injury, as a bill has it; an injury at work stays to be said."""


def begun(view: CaseView, said: Mapping[str, str]) -> Sent:
    """An empty bill, with what the application says already."""
    known = cares(benefits.kind_of(view))
    care = said.get("care_kind", "")
    header = {
        "care": care if care in known else next(iter(known)) if len(known) == 1 else "",
        "began_on": said.get("care_from", ""),
        "ended_on": said.get("care_until", ""),
        "institution": said.get("treating_institution", ""),
        "place_code": _here(view),
        "accident": INJURIES.get(said.get("injury", ""), ""),
        "commercial": said.get("commercial_paid", ""),
        "patient": "spouse" if said.get("insured_through") == "spouse" else "self",
        "patient_name": said.get("spouse_name", ""),
    }
    return Sent({key: text for key, text in header.items() if text})


def of_draft(draft: BillDraft, case: int) -> Sent:
    """A bill as it was entered, to be corrected."""
    money = {"total": draft.total, "commercial": draft.commercial, "third_party_paid": draft.third_party_paid}
    money = {key: fen for key, fen in money.items() if fen}
    if draft.settled is not None:
        money |= dict(zip(SETTLED, (draft.settled.in_scope, draft.settled.insurance), strict=True))
    header = {
        **{
            key: getattr(draft, key)
            for key in ("care", "institution", "institution_code", "level", "place_code")
        },
        **{
            key: getattr(draft, key)
            for key in ("accident", "patient", "patient_name", "diagnosis", "disease")
        },
        **{key: lines.yuan_text(fen) for key, fen in money.items()},
        "began_on": draft.began_on.isoformat(),
        "ended_on": draft.ended_on.isoformat(),
        "emergency": "yes" if draft.emergency else "",
        "enterprise_supplement": "yes" if draft.enterprise_supplement else "",
    }
    return Sent(
        {key: str(text) for key, text in header.items() if text},
        tuple(Typed(n, lines.cells_of(one)) for n, one in enumerate(draft.lines, 1)),
        tuple(_receipt(n, one, case) for n, one in enumerate(draft.invoices, 1)),
    )


def _receipt(line: int, draft: InvoiceDraft, case: int) -> Receipt:
    if draft.is_read:
        return Receipt(line, {}, receipts.sealed(draft, case), draft)
    return Receipt(line, receipts.cells_of(draft))


def read(data: QueryDict, view: CaseView) -> Sent:
    """What a page sent; blank rows are nobody's, what was taken out is gone."""
    typed: dict[int, dict[str, str]] = _kept(data.get("kept", ""))
    notes: dict[int, dict[str, str]] = {}
    for name in data:
        text = _text(data, name)
        if (found := _CELL.fullmatch(name)) and text:
            typed.setdefault(int(found[1]), {})[found[2]] = text[: lines.LONGEST]
        elif (found := _RECEIPT.fullmatch(name)) and text:
            notes.setdefault(int(found[1]), {})[found[2]] = text
    for name, rows in (("drop", typed), ("drop-receipt", notes)):
        for line in _numbers(data.getlist(name)):
            rows.pop(line, None)
    entered = [Receipt(n, _cut(cells), *_read(cells, view)) for n, cells in sorted(notes.items())]
    return Sent(
        {q.key: _text(data, q.key)[:500] for q in questions(view)},
        tuple(Typed(n, cells) for n, cells in sorted(typed.items()) if cells),
        tuple(one for one in entered if not one.is_blank),
        frozenset(_numbers(data.getlist("open"))),
    )


def _text(data: QueryDict, name: str) -> str:
    """What was typed. Nobody types a NUL, and no database takes one."""
    return data.get(name, "").replace("\0", "").strip()


def _read(cells: Mapping[str, str], view: CaseView) -> tuple[str, InvoiceDraft | None]:
    token = cells.get("read", "")
    draft = receipts.unsealed(token, view.id) if token else None
    return (token, draft) if draft else ("", None)


def _cut(cells: Mapping[str, str]) -> dict[str, str]:
    """One that is longer than any receipt's is told, not cut to what might be another receipt's."""
    return {key: text[: lines.LONGEST * 2] for key, text in cells.items() if key != "read"}


def _kept(text: str) -> dict[int, dict[str, str]]:
    """The hidden field; whoever alters it alters only what was typed: every line is judged again."""
    try:
        rows: Any = json.loads(text) if text else []
        return {
            int(line): {str(k): str(v)[: lines.LONGEST] for k, v in cells.items() if k in lines.TITLES}
            for line, cells in rows[:MOST_LINES]
        }
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 6]


@dataclass(frozen=True, slots=True)
class Looked:
    """A bill that was looked over: its parts, the draft where all is right, and every fault by its place."""

    sent: Sent
    form: forms.Filled
    lines: tuple[Judged, ...]
    receipts: tuple[InvoiceDraft, ...]
    wrong_receipts: Mapping[int, Mapping[str, str]]
    draft: BillDraft | None
    faults: Mapping[str, str]


def looked(view: CaseView, sent: Sent, day: date) -> Looked:
    """Every answer, line and receipt by itself; whether they fit together is asked when the bill is kept."""
    form = _filled(view, sent, day)
    began_on, ended_on = form.day_of("began_on"), form.day_of("ended_on")
    judged = lines.judged(view.region, sent.lines, began_on)
    issuer = form.said.get("institution", "")
    good, wrong = receipts.judged(sent.receipts, issuer=issuer, ended_on=ended_on or began_on)
    sent, told = _with_settled(view, sent, good)
    form = _filled(view, sent, day)
    faults = {**form.faults, **told}
    if len(sent.receipts) > receipts.MOST:
        faults["invoices"] = f"一张账单最多{receipts.MOST}张票据，请按就诊分成几张账单录入。"
    faults |= {
        f"invoice.{n}.{key}": f"第{n}张票据：{text}" for n, one in wrong.items() for key, text in one.items()
    }
    faults |= {
        f"line.{one.line}.{key}": f"第{one.line}行：{text}"
        for one in judged
        for key, text in one.faults.items()
    }
    draft = None
    if not faults and began_on is not None:
        kept = tuple(one.draft for one in judged if one.draft is not None)
        draft = _draft(form.said, began_on, ended_on or began_on, kept, tuple(good))
    return Looked(sent, form, tuple(judged), tuple(good), wrong, draft, faults)


def _filled(view: CaseView, sent: Sent, day: date) -> forms.Filled:
    data = QueryDict(mutable=True)
    data.update(dict(sent.header))
    return forms.filled(questions(view), data, day)


def _with_settled(view: CaseView, sent: Sent, good: Iterable[InvoiceDraft]) -> tuple[Sent, dict[str, str]]:
    """For medical aid: what our own decision says of the receipts stands in the form; typed is only what others settled."""
    brought = tuple(good)
    if benefits.kind_of(view) != Kind.AID or not brought or any(sent.header.get(key) for key in SETTLED):
        return sent, {}
    try:
        known = benefits.settled_of(brought)
    except DomainError as error:
        return sent, {"invoices": error.message}
    if known is None:
        return sent, {}
    amounts = dict(zip(SETTLED, (known.settled.in_scope, known.settled.insurance), strict=True))
    texts = {key: lines.yuan_text(fen) for key, fen in amounts.items()}
    return replace(sent, header={**sent.header, **texts}), {}


def _draft(
    said: Mapping[str, str],
    began_on: date,
    ended_on: date,
    kept: tuple[LineDraft, ...],
    good: tuple[InvoiceDraft, ...],
) -> BillDraft:
    def fen(key: str) -> int:
        return to_fen(said[key]) if said.get(key) else 0

    settled = (
        Settled(fen("settled_in_scope"), fen("settled_insurance")) if "settled_in_scope" in said else None
    )
    return BillDraft(
        care=said["care"],
        began_on=began_on,
        ended_on=ended_on,
        institution=said["institution"],
        level=said["level"],
        place_code=said["place_code"],
        total=fen("total"),
        lines=kept,
        invoices=good,
        institution_code=said.get("institution_code", ""),
        diagnosis=said.get("diagnosis", ""),
        disease=said.get("disease", ""),
        emergency=said.get("emergency") == "yes",
        accident=said["accident"],
        third_party_paid=fen("third_party_paid"),
        commercial=fen("commercial"),
        enterprise_supplement=said.get("enterprise_supplement") == "yes",
        patient=said["patient"],
        patient_name=said.get("patient_name", ""),
        settled=settled,
    )


def at_fault(error: DomainError, found: Looked) -> dict[str, str]:
    """Where a refusal of the whole belongs: the field it names; of receipts the one that it is about."""
    name = str(error.details.get("field") or "")
    if name == "invoices":
        for one in found.sent.receipts:
            number = one.read.number if one.read else one.cells.get("number", "")
            if number and number in error.message:
                return {f"invoice.{one.line}.number" if not one.read else "invoices": error.message}
    known = {question.key for question in found.form.fields} | {"lines", "invoices"}
    return {name if name in known else "bill": error.message}
