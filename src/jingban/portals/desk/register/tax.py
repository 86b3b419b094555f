"""Registering that a levy was paid, where the tax department's word came on paper or over its own system.

The same notice twice changes nothing; what cannot be applied is kept with the reason, for whoever asks them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.register import forms, rights
from jingban.portals.middleware import is_fault
from jingban.registry import service as registry

FIELDS = (
    forms.field("number", "征缴单号", hint="ZJ开头，见征缴单"),
    forms.field("paid_on", "到账日", "day"),
    forms.field("message", "税务回执编号", hint="同一张回执重复登记不会重复入账"),
    forms.field("amount", "实缴金额（元）", "amount", hint="照回执填写，与应缴不符的不入账"),
)
RECENT = 20


@doors.staff_only
@require_http_methods(["GET", "POST"])
def tax(request: HttpRequest) -> HttpResponse:
    """The form, and what was answered to the last notices."""
    region, regions = rights.chosen(request, rights.TAX)
    today = local_day(doors.now())
    form = forms.empty(FIELDS, today, paid_on=today.isoformat(), number=request.GET.get("number", "")[:40])
    if request.method == "POST":
        form = forms.filled(FIELDS, request.POST, today)
        if not form.faults:
            try:
                notice = _confirmed(request, region, form)
            except DomainError as error:
                if is_fault(error):
                    raise
                form = form.wrong(error)
            else:
                told = messages.success if notice.applied else messages.error
                told(request, notice.answer)
                return redirect(f"{reverse('register-tax')}?region={region}")
    page: dict[str, Any] = {
        "region": region,
        "regions": regions,
        "form": form,
        "notices": registry.tax_notices(region, RECENT),
    }
    return render(request, "desk/register/tax.html", page, status=422 if form.faults else 200)


def _confirmed(request: HttpRequest, region: str, form: forms.Filled) -> registry.TaxNotice:
    return registry.confirm_levy(
        rights.origin(request, region, registry.Source.TAX),
        form.said["number"],
        paid_on=form.day_of("paid_on") or form.day,
        message=form.said["message"],
        amount=Decimal(form.said["amount"]),
    )
