"""Bills of a case: entered, corrected and taken out by the agency until the case is decided.

Rows are never edited: a correction is a new row that names the one it replaces, so that it stays known who entered
what. Lines and diagnosis are sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from jingban.access.service import Actor, may
from jingban.benefits import checking, drafts, invoices, settled, whose
from jingban.benefits.drafts import BillDraft, InvoiceDraft, content
from jingban.benefits.errors import BillClosed, BillWrong
from jingban.benefits.illustrative import pays_illustrative
from jingban.benefits.missing import told_plainly
from jingban.benefits.models import Bill, Decision, Invoice
from jingban.cases.actions import on_case
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read
from jingban.cases.work import Work, answers_of
from jingban.core.crypto import reseal
from jingban.core.localtime import local_day
from jingban.rulebook import publish
from jingban.rulebook.figures import figures, illustrations

EDITORS = frozenset({"window", "entry", "reviewer"})
"""Roles that enter and correct bills."""
SPOUSES = frozenset({"benefits.compute_maternity_medical", "benefits.compute_birth_subsidy"})
"""Benefits that somebody claims for a spouse without work."""
DEADLINE = "claim-months-after-year"


def enter(case_id: int, draft: BillDraft, *, actor: int, now: datetime) -> Bill:
    """Enter a bill of an open case; its invoices are held from now on.

    Raises BillWrong, InvoiceWrong, InvoiceUsed, InvoiceAltered or BillClosed, in plain words with the figures.
    """
    with transaction.atomic():
        return _entered(open_case(case_id), draft, actor=actor, now=now)


def correct(bill: Bill, draft: BillDraft, *, actor: int, now: datetime) -> Bill:
    """Enter it again in its right form: a new row in the place of the old."""
    with transaction.atomic():
        view = open_case(bill.case_id)
        _taken_out(bill, actor, now)
        return _entered(view, draft, actor=actor, now=now, replaces=bill)


def remove(bill: Bill, *, actor: int, now: datetime) -> None:
    """Take a bill out; its invoices may be brought again."""
    with transaction.atomic():
        open_case(bill.case_id)
        _taken_out(bill, actor, now)


def of_case(case_id: int) -> list[Bill]:
    """The bills that stand, by their days."""
    rows = Bill.objects.filter(case=case_id, removed_at__isnull=True)
    return list(rows.order_by("ended_on", "began_on", "id"))


def entered_by(case_id: int, bills: Iterable[Bill]) -> frozenset[int]:
    """Everybody who entered one of them, in its present form or in one that was corrected since."""
    rows = list(bills)
    found = {bill.entered_by for bill in rows}
    older = {bill.replaces_id for bill in rows if bill.replaces_id is not None}
    if older:
        columns = Bill.objects.filter(case=case_id).values_list("pk", "replaces_id", "entered_by")
        known = {pk: (before, who) for pk, before, who in columns}
        while older:
            before, who = known[older.pop()]
            found.add(who)
            older |= {before} - {None}
    return frozenset(found)


def checked(bills: Iterable[Bill], *, actor: int, now: datetime) -> None:
    """Note who looked them over; whoever entered one is never its checker."""
    keys = [bill.pk for bill in bills if bill.entered_by != actor]
    Bill.objects.filter(pk__in=keys, checked_by__isnull=True).update(checked_by=actor, checked_at=now)


def draft_of(bill: Bill) -> BillDraft:
    """A bill as it was entered, for correcting it."""
    kept = content(bill)
    rows = Invoice.objects.filter(bill=bill).order_by("id")
    payers = dict(enumerate(kept.payers))
    return BillDraft(
        care=bill.care,
        began_on=bill.began_on,
        ended_on=bill.ended_on,
        institution=bill.institution,
        institution_code=bill.institution_code,
        level=bill.level,
        place_code=bill.place_code,
        total=bill.total_fen,
        lines=kept.lines,
        invoices=tuple(_invoice(row, payers.get(n, "")) for n, row in enumerate(rows)),
        diagnosis=kept.diagnosis,
        disease=kept.disease,
        emergency=bill.emergency,
        accident=bill.accident,
        third_party_paid=bill.third_party_fen,
        commercial=bill.commercial_fen,
        enterprise_supplement=kept.enterprise_supplement,
        patient=kept.patient,
        patient_name=kept.patient_name,
        settled=kept.settled,
    )


def hold_payers(bills: Iterable[Bill], work: Work) -> None:
    """Raise InvoiceWrong where receipts are not whom the application names by now: it may have been corrected since."""
    who = whose.applicant(work.region, work.answers)
    for bill in bills:
        whose.hold(draft_of(bill), who)


def may_edit(view: CaseView, actor: Actor) -> bool:
    """Whether the actor enters bills of the case: window, entry or reviewer of its office, until it is decided."""
    roles = EDITORS | {"township"} if view.tier == "grassroots" else EDITORS
    return takes_bills(view) and not _why_closed(view) and bool(may(actor, "bill", on_case(view, roles)))


def takes_bills(view: CaseView) -> bool:
    """Whether the case is of a kind whose benefit is worked out."""
    item = publish.version(view.version_id).item
    return any(name.startswith("benefits.") for name in item.effects)


def is_aid(view: CaseView) -> bool:
    """Whether the case is about medical aid, which comes after insurance on the same receipts."""
    return "benefits.compute_aid" in publish.version(view.version_id).item.effects


def reseal_bills() -> int:
    """Seal contents of an older key again by the current one; how many rows changed."""
    changed = 0
    for row in Bill.objects.order_by("id").iterator(chunk_size=200):
        kept = bytes(row.content)
        again = reseal(kept, context=drafts.context(row.case_id))
        if again != kept:
            changed += Bill.objects.filter(pk=row.pk).update(content=again)
    return changed


@told_plainly()
def claim_until(region: str, ended_on: date) -> date:
    """The last day on which care of that year may be claimed."""
    months = int(figures(region)[DEADLINE].at(ended_on))
    year, month = divmod((ended_on.year + 1) * 12 + months, 12)
    return date.fromordinal(date(year, month + 1, 1).toordinal() - 1)


def _entered(
    view: CaseView, draft: BillDraft, *, actor: int, now: datetime, replaces: Bill | None = None
) -> Bill:
    draft, aid = _tidied(draft), is_aid(view)
    checking.hold(draft, day=local_day(now), aid=aid)
    _hold_in_time(view, draft, now)
    item = publish.version(view.version_id).item
    whose.hold(draft, whose.applicant(view.region, answers_of(view, item)))
    if draft.patient == "spouse" and not SPOUSES & set(item.effects):
        raise BillWrong(
            "只有生育的费用可以由参保职工为未就业配偶申请；其他费用请由配偶本人申请，请核对就诊人。",
            field="patient",
        )
    if aid:
        draft = settled.held(draft)
        checking.hold_settled(draft)
    bill = Bill.objects.create(
        region=view.region,
        case_id=view.id,
        care=draft.care,
        began_on=draft.began_on,
        ended_on=draft.ended_on,
        institution=draft.institution,
        institution_code=draft.institution_code,
        level=draft.level,
        place_code=draft.place_code,
        emergency=draft.emergency,
        accident=draft.accident,
        total_fen=draft.total,
        commercial_fen=draft.commercial,
        third_party_fen=draft.third_party_paid,
        content=drafts.sealed(draft, view.id),
        entered_by=actor,
        entered_at=now,
        replaces=replaces,
    )
    invoices.hold(bill, draft.invoices, purpose="aid" if aid else "insurance", now=now)
    return bill


def _tidied(draft: BillDraft) -> BillDraft:
    return replace(
        draft,
        institution=draft.institution.strip(),
        disease=draft.disease.strip().upper(),
        patient_name=draft.patient_name.strip(),
    )


def _hold_in_time(view: CaseView, draft: BillDraft, now: datetime) -> None:
    """Raise BillWrong where the year's deadline has passed; an illustration shuts nobody out where people are paid.

    The day of the application counts: nobody loses by waiting for the agency.
    """
    until = claim_until(view.region, draft.ended_on)
    if min(local_day(view.opened_at), local_day(now)) <= until:
        return
    example = illustrations(view.region, (DEADLINE,), draft.ended_on)
    if example and not pays_illustrative():
        return
    raise BillWrong(
        f"这次就医是{draft.ended_on.year}年度的费用，按规定应在{until}{'（示例值）' if example else ''}以前申报，已经过期。",
        field="ended_on",
    )


def open_case(case_id: int) -> CaseView:
    """The case, held until the end of the transaction: nobody decides it while its bills change."""
    Case.objects.select_for_update(no_key=True).filter(pk=case_id).values_list("pk").first()
    view = read(case_id)[0]
    if not takes_bills(view):
        raise BillWrong("这个事项不核定医疗费用，不用录入账单。")
    if why := _why_closed(view):
        raise BillClosed(why)
    return view


def _why_closed(view: CaseView) -> str:
    if view.outcome is not None:
        return f"办件{view.number}已经办结，账单不能再改。"
    if Decision.objects.filter(case=view.id, undone_at__isnull=True).exists():
        return f"办件{view.number}已经核定金额，账单不能再改；确需更正的先退回重新审核。"
    return ""


def _taken_out(bill: Bill, actor: int, now: datetime) -> None:
    if not Bill.objects.filter(pk=bill.pk, removed_at__isnull=True).update(removed_at=now, removed_by=actor):
        raise BillClosed("这张账单已经更正或撤销过，请刷新后在现在的账单上办理。")
    invoices.release(bill, now)


def _invoice(row: Invoice, payer: str) -> InvoiceDraft:
    return InvoiceDraft(
        kind=row.kind,
        code=row.code,
        number=row.number,
        amount=row.amount_fen,
        day=row.issued_on,
        issuer=row.issuer,
        payer=payer,
        is_read=row.is_read,
    )
