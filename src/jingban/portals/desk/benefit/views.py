"""Bills of a case: the panel with what they come to, and entering, correcting and taking out of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.benefits import service as benefits
from jingban.benefits.service import Bill, BillDraft, InvoiceDraft
from jingban.cases.errors import CaseNotFound
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.documents.service import answer_words
from jingban.portals import doors
from jingban.portals.desk.benefit import billform, billpage, lines, pasting, rights
from jingban.portals.desk.benefit.panel import panel_of
from jingban.portals.desk.beside import files_of
from jingban.portals.middleware import is_fault, status_of
from jingban.rulebook import publish
from jingban.rulebook.effective import FormField

NO_BILL = "没有这张账单，可能已经更正或撤销；请从“费用和核定”重新打开。"
CHOSEN = {"more": 12}
"""How many empty rows a button asks for."""
MOST_FILES, MOST_BYTES = 20, 2 << 20
"""Electronic receipts at once; of each a little more is read than one may have, so that it is refused."""


@doors.staff_only
@require_GET
def benefit(request: HttpRequest, number: str) -> HttpResponse:
    """费用和核定: into the page of the case (htmx), or as a page of its own with the papers beside."""
    view = rights.seen(request, number)
    actor, now = doors.actor(request), doors.now()
    doors.written_down(request, view, "费用和核定")
    shown: dict[str, Any] = {"benefit": panel_of(view, actor, now), "number": view.number}
    asked = request.htmx  # type: ignore[attr-defined]
    if asked and not asked.history_restore_request:
        return render(request, "desk/benefit/_panel.html", shown)
    return render(request, "desk/benefit/page.html", {**shown, **_beside(view)})


@doors.staff_only
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Enter a bill; the application's answers stand in it."""
    view = rights.edited(request, number)
    if request.method == "POST":
        return _posted(request, view, None)
    doors.written_down(request, view, "录入费用账单")
    return _shown(request, view, _looked(view, billform.begun(view, _said(view))), None)


