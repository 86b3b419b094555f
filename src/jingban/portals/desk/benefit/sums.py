"""此前直接结算的累计: what hospitals settled of the person's year, from the statement that the applicant brings.

Whoever decides sees it first: until then it changes nothing that was decided.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.access.models import User
from jingban.benefits import service as benefits
from jingban.benefits.service import DiseaseSum, KnownSums, Opening, OpeningDraft
from jingban.cases.errors import CaseNotFound
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.portals import doors
from jingban.portals.blanks import Blank
from jingban.portals.desk.benefit import rights
from jingban.portals.desk.benefit.billpage import Listed
from jingban.portals.desk.benefit.lines import yuan_text
from jingban.portals.desk.beside import files_of
from jingban.portals.desk.register import forms
from jingban.portals.middleware import is_fault, status_of
from jingban.rulebook import publish
from jingban.rulebook.effective import FormField

DISEASES = 4
"""So many chronic or special diseases fit the page; more are for the file."""
SOURCES = {key: benefits.OpeningSource(key).label for key in ("list", "sheet")}
HEAD = (
    forms.field("insurance", "险种", "choice", choices=benefits.INSURANCES),
    forms.field("year", "年度", "year"),
    forms.field("until_on", "累计到哪一天", "day", hint="单上最后一次直接结算的日期"),
    forms.field("source", "来源", "choice", choices=SOURCES),
    forms.field("paper", "医疗机构和单号", hint="以后好查", required=False),
)
ROWS = (
    ("{}_care", "类别", "choice"), ("{}_code", "病种编码", "diseases"), ("{}_in_scope", "政策范围内费用", "amount"),
    ("{}_paid", "统筹已付", "amount"),
)  # fmt: skip
GROUPS = {
    "统筹基金和住院": ("pool", "admissions"),
    "门诊": ("outpatient_in_scope", "outpatient_paid", "village_in_scope", "village_paid"),
    "居民大病保险": ("serious_self", "serious_paid"),
    "职工大额、公务员、企业补充": (
        "supplement_self", "supplement_paid", "civil_self", "civil_paid", "enterprise_self", "enterprise_paid",
    ),
    "医疗救助": ("aid_self", "aid_paid", "extra_aid_self", "extra_aid_paid"),
}  # fmt: skip
ALWAYS = frozenset({"统筹基金和住院", "门诊"})
HINTS = {"pool": "包括门诊、慢特病和住院", "village_in_scope": "村卫生室单独封顶的地方填写"}


def _fields() -> tuple[FormField, ...]:
    sums = [
        forms.field(
            one.key, one.name if one.is_count else f"{one.name}（元）", "number" if one.is_count else "amount",
            hint=HINTS.get(one.key, ""), required=False,
        )
        for one in benefits.YEAR_SUMS
    ]  # fmt: skip
    rows = [
        forms.field(
            key.format(f"disease_{number}"), f"第{number}个病种：{name}", kind, required=False,
            choices=benefits.DISEASE_CARES if kind == "choice" else None,
        )
        for number in range(1, DISEASES + 1)
        for key, name, kind in ROWS
    ]  # fmt: skip
    return (*HEAD, *sums, *rows)


FIELDS = _fields()


@doors.staff_only
@require_http_methods(["GET", "POST"])
def sums(request: HttpRequest, number: str) -> HttpResponse:
    """What is registered of the year, and a form for a further statement or a correction."""
    view = rights.seen(request, number) if request.method == "GET" else rights.edited(request, number)
    known = benefits.known_sums(view, doors.now())
    if known is None:
        raise CaseNotFound("这个事项不看年度累计，或者登记册里没有这个人，不用登记直接结算的累计。")
    rights.opened(request, view, "此前直接结算的年度累计")
    day = local_day(doors.now())
    if request.method == "GET":
        return _shown(request, view, known, forms.empty(FIELDS, day, **_begun(known)))
    if "withdraw" in request.POST:
        return _withdrawn(request, view, known)
    form = forms.filled(FIELDS, request.POST, day)
    if form.faults:
        return _shown(request, view, known, form)
    try:
        draft = _draft(form)
        _hold_room(known, draft)
        kept = benefits.register_sums(known.person, draft, actor=doors.actor(request).id, now=doors.now())
    except DomainError as error:
        if is_fault(error):
            raise
        return _shown(request, view, known, form.wrong(error), status_of(error))
    messages.success(
        request, "累计已登记，由核定本件的同事一并核对。" if kept else "这些累计已经登记过，没有变化。"
    )
    return redirect("desk-benefit", number=view.number)


def _withdrawn(request: HttpRequest, view: CaseView, known: KnownSums) -> HttpResponse:
    """Take one back: what counts already goes on counting until it was looked at."""
    asked = request.POST.get("withdraw", "")
    found = next((one for one in known.listed if str(one.pk) == asked), None)
    if found is not None:
        draft = OpeningDraft(known.year, found.insurance, found.until_on, found.source, void=True)
        benefits.register_sums(known.person, draft, actor=doors.actor(request).id, now=doors.now())
        messages.success(request, "已申请撤销这条累计。" if found.is_checked else "这条累计已撤销。")
    return redirect("desk-sums", number=view.number)


def _draft(form: forms.Filled) -> OpeningDraft:
    said = form.said
    amounts = {
        one.key: int(said[one.key]) if one.is_count else to_fen(said[one.key])
        for one in benefits.YEAR_SUMS
        if said.get(one.key)
    }
    until = form.day_of("until_on")
    assert until is not None  # noqa: S101  required
    return OpeningDraft(
        year=int(said["year"]),
        insurance=said["insurance"],
        until_on=until,
        source=said["source"],
        paper=said.get("paper", "")[:120],
        sums={key: amount for key, amount in amounts.items() if amount},
        diseases=_diseases(said),
    )


def _hold_room(known: KnownSums, draft: OpeningDraft) -> None:
    """Refuse to carry on more diseases than the page has room for: those it does not show would be lost."""
    last = next((one for one in known.listed if one.insurance == draft.insurance), None)
    if last is not None and (count := len(last.content.diseases)) > DISEASES:
        raise benefits.OpeningWrong(
            f"已登记的累计有{count}个病种，本页只能填{DISEASES}个，保存会漏掉其余的；请用批量导入登记。",
            field="disease_1_code",
        )


def _diseases(said: Mapping[str, str]) -> tuple[DiseaseSum, ...]:
    found = []
    for number in range(1, DISEASES + 1):
        row = f"disease_{number}"
        care, code = said.get(f"{row}_care", ""), said.get(f"{row}_code", "")
        fen = [to_fen(said.get(f"{row}_{name}") or "0") for name in ("in_scope", "paid")]
        if not (care or code or any(fen)):
            continue
        if not (care and code):
            field = f"{row}_code" if care else f"{row}_care"
            raise benefits.OpeningWrong(f"第{number}个病种请填写类别和病种编码。", field=field)
        found.append(DiseaseSum(care, code, *fen))
    return tuple(found)


def _begun(known: KnownSums) -> dict[str, str]:
    """The newest statement to be carried on, or an empty form of the year."""
    if not known.listed:
        return {"year": str(known.year), "insurance": known.insurance}
    last = known.listed[0]
    typed = {"year": str(known.year), "insurance": last.insurance, "until_on": last.until_on.isoformat()}
    typed |= {"source": last.source if last.source in SOURCES else "", "paper": last.content.paper}
    for one in benefits.YEAR_SUMS:
        if amount := last.content.sums.get(one.key):
            typed[one.key] = str(amount) if one.is_count else yuan_text(amount)
    for number, row in enumerate(last.content.diseases[:DISEASES], 1):
        key = f"disease_{number}"
        typed |= {f"{key}_care": row.care, f"{key}_code": row.code}
        typed |= {f"{key}_in_scope": yuan_text(row.in_scope), f"{key}_paid": yuan_text(row.paid)}
    return typed


def _shown(
    request: HttpRequest, view: CaseView, known: KnownSums, form: forms.Filled, status: int = 0
) -> HttpResponse:
    item = publish.version(view.version_id).item
    blanks = {
        b.name: Listed(b.field, b.name, b.value, b.error, b.asked, b.options)
        if b.field.kind == "choice"
        else b
        for b in form.blanks
    }
    diseases = [[blanks[key.format(f"disease_{n}")] for key, _, _ in ROWS] for n in range(1, DISEASES + 1)]
    may = benefits.may_edit_bills(view, doors.actor(request))
    shown = {
        "form": form, "number": view.number, "item": item, "files": files_of(view, item), "known": known,
        "rows": _rows(known), "head": [blanks[one.key] for one in HEAD], "groups": _groups(blanks),
        "diseases": diseases, "has_disease": any(b.value or b.error for row in diseases for b in row),
        "may_edit": may, "closed": "" if may else rights.why_not(view),
    }  # fmt: skip
    return render(request, "desk/benefit/sums.html", shown, status=status or (422 if form.faults else 200))


def _groups(blanks: Mapping[str, Blank]) -> list[tuple[str, list[Blank], bool]]:
    """The questions by title; what is rare is folded until something stands in it."""
    found = []
    for title, keys in GROUPS.items():
        shown = [blanks[key] for key in keys]
        found.append((title, shown, title in ALWAYS or any(b.value or b.error for b in shown)))
    return found


def _rows(known: KnownSums) -> list[tuple[Opening, str, bool]]:
    """Each statement, who registered it, and whether this case begins with it."""
    keys = {one.entered_by for one in known.listed}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=keys)} if keys else {}
    counted = {one.pk for one in known.counted}
    return [(one, names.get(one.entered_by, "系统导入"), one.pk in counted) for one in known.listed]
