"""What waits for a decision without a case: promises to be checked, re-checks, rows that may be one person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.access.models import User
from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.register import rights
from jingban.portals.middleware import is_fault
from jingban.registry import service as registry

PROMISES, RECHECKS, TWICE = "promises", "rechecks", "duplicates"
TABS = ((PROMISES, "承诺待核实"), (RECHECKS, "慢特病待复审"), (TWICE, "疑似重复"))
MOST = 50
"""So many lines are shown; what is decided makes room for the next."""


@doors.staff_only
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """One of the lists."""
    region, regions = rights.chosen(request, rights.READERS)
    asked = request.GET.get("tab", "")
    tab = asked if asked in dict(TABS) else PROMISES
    day = local_day(doors.now())
    rows = _rows(tab, region, day)
    rights.note(request, audit.READ, f"register:{region}", f"{dict(TABS)[tab]}名单：{min(len(rows), MOST)}条")
    page = {
        "derived": tab != TWICE and registry.derived_by_illustrations(region, day),
        "region": region, "regions": regions, "tab": tab, "tabs": TABS, "rows": rows[:MOST],
        "more": len(rows) > MOST, "may_decide": rights.allowed(request, region, rights.DECIDERS),
    }  # fmt: skip
    return render(request, "desk/register/work.html", page)


def _rows(tab: str, region: str, day: date) -> list[Any]:
    if tab == PROMISES:
        return list(registry.promises_due(region, day, MOST + 1))
    if tab == RECHECKS:
        return list(registry.due_for_recheck(region, day, MOST + 1))
    return _with_numbers(registry.undecided_duplicates(region, MOST + 1))


def _with_numbers(pairs: list[registry.DuplicatePair]) -> list[Any]:
    """The pairs with why they are suspected, both rows with the number that each goes by, masked, and who proposed to
    merge them."""
    names = dict(User.objects.filter(pk__in={pair.proposed_by for pair in pairs}).values_list("pk", "name"))
    numbers = registry.masked_numbers([person for pair in pairs for person in (pair.first, pair.second)])
    return [
        (
            pair,
            registry.duplicate_words(pair),
            [(p, numbers.get(p.pk, "")) for p in (pair.first, pair.second)],
            names.get(pair.proposed_by or 0, "") or "同事",
        )
        for pair in pairs
    ]


@doors.staff_only
@require_POST
def promise(request: HttpRequest, pk: int) -> HttpResponse:
    """The promise of a filing was kept, or it was not."""
    filing = registry.filing_of_id(pk)
    if filing is None:
        raise registry.RegistryError("没有这条备案，请刷新页面。")
    rights.required(request, filing.region, rights.DECIDERS)
    origin, why = rights.origin(request, filing.region), _why(request)

    def decide() -> str:
        if request.POST.get("do") == "kept":
            registry.promise_kept(origin, filing)
            return f"{filing.person.name}的承诺已核实，备案继续有效。"
        return registry.promise_broken(origin, filing, origin.day, why)

    return _decided(request, PROMISES, filing.region, decide, needs_why=request.POST.get("do") != "kept")


@doors.staff_only
@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """A recognised disease passes its re-check, or the recognition ends."""
    found = registry.recognition_of_id(pk)
    if found is None:
        raise registry.RegistryError("没有这条认定，请刷新页面。")
    rights.required(request, found.region, rights.DECIDERS)
    origin, passed = rights.origin(request, found.region), request.POST.get("do") == "renew"

    def decide() -> str:
        if passed:
            again = registry.renew_recognition(origin, found)
            due = registry.day_text(again.recheck_on) if again.recheck_on else ""
            return f"{found.person.name}复审通过，下次复审在{due}。"
        registry.end_recognition(origin, found, origin.day, _why(request))
        return f"{found.person.name}的这项待遇到今天为止。"

    return _decided(request, RECHECKS, found.region, decide, needs_why=not passed)


@doors.staff_only
@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Two rows are one person, and which of them stays (a colleague seconds it where money moves); or they are two."""
    pair = registry.duplicate_of_id(pk)
    if pair is None:
        raise registry.RegistryError("没有这一对，请刷新页面。")
    rights.required(request, pair.region, rights.DECIDERS)
    origin, do = rights.origin(request, pair.region), request.POST.get("do", "")
    keep = {f"keep-{person.pk}": person for person in (pair.first, pair.second)}.get(do)

    def decide() -> str:
        if do == "distinct":
            registry.decide_distinct(origin, pair, _why(request))
            return "已记录：这是两个人，不再提示。"
        if keep is None:
            raise registry.RegistryError("请选择一个结论。")
        if not registry.decide_merge(origin, pair, keep, _why(request)).decision:
            return "已提出合并。两份登记里有缴费或个人账户余额，由另一位同事核对同意后合并。"
        return f"已合并，保留个人编号{keep.number}的一份。"

    return _decided(request, TWICE, pair.region, decide, needs_why=True)


@doors.staff_only
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Look through the region's register for rows that may be one person."""
    region, _ = rights.chosen(request, rights.DECIDERS)
    found = registry.find_duplicates(region, doors.now())
    messages.success(request, f"查找完毕，新发现{found}对。")
    return _back(region, TWICE)


def _why(request: HttpRequest) -> str:
    return str(request.POST.get("reason", "")).strip()[:200]


def _decided(request: HttpRequest, tab: str, region: str, decide: Any, *, needs_why: bool) -> HttpResponse:
    """Do it whole or not at all; a refusal stands above the list."""
    if needs_why and not _why(request):
        messages.error(request, "没有办理：请写明理由，会记录在案。")
        return _back(region, tab)
    try:
        with transaction.atomic():
            done = decide()
    except DomainError as error:
        if is_fault(error):
            raise
        messages.error(request, f"没有办理：{error.message}")
    else:
        messages.success(request, done)
    return _back(region, tab)


def _back(region: str, tab: str) -> HttpResponse:
    return redirect(f"{reverse('register-work')}?region={region}&tab={tab}")