@doors.staff_only
@require_GET
def bill(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """A bill to be read: lines as the catalogue classes them, receipts, who entered and who checked it."""
    view = rights.seen(request, number)
    found = _bill(view, pk)
    rights.opened(request, view, f"费用账单{pk}的明细")
    draft = benefits.bill_draft(found)
    looked = _looked(view, billform.of_draft(draft, view.id))
    panel = panel_of(view, doors.actor(request), doors.now())
    shown = {
        "page": billpage.page_of(looked), "rows": [lines.row_of(one) for one in looked.lines], "draft": draft,
        "row": next(row for row in panel.bills if row.pk == pk), "panel": panel,
        "number": view.number, "answers": _answers(looked), **_beside(view),
    }  # fmt: skip
    return render(request, "desk/benefit/bill.html", shown)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Correct a bill: what is kept is a new one in its place."""
    view = rights.edited(request, number)
    if request.method == "POST":
        return _posted(request, view, pk)
    found = _bill(view, pk)
    rights.opened(request, view, f"更正费用账单{pk}")
    looked = _looked(view, billform.of_draft(benefits.bill_draft(found), view.id))
    return _shown(request, view, looked, pk)


@doors.staff_only
@require_POST
def remove(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Take a bill out; twice is once."""
    view = rights.edited(request, number)
    found = Bill.objects.filter(pk=pk, case=view.id).first()
    if found is None:
        raise CaseNotFound(NO_BILL)
    if found.removed_at is None:
        benefits.remove_bill(found, actor=doors.actor(request).id, now=doors.now())
        messages.success(request, "账单已撤销，上面的票据可以重新录入。")
    return redirect("desk-benefit", number=view.number)


@doors.staff_only
@require_POST
def catalogue(request: HttpRequest, number: str) -> HttpResponse:
    """What the catalogue says of a code on a day, for the row that is being typed."""
    view = rights.seen(request, number)
    code = lines.code_of(request.POST)[:32]
    try:
        day = lines.day_of(request.POST.get("day", ""))
    except DomainError:
        return JsonResponse({"found": False, "text": ""})
    entry = benefits.find_in_catalogue(view.region, {(code, day)}).get((code, day))
    if entry is None:
        return JsonResponse({"found": False, "text": "不在目录内，按全自费" if code else ""})
    said = {"name": entry.name, "text": lines.entry_words(entry), "limited": entry.limited_use}
    return JsonResponse({"found": True, **said})


def _posted(request: HttpRequest, view: CaseView, pk: int | None) -> HttpResponse:
    """Check, take in what was pasted or uploaded, or keep; nothing typed is lost."""
    sent, faults = _taken_in(request, view, billform.read(request.POST, view))
    looked, go = _looked(view, sent), request.POST.get("go", "")
    if go == "save" and not faults:
        faults = dict(looked.faults)
        if looked.draft is not None:
            try:
                return _kept(request, view, looked.draft, pk)
            except DomainError as error:
                if is_fault(error):
                    raise
                faults = billform.at_fault(error, looked)
                return _shown(request, view, looked, pk, faults, status_of(error))
        return _shown(request, view, looked, pk, faults)
    told = {**faults, **({} if faults else _half(looked, go))}
    return _shown(request, view, looked, pk, told or None, 422 if faults else 200)


def _half(looked: billform.Looked, go: str) -> dict[str, str]:
    """What is told of a bill that is being typed: faults of what is there, not what is still to come."""
    if go != "check":
        return {}
    missing = {q.key for q in looked.form.fields if not looked.form.typed.get(q.key)}
    return {place: text for place, text in looked.faults.items() if place not in missing}


def _taken_in(
    request: HttpRequest, view: CaseView, sent: billform.Sent
) -> tuple[billform.Sent, dict[str, str]]:
    """Lines that were pasted or stand in a file, and electronic receipts, join what was typed."""
    faults: dict[str, str] = {}
    sheet, xml = request.FILES.get("sheet"), request.FILES.getlist("einvoice")
    try:
        sent = sent.with_lines(pasting.pasted(request.POST.get("paste", ""), sent.next_line))
    except DomainError as error:
        faults["paste"] = _told(error)
    try:
        sent = sent.with_lines(pasting.uploaded(sheet, sent.next_line)) if sheet is not None else sent
    except DomainError as error:
        faults["sheet"] = _told(error)
    if len(xml) > MOST_FILES:
        faults["einvoice"] = f"一次最多读入{MOST_FILES}份，这次选了{len(xml)}份，都没有读入；请分几次选择。"
        xml = []
    for one in xml:
        try:
            sent = _with_einvoice(view, sent, one.read(MOST_BYTES))
        except DomainError as error:
            faults["einvoice"] = f"{one.name}：{_told(error)}"
    return sent, faults


def _with_einvoice(view: CaseView, sent: billform.Sent, content: bytes) -> billform.Sent:
    """A receipt from its file; an empty bill takes its lines and its institution from there as well."""
    draft, whole = benefits.invoice_from_file(content)
    if any(one.read == draft for one in sent.receipts):
        return sent
    header = {key: text for key, text in sent.header.items() if text}
    known = {"institution": whole.issuer, "began_on": whole.issued_on.isoformat()}
    fen = whole.amount + sum(one.read.amount for one in sent.receipts if one.read)
    if not header.get("total") or all(one.read for one in sent.receipts):
        header["total"] = lines.yuan_text(fen)
    took = any(one.read for one in sent.receipts) or not sent.lines
    more = [
        lines.Typed(
            sent.next_line + n, lines.cells_of_item(item, header.get("began_on") or known["began_on"])
        )
        for n, item in enumerate(whole.items)
    ]
    sent = replace(sent, header={**known, **header})
    return (sent.with_lines(more) if took else sent).with_receipt(draft, view.id)


def _told(error: DomainError) -> str:
    if is_fault(error):
        raise error
    return error.message


def _kept(request: HttpRequest, view: CaseView, draft: BillDraft, pk: int | None) -> HttpResponse:
    actor, now = doors.actor(request).id, doors.now()
    try:
        if pk is None:
            benefits.enter_bill(view.id, draft, actor=actor, now=now)
        else:
            benefits.correct_bill(_bill(view, pk), draft, actor=actor, now=now)
    except (benefits.InvoiceUsed, benefits.BillClosed, CaseNotFound):
        if not _is_there(view, draft, actor):
            raise
    messages.success(request, "账单已保存。" if pk is None else "账单已更正。")
    return redirect("desk-benefit", number=view.number)


def _is_there(view: CaseView, draft: BillDraft, actor: int) -> bool:
    """Whether this very bill stands already: sent twice, it was kept once."""
    mine = [row for row in benefits.bills_of(view.id) if row.entered_by == actor]
    return any(_same(benefits.bill_draft(row), draft) for row in mine)


def _same(kept: BillDraft, sent: BillDraft) -> bool:
    def tidy(one: InvoiceDraft) -> InvoiceDraft:
        return replace(one, number=one.number.strip(), code=one.code.strip(), issuer=one.issuer.strip())

    return kept == replace(sent, invoices=tuple(map(tidy, sent.invoices)))


def _looked(view: CaseView, sent: billform.Sent) -> billform.Looked:
    return billform.looked(view, sent, local_day(doors.now()))


def _said(view: CaseView) -> dict[str, str]:
    """What the application says."""
    return answers_of(view, publish.version(view.version_id).item)


def _bill(view: CaseView, pk: int) -> Bill:
    found = next((row for row in benefits.bills_of(view.id) if row.pk == pk), None)
    if found is None:
        raise CaseNotFound(NO_BILL)
    return found


def _shown(
    request: HttpRequest,
    view: CaseView,
    looked: billform.Looked,
    pk: int | None,
    faults: dict[str, str] | None = None,
    status: int = 0,
) -> HttpResponse:
    shown = {
        "page": billpage.page_of(looked, faults, spare=CHOSEN.get(request.POST.get("go", ""), billpage.SPARE_LINES)),
        "pasted": request.POST.get("paste", "") if faults and "paste" in faults else "",
        "number": view.number, "pk": pk, "most": pasting.MOST, **_beside(view),
        "sums": benefits.known_sums(view, doors.now()),
        "at_work": request.method == "GET" and _said(view).get("injury") == "work",
    }  # fmt: skip
    return render(request, "desk/benefit/edit.html", shown, status=status or (422 if faults else 200))


def _answers(looked: billform.Looked) -> list[tuple[str, str]]:
    """The head of a bill in words."""
    said = [(q, looked.form.typed.get(q.key, "")) for q in looked.form.fields]
    return [(q.label, _in_words(q, text)) for q, text in said if text]


def _in_words(question: FormField, text: str) -> str:
    return show_yuan(to_fen(text)) if question.kind == "amount" else answer_words(question, text)


def _beside(view: CaseView) -> dict[str, Any]:
    """The papers that came with the case."""
    item = publish.version(view.version_id).item
    return {"files": files_of(view, item), "item": item}
