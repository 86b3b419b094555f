"""Papers about what the registers and the mail hold: certificates, letters, levies, rosters, as the rulebook's kinds.

Each is issued under the number that its own register gave it; a case that gave it out shows the same paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Sum

from jingban.cases.models import Message
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.documents import service as documents
from jingban.documents.service import Column, Content, Line, Subject, Table, entry
from jingban.exchange.service import Letter, body_of
from jingban.portals import book
from jingban.portals.desk.mail import wording
from jingban.registry import service as registry

CERTIFICATE, EXTRACT, FORM, UNIT_EXTRACT = (
    "enrolment-certificate",
    "person-extract",
    "transfer-form",
    "unit-extract",
)
KINDS = {
    CERTIFICATE: CERTIFICATE,
    EXTRACT: "enrolment-information",
    UNIT_EXTRACT: "enrolment-information",
    FORM: FORM,
}
"""What the registers issue, as the rulebook calls it."""
TITLE = "基本医疗保险参保凭证"
MOST_LINES = 5000
"""Rows of a roster that a paper takes; a longer one is downloaded as a spreadsheet."""
STATES = {"good": "可登记", "bad": "有误", "same": "无变化", "done": "已登记"}
SEXES = {"male": "男", "female": "女"}


class NotWritten(documents.DocumentError):
    """The letter goes out by itself and is not written yet."""

    code = "letter_not_written"


class RosterTooLong(documents.DocumentError):
    """Too many rows for a paper."""

    code = "roster_too_long"


def certificate(row: registry.Issued) -> Subject:
    """参保凭证, 参保信息 or 申请表, from what was kept that day."""
    body, words = registry.issued_body(row), registry.issued_words(row, full=True)
    agency = body["agency"]["name"]
    day = date.fromisoformat(body["date"])
    who = body.get("person") or body.get("unit") or {}
    told = _certificate_facts(body, words) if row.kind == CERTIFICATE else _merged(words)
    known = documents.case_kinds(row.region)[KINDS.get(row.kind, row.kind)]
    content = Content(
        sender=agency,
        day=day,
        title=TITLE if row.kind == CERTIFICATE else "",
        holder=str(who.get("name", "")),
        facts=told,
        table=_insurances(body) if row.kind == CERTIFICATE else None,
        closing=(known.closing,) if known.closing else (),
        signers=(entry("申请人（签名）"), entry("代办人（签名）"), entry("日期")) if row.kind == FORM else (),
    )
    return Subject(f"issued:{row.number}", row.number, content)


def _certificate_facts(body: Mapping[str, Any], words: list[tuple[str, str]]) -> tuple[Line, ...]:
    """The entries of the annex to 医保办发〔2021〕43号, in its order; the post code is written by hand."""
    said, agency, person = dict(words), body["agency"], body["person"]
    months = f"实际{body['months_paid']}个月，视同{body['months_deemed']}个月"
    span = f"{_month(body['from'])}至{_month(body['until'])}" if body.get("from") else ""
    return (
        entry("姓名", person["name"]),
        entry("性别", SEXES.get(person["sex"], "")),
        entry("公民身份号码" if person["id_kind"] == "01" else "证件号码", person["id_number"]),
        entry("参保状态", said.get("参保状态", "")),
        entry("参保险种", said.get("险种", "")),
        entry("个人账户余额", f"{body['balance']}元"),
        entry("起止年月", span),
        entry("缴费月数", months),
        entry("参保地区划", agency["place"]),
        entry("经办机构电话", agency["phone"]),
        entry("经办机构名称", agency["name"]),
        entry("经办机构代码"),
        Line(label="经办机构地址", lines=(agency["address"],) if agency["address"] else (), wide=True),
        entry("邮编"),
    )


def _insurances(body: Mapping[str, Any]) -> Table | None:
    """Each insurance on a line, where there was more than one."""
    parts = body.get("insurances") or []
    if len(parts) < 2:
        return None
    names = dict(registry.Insurance.choices)
    columns = ("险种", "起始年月", "终止年月", "实际缴费月数", "视同缴费月数")
    return Table(
        columns=tuple(
            Column(name=name, width=2 if name == "险种" else 1, align="center") for name in columns
        ),
        rows=tuple(
            (
                str(names.get(p["insurance"], p["insurance"])),
                _month(p["from"]),
                _month(p["until"]),
                str(p["months_paid"]),
                str(p["months_deemed"]),
            )
            for p in parts
        ),
    )


def _merged(words: Iterable[tuple[str, str]]) -> tuple[Line, ...]:
    """Entries of one label together, in their order."""
    found: dict[str, list[str]] = {}
    for label, text in words:
        if label not in ("编号", "日期", "经办机构"):
            found.setdefault(label, []).append(text)
    return tuple(entry(label, *texts) for label, texts in found.items())


def letter(row: Letter) -> Subject:
    """A letter that goes out: 《联系函》, 《信息表》 or word of the money."""
    body = body_of(row)
    sender, day = body[SENDER[row.kind]]["name"], date.fromisoformat(str(body.get("date") or body["paid_on"]))
    content = Content(
        sender=sender,
        day=day,
        holder=body["person"]["name"],
        addressee=row.party,
        opening=(wording.opening(row.kind, body),),
        facts=tuple(_letter_facts(body)),
        table=_periods(body.get("sheet")),
    )
    return Subject(f"letter:{row.uuid}", row.number, content)


SENDER = {"contact-letter": "transferee", "info-sheet": "transferor", "transfer-funds": "transferor"}


def _letter_facts(body: Mapping[str, Any]) -> Iterable[Line]:
    for section in wording.sections(body, full=True):
        before = section.title.removesuffix("机构") if section.title not in ("人员", "信息表") else ""
        for label, texts in section.lines:
            if label != "缴费明细":
                yield entry(label if label.startswith(before) else f"{before}{label}", *texts)


def _periods(sheet: Mapping[str, Any] | None) -> Table | None:
    periods = (sheet or {}).get("periods") or []
    if not periods:
        return None
    names = dict(registry.Insurance.choices)
    columns = (
        ("起始年月", 2),
        ("终止年月", 2),
        ("月数", 1),
        ("缴费类型", 2),
        ("缴费基数（元）", 3),
        ("险种", 4),
        ("缴费地", 2),
    )
    return Table(
        columns=tuple(Column(name=name, width=width, align="center") for name, width in columns),
        rows=tuple(
            (
                p["first"],
                p["last"],
                str(p["months"]),
                "视同缴费" if p["kind"] == "deemed" else "实际缴费",
                p.get("base") or "",
                str(names.get(p["insurance"], p["insurance"])),
                p["place"],
            )
            for p in periods
        ),
    )


def levy(row: registry.Levy) -> Subject:
    """征缴单 of a unit's month or a person's period, as it was when it was first printed."""
    card = book.region_card(row.region)
    name = row.unit.name if row.unit else row.person.name if row.person else ""
    base = row.lines.aggregate(total=Sum("base_fen"))["total"] or 0
    shown = bool(registry.by_illustrations([row]))
    span = f"{row.start_on:%Y年%-m月}" if row.unit_id else f"{row.start_on:%Y年%-m月}至{row.end_on:%Y年%-m月}"
    content = Content(
        sender=card.full_name,
        day=local_day(row.issued_at),
        holder=name,
        facts=(
            Line(label="单位名称" if row.unit_id else "姓名", lines=(name,), wide=True),
            Line(
                label="单位编号" if row.unit_id else "个人编号",
                lines=(row.unit.credit_code if row.unit else row.person.number if row.person else "",),
                wide=True,
            ),
            entry("险种", str(row.get_insurance_display())),
            entry("费款所属期", span),
            entry("人数", f"{row.headcount}人"),
            entry("缴费基数", f"{show_yuan(base)}元" if base else ""),
            entry("单位应缴", f"{show_yuan(row.unit_fen)}元"),
            entry("个人应缴", f"{show_yuan(row.person_fen)}元"),
            entry("资助", f"{show_yuan(row.subsidy_fen)}元" if row.subsidy_fen else "无"),
            entry("应缴金额", f"{show_yuan(row.due_fen)}元"),
            entry("缴款期限"),
            entry("征收机关"),
        ),
        closing=(f"金额的计算用到{registry.NOT_LEVIED_BY}。",) if shown else (),
        signers=(entry("经办人"), entry("复核人"), entry("缴款单位（人）签收")),
    )
    ref, is_void = f"levy:{row.number}", row.status == "void"
    return Subject(ref, row.number, content, is_void, partial(registry.levy_held_void, row.pk))


def roster(row: registry.Roster, clerk: str, day: date) -> Subject:
    """参保名册核对表: every line with what the check says of it."""
    if row.lines_total > MOST_LINES:
        raise RosterTooLong(f"名册有{row.lines_total}行，超过{MOST_LINES}行的不出纸面核对表，请下载表格。")
    lines = sorted(
        (line, name, number, STATES[status], why)
        for status in STATES
        for line, name, number, why, _ in registry.roster_lines(row, status, 0, MOST_LINES)
    )
    columns = (("行号", 0), ("姓名", 2), ("证件号码", 3), ("核对结果", 0), ("说明", 6))
    content = Content(
        sender=book.region_card(row.region).full_name,
        day=day,
        holder=row.holder,
        facts=(
            Line(label="名册编号", lines=(str(row.pk),)),
            Line(label="单位或村（社区）", lines=(row.holder,)),
            Line(label="行数", lines=(f"{row.lines_total}（可登记{row.lines_good}，有误{row.lines_bad}）",)),
        ),
        table=Table(
            columns=tuple(Column(name=name, width=width) for name, width in columns),
            rows=tuple((str(line), name, number, state, why) for line, name, number, state, why in lines),
        ),
        signers=(entry("核对人", clerk), entry("单位（村）确认")),
    )
    return Subject(f"roster:{row.pk}:{row.status}", f"MC{row.pk:08d}-{row.status}", content)


def levy_of(region: str, number: str) -> registry.Levy | None:
    """The levy of a number with whom it is of."""
    return registry.Levy.objects.filter(region=region, number=number).select_related("unit", "person").first()


def _month(text: str | None) -> str:
    year, _, month = (text or "").partition("-")
    return f"{int(year)}年{int(month)}月" if month else ""


def _of_register(view: CaseView, kind: str) -> Subject | None:
    row = registry.Issued.objects.filter(case=view.id, kind=kind).order_by("-id").first()
    return certificate(row) if row else None


@documents.source(CERTIFICATE)
def _case_certificate(view: CaseView, seq: int) -> Subject | None:
    return _of_register(view, CERTIFICATE)


@documents.source(FORM)
def _case_transfer_form(view: CaseView, seq: int) -> Subject | None:
    return _of_register(view, FORM)


@documents.source("enrolment-information")
def _case_information(view: CaseView, seq: int) -> Subject | None:
    return _of_register(view, EXTRACT) or _of_register(view, UNIT_EXTRACT)


@documents.source("levy-slip")
def _case_levy(view: CaseView, seq: int) -> Subject | None:
    row = registry.Levy.objects.filter(case=view.id).select_related("unit", "person").order_by("-id").first()
    return levy(row) if row else None


def _case_letter(view: CaseView, kind: str) -> Subject | None:
    row = Letter.objects.filter(case_id=view.id, kind=kind, direction="out").order_by("-id").first()
    if row is not None:
        return letter(row)
    if Message.objects.filter(case_id=view.id, name=kind, delivered_at__isnull=True).exists():
        raise NotWritten("这封函由系统自动写出，还没有写成，请稍后再打开；久等不成的看办件的“函件”。")
    return None


@documents.source("contact-letter")
def _case_contact(view: CaseView, seq: int) -> Subject | None:
    return _case_letter(view, "contact-letter")


@documents.source("info-sheet")
def _case_sheet(view: CaseView, seq: int) -> Subject | None:
    return _case_letter(view, "info-sheet")
