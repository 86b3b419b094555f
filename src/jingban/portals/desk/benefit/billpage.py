"""The page of a bill: the questions, the lines and receipts as inputs or text, and every fault at its place.

The first lines and those with faults are inputs; the rest travel in one hidden field, so that thousands fit a page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jingban.core.money import show_yuan, to_fen
from jingban.portals.blanks import Blank
from jingban.portals.desk.benefit import lines, receipts
from jingban.portals.desk.benefit.billform import Looked
from jingban.portals.desk.benefit.lines import Judged, Row
from jingban.portals.desk.benefit.receipts import Receipt, ReceiptRow
from jingban.portals.desk.register import forms

INPUTS = 60
"""So many lines are inputs at once: with all columns half of what a form may send."""
SPARE_LINES, SPARE_RECEIPTS = 4, 2
"""Empty rows of a page, for who has no script; with one, Enter adds rows."""


@dataclass(frozen=True, slots=True)
class Listed(Blank):
    """A choice as a list to pull down, however few there are: a bill has many."""

    @property
    def widget(self) -> str:
        return "select" if self.field.kind == "choice" else "line"


@dataclass(frozen=True, slots=True)
class BillPage:
    """All that the template of a bill shows."""

    blanks: Mapping[str, tuple[Blank, ...]]
    rows: tuple[Row, ...]
    spare: tuple[Row, ...]
    folded: tuple[Row, ...]
    kept: str
    kept_fen: int
    receipts: tuple[ReceiptRow, ...]
    spare_receipts: tuple[ReceiptRow, ...]
    lines_fen: int
    receipts_fen: int
    total_fen: int | None
    faults: tuple[tuple[str, str], ...] = ()
    at: Mapping[str, str] = field(default_factory=dict)
    """What is wrong at a part as a whole: the lines, the receipts, what was pasted."""

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.folded)

    @property
    def asks_lines(self) -> bool:
        """Whether the bill needs its lines: for medical aid the settlement stands in their place."""
        return not self.blanks["settled"]

    @property
    def gap(self) -> str:
        """How the sums differ, in words."""
        if self.total_fen is None:
            return ""
        found = []
        for name, fen in (("明细合计", self.lines_fen), ("票据合计", self.receipts_fen)):
            if fen != self.total_fen and (fen or name != "明细合计" or self.asks_lines):
                more = "多" if fen > self.total_fen else "少"
                found.append(f"{name}比费用总额{more}{show_yuan(abs(fen - self.total_fen))}元")
        return "，".join(found)


GROUPS = {
    "visit": ("care", "began_on", "ended_on", "disease", "diagnosis", "emergency"),
    "place": ("institution", "institution_code", "level", "place_code"),
    "money": ("total", "commercial", "accident", "third_party_paid", "enterprise_supplement"),
    "patient": ("patient", "patient_name"),
    "settled": ("settled_in_scope", "settled_insurance"),
}
"""Which questions stand together."""


def page_of(found: Looked, faults: Mapping[str, str] | None = None, *, spare: int = SPARE_LINES) -> BillPage:
    """The page; without ``faults`` nothing is told yet: it is being filled in."""
    told = faults is not None
    wrong = dict(faults or {})
    shown = _shown(found.lines, found.sent.open)
    rest = [one for one in found.lines if one.line not in shown]
    tokens = found.sent.receipts
    return BillPage(
        blanks=_blanks(found.form, wrong),
        rows=tuple(lines.row_of(one, told=told) for one in found.lines if one.line in shown),
        spare=lines.blank_rows(found.sent.next_line, spare),
        folded=tuple(lines.row_of(one) for one in rest),
        kept=json.dumps([[one.line, dict(one.typed.cells)] for one in rest], ensure_ascii=False),
        kept_fen=lines.total_of(rest),
        receipts=tuple(
            receipts.row_of(one, found.wrong_receipts.get(one.line, {}) if told else {}) for one in tokens
        ),
        spare_receipts=tuple(
            receipts.row_of(Receipt(n), {})
            for n in range(
                found.sent.next_receipt, found.sent.next_receipt + (SPARE_RECEIPTS if not tokens else 1)
            )
        ),
        lines_fen=lines.total_of(found.lines),
        receipts_fen=sum(one.amount for one in found.receipts),
        total_fen=to_fen(found.form.said["total"]) if found.form.said.get("total") else None,
        faults=tuple(wrong.items()),
        at={
            key: text
            for key, text in wrong.items()
            if key in ("lines", "invoices", "paste", "sheet", "einvoice")
        },
    )


def _shown(found: Sequence[Judged], asked: frozenset[int]) -> frozenset[int]:
    first = [one.line for one in found if one.faults or one.line in asked]
    first += [one.line for one in found if one.line not in first]
    return frozenset(first[:INPUTS])


def _blanks(form: forms.Filled, faults: Mapping[str, str]) -> dict[str, tuple[Blank, ...]]:
    known = {
        b.name: Listed(b.field, b.name, b.value, faults.get(b.name, ""), b.asked, b.options)
        for b in form.blanks
    }
    return {name: tuple(known[key] for key in keys if key in known) for name, keys in GROUPS.items()}
