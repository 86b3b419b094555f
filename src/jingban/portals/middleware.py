"""Refusals of the business as plain pages with the right status, and the headers every page carries."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect

from jingban.core.errors import DomainError
from jingban.core.faults import trail

log = logging.getLogger(__name__)

STATUS = {
    "unknown_entry": 404,
    "case_not_found": 404,
    "person_not_found": 404,
    "unit_not_found": 404,
    "ticket_not_found": 404,
    "upload_not_found": 404,
    "draft_not_found": 404,
    "visit_not_found": 404,
    "visit_taken": 409,
    "visit_wrong": 422,
    "not_allowed": 403,
    "not_yours": 403,
    "access_refused": 422,
    "maker_is_checker": 403,
    "conflict_of_interest": 403,
    "stale_version": 409,
    "key_reused": 409,
    "draft_moved": 409,
    "draft_handed_in": 409,
    "upload_handed_in": 409,
    "too_many_drafts": 409,
    "act_not_allowed": 409,
    "case_closed": 409,
    "already_voted": 409,
    "nothing_owed": 409,
    "item_not_open": 409,
    "notice_beyond_first": 409,
    "special_procedure": 409,
    "month_not_over": 409,
    "not_in_batch": 409,
    "number_taken": 409,
    "credit_code_taken": 409,
    "already_enrolled": 409,
    "already_moved": 409,
    "already_recognised": 409,
    "register_moved": 409,
    "no_letter_here": 409,
    "letter_unmatched": 409,
    "material_unknown": 422,
    "amount_wrong": 422,
    "answer_wrong": 422,
    "correction_needs_papers": 422,
    "form_incomplete": 422,
    "upload_refused": 422,
    "upload_too_big": 422,
    "draft_too_long": 422,
    "need_missing": 422,
    "materials_missing": 422,
    "notice_incomplete": 422,
    "fact_not_allowed": 422,
    "message_unknown": 422,
    "paper_wrong": 422,
    "phrase_refused": 422,
    "paper_unknown": 404,
    "paper_void": 409,
    "paper_altered": 409,
    "letter_not_written": 409,
    "roster_too_long": 422,
    "roster_too_many": 422,
    "seal_refused": 422,
    "last_manager": 409,
    "signs_missing": 409,
    "agency_wrong": 422,
    "money_wrong": 422,
    "funds_error": 409,
    "funds_not_found": 404,
    "payee_wrong": 422,
    "payment_under_way": 409,
    "payment_not_sent": 409,
    "same_person": 403,
    "batch_wrong": 409,
    "file_wrong": 422,
    "fiscal_wrong": 409,
    "recovery_wrong": 422,
    "statement_wrong": 422,
    "month_not_ready": 409,
    "balance_too_low": 409,
    "month_closed": 409,
    "reference_reused": 409,
    "account_not_found": 404,
    "nothing_to_return": 422,
    "nothing_short": 409,
    "letter_refused": 422,
    "sheet_wrong": 422,
    "identifier_wrong": 422,
    "too_many_tries": 429,
    "code_wrong": 422,
    "phone_taken": 409,
    "rating_refused": 422,
    "rated_before": 409,
    "account_bound_to_another": 409,
    "bill_closed": 409,
    "bill_wrong": 422,
    "opening_wrong": 422,
    "no_bill": 422,
    "invoice_used": 422,
    "invoice_altered": 422,
    "invoice_wrong": 422,
    "not_covered": 422,
    "amount_differs": 422,
    "only_illustrative": 409,
    "no_figure": 409,
    "decided_already": 409,
    "own_bill": 403,
    "claim_wrong": 422,
    "not_entitled": 422,
    "roster_unreadable": 422,
    "case_number_wrong": 404,
    "month_wrong": 422,
    "calendar_broken": 500,
    "clock_misused": 500,
    "file_fault": 500,
    "keys_wrong": 500,
    "limit_wrong": 500,
    "not_in_force": 500,
    "parameter_broken": 500,
    "rulebook_broken": 500,
    "rulebook_not_found": 500,
    "seal_broken": 500,
    "upload_broken": 500,
    "signing_keys_wrong": 500,
    "system_loop": 500,
}
HEADINGS = {
    400: "这个请求办不了",
    403: "没有权限",
    404: "没有找到",
    409: "现在不能这样办",
    422: "填写的内容需要改正",
    429: "查询太频繁",
    500: "系统出了问题",
}
FAULT = "没有办成，已记录下来。请稍后再试，或拨打受理窗口电话。"
"""What a visitor reads of a system fault. Its own words name files, keys or people: the log has its code and place."""
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
"""No inline scripts and no inline styles: everything comes from our own files."""


def status_of(error: DomainError) -> int:
    """The HTTP status of a refusal; what is not named here is a bad request."""
    return STATUS.get(error.code, 400)


def is_fault(error: DomainError) -> bool:
    """Whether the system failed, not the visitor: such an error is for the log and the fault page."""
    return status_of(error) >= 500


class DomainErrors:
    """Any refusal that a view lets through becomes a page that says what, why and what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = _whole_page(request, self.get_response(request))
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        # Not only who signed in: a case that was opened by its query code is told by the session as well.
        if getattr(request, "session", None) is not None and not request.session.is_empty():
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        status, message = status_of(error), error.message
        if is_fault(error):
            log.error("%s: %s", error.code, trail(error))
            message = FAULT
        part = getattr(request, "htmx", False)
        template = "portals/_refusal.html" if part else "portals/refusal.html"
        told = {"heading": HEADINGS.get(status, HEADINGS[400]), "message": message, "status": status}
        return render(request, template, told, status=status)


def _whole_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A sign-in that became necessary meanwhile takes the whole page, not the part that htmx asked for."""
    login = str(settings.LOGIN_URL)
    if getattr(request, "htmx", False) and response.headers.get("Location", "").startswith(login):
        return HttpResponseClientRedirect(login)
    return response
