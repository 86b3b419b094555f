"""Papers about what was claimed and decided: 《现金报销明细表》, 《参保职工生育津贴汇总表》, batch summaries.

Also the amounts that other papers of a case carry. Each says what stood when its event happened; illustrations are named as such.
"""

from __future__ import annotations

from collections.abc import Sequence

from jingban.access.models import User
from jingban.benefits import service as benefits
from jingban.benefits.service import Decision
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.identifiers import mask_bank
from jingban.core.insurance import AID_CATEGORIES
from jingban.core.localtime import local_day, span_words
from jingban.core.money import show_yuan
from jingban.core.parameters import in_words
from jingban.documents import service as documents
from jingban.documents.service import Column, Content, Line, Subject, Table, Told, entry
from jingban.portals import book
from jingban.rulebook import publish

CASH, ALLOWANCE, BATCH = "cash-reimbursement-sheet", "allowance-summary-sheet", "batch-summary"
NOT_PAID_BY = "示例值，不作为支付依据"
PREMIUM = "registry.enrol_aided"
NOTHING = show_yuan(0)
UNSAID = ("",)
"""Left empty, whatever the act carried: who came with a query code is told no amount."""
ALWAYS = ("total", "fund", "person")
COLUMNS = {
    "total": "总费用", "own_pay": "全自费", "over_limit": "超限价", "pre_self": "先行自付", "in_scope": "政策范围内",
    "insured": "保险已付", "third_party": "第三人已付", "deductible": "起付线", "pool": "统筹支付", "supplement": "大额补充",
    "serious": "大病保险", "civil": "公务员补助", "enterprise": "企业补充", "aid": "医疗救助", "extra_aid": "倾斜救助",
    "maternity": "生育保险", "commercial": "商业保险已付", "fund": "基金支付金额", "person": "个人负担金额",
}  # fmt: skip
"""Columns of 《现金报销明细表》 in the order of the calculation; one that is nought on every line is left out."""


@documents.source(CASH)
def cash_sheet(view: CaseView, seq: int) -> Subject | None:
    """《现金报销明细表》 of a case: each bill with its amounts in the order of the calculation."""
    decision = _decision(view, seq)
    if decision is None or decision.kind == benefits.Kind.ALLOWANCE:
        return None
    lines = benefits.cash_lines(decision)
    keys = [key for key in COLUMNS if key in ALWAYS or any(line.amounts.get(key) for line in lines)]
    rows = tuple(
        (line.care, f"{line.institution} {_days(line)}".strip(), str(line.invoices or ""),
         *(show_yuan(line.amounts.get(key, 0)) for key in keys))
        for line in lines
    )  # fmt: skip
    sums = (show_yuan(sum(line.amounts.get(key, 0) for line in lines)) for key in keys)
    table = Table(
        columns=(Column(name="医疗类别"), Column(name="医疗机构和日期", width=3), Column(name="票据张数", align="right"),
                 *(Column(name=COLUMNS[key], align="right") for key in keys)),
        rows=rows,
        total=("合计", "", str(sum(line.invoices for line in lines) or ""), *sums),
    )  # fmt: skip
    return _sheet(view, seq, decision, "cash", table)


@documents.source(ALLOWANCE)
def allowance_sheet(view: CaseView, seq: int) -> Subject | None:
    """《参保职工生育津贴汇总表》 of a case: unit, days, wage, and what comes of them."""
    decision = _decision(view, seq)
    if decision is None or decision.kind != benefits.Kind.ALLOWANCE:
        return None
    line = benefits.allowance_line(decision)
    on = span_words(line.event_on) if line.event_on else ""
    table = Table(
        columns=(
            Column(name="单位名称", width=3),
            Column(name="姓名"),
            Column(name="类别"),
            Column(name="生育日期"),
            Column(name="产假天数", align="right"),
            Column(name="月平均工资（元）", align="right"),
            Column(name="津贴金额（元）", align="right"),
        ),
        rows=(
            (
                line.unit,
                line.name,
                line.event,
                on,
                str(line.days),
                show_yuan(line.wage),
                show_yuan(line.amount),
            ),
        ),
        total=("合计", "", "", "", str(line.days), "", show_yuan(line.amount)),
    )
    return _sheet(view, seq, decision, "allowance", table)


@documents.source(BATCH)
def batch_summary(view: CaseView, seq: int) -> Subject | None:
    """批次汇总: one paper for all cases that were passed on together, by medical category."""
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    if event is None:
        return None
    batch = str(event.data.get("batch") or "")
    number = _batch_number(batch) or f"{view.number}-{seq}"
    cases = benefits.cases_of_batch(view, event.act, batch) or (view.id,)
    sums = benefits.entered_by_care(cases, event.at)
    table = Table(
        columns=(
            Column(name="医疗类别", width=2),
            Column(name="件数", align="right", width=1),
            Column(name="票据张数", align="right", width=1),
            Column(name="金额合计（元）", align="right", width=2),
        ),
        rows=tuple(
            (
                one.care or "（费用尚未录入）",
                str(one.cases),
                str(one.invoices or ""),
                show_yuan(one.total) if one.total else "",
            )
            for one in sums
        ),
        total=(
            "合计",
            str(len(cases)),
            str(sum(s.invoices for s in sums) or ""),
            show_yuan(sum(s.total for s in sums)),
        ),
    )
    content = Content(
        sender=_sender(view),
        day=local_day(event.at),
        facts=(Line(label="批次号", lines=(number,)), entry("件数", str(len(cases)))),
        table=table,
        signers=(entry("移交人", _clerk(event)), entry("接收人"), entry("日期")),
    )
    return Subject(f"batch:{batch}" if batch else f"batch:{number}", number, content)


def _sheet(view: CaseView, seq: int, decision: Decision, kind: str, table: Table) -> Subject:
    said = answers_of(view, publish.version(view.version_id).item)
    account = (
        f"{said.get('payee_name', '')} {mask_bank(said['bank_account'])}" if said.get("bank_account") else ""
    )
    number = f"{view.number}-{seq}"
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    batch = str(event.data.get("batch") or "") if event else ""
    content = Content(
        sender=_sender(view),
        day=local_day(decision.decided_at),
        holder=decision.person.name if decision.person else "",
        facts=(
            Line(label="批次号", lines=(_batch_number(batch) or number,)),
            entry("姓名", decision.person.name if decision.person else ""),
            Line(label="收款账户", lines=(account,) if account else ()),
            entry("金额单位", "元"),
        ),
        table=table,
        steps=_steps(decision),
        closing=(*_not_paid(decision), *_warnings(decision), _figures(decision)),
        signers=(entry("制表人", _clerk(event)), entry("复核人"), entry("日期")),
    )
    return Subject(f"decision:{decision.pk}:{kind}", number, content, is_void=benefits.is_withdrawn(decision))


def _batch_number(batch: str) -> str:
    """As it is printed; nothing where the case was passed on alone."""
    return f"PC{batch.replace('-', '')[:12].upper()}" if batch else ""


def _not_paid(decision: Decision) -> tuple[str, ...]:
    """What of each bill no fund pays, by its reason and article (社会保险法 art. 30)."""
    parts = benefits.parts_of(decision.kind, benefits.results_of(decision))
    own = [(part.title, row) for part in parts for row in part.rows if row.key == "own_pay"]
    return tuple(f"{title}：全自费{row.text}元，{row.formula}。" for title, row in own if row.text != NOTHING)


def _steps(decision: Decision) -> Table:
    """Why it is this sum and not more: each amount and how it came about, bill by bill, as the pages show it."""
    parts = benefits.parts_of(decision.kind, benefits.results_of(decision))
    rows: list[tuple[str, str, str]] = []
    for n, part in enumerate(parts, start=1):
        rows += [(f"第{n}张账单", "", part.title)] if len(parts) > 1 else []
        rows += [(row.name, row.text, row.formula) for row in part.rows]
    columns = (Column(name="项目"), Column(name="金额", align="right"), Column(name="怎么算的", width=1))
    return Table(columns=columns, rows=tuple(rows))


def _figures(decision: Decision) -> str:
    """The values that were used, where each stands, and the hash of the figures they were taken from."""
    said = (
        f"{one.title.partition('（')[0]} {in_words(one.value, one.unit)}（{one.status if one.is_illustrative else one.source}）"
        for one in benefits.used_of(benefits.results_of(decision))
    )
    return f"用到的标准：{'；'.join(said) or '无'}。参数校验值 {decision.book.digest[:12]}。"


def _warnings(decision: Decision) -> tuple[str, ...]:
    """What says that illustrations were used, and which."""
    used = (one for one in benefits.used_of(benefits.results_of(decision)) if one.is_illustrative)
    titles = dict.fromkeys(one.title.partition("（")[0] for one in used)
    if not titles:
        return ()
    named = "、".join(list(titles)[:12])
    more = f"等{len(titles)}项" if len(titles) > 12 else ""
    return (f"本表的计算用到{NOT_PAID_BY}；示例值是：{named}{more}。",)


def _days(line: benefits.CashLine) -> str:
    return span_words(line.began_on, line.ended_on) if line.began_on is not None else ""


def _sender(view: CaseView) -> str:
    return book.region_card(view.region).full_name


def _clerk(event: CaseEvent | None) -> str:
    """Who answers for the paper by name."""
    found = User.objects.filter(pk=event.actor).first() if event is not None else None
    return str(found) if found else ""


def _decision(view: CaseView, seq: int) -> Decision | None:
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    return benefits.decision_at(view.id, event.at) if event is not None else None


def _told(told: Told) -> Decision | None:
    """The decision that stood at the event of a paper; none for who came with a query code."""
    return benefits.decision_at(told.view.id, told.event.at) if told.given else None


def _fund(told: Told) -> str | tuple[str, ...]:
    found = benefits.decision_at(told.view.id, told.event.at)
    if found is None:
        return ""
    return _marked(found.fund_fen, found.is_illustrative) if told.given else UNSAID


def _marked(fen: int, is_illustrative: bool) -> str:
    """An amount, which says where an illustration went into it."""
    return f"{show_yuan(fen)}元" + (f"（{NOT_PAID_BY}）" if is_illustrative else "")


documents.fills("金额", "基金支付金额", "奖励金额")(_fund)


@documents.fills("案值")
def _case_value(told: Told) -> str:
    found = _told(told)
    value = found.amounts.get("case_value") if found is not None else None
    return f"{show_yuan(value)}元" if value else ""


@documents.fills("奖励比例")
def _reward_ratio(told: Told) -> str:
    found = _told(told)
    if found is None or "case_value" not in found.amounts:
        return ""
    steps = (step for result in benefits.results_of(found) for step in result["steps"])
    said = next((str(step["formula"]) for step in steps if step["key"] == "worked"), "")
    return said + (f"（{NOT_PAID_BY}）" if found.is_illustrative else "")


@documents.fills("总费用")
def _total(told: Told) -> str:
    found = _told(told)
    return f"{show_yuan(found.total_fen)}元" if found is not None else ""


@documents.fills("个人负担金额")
def _person(told: Told) -> str:
    found = _told(told)
    return _marked(found.person_fen, found.is_illustrative) if found is not None else ""


def _subsidised(told: Told) -> benefits.Explanation | None:
    """What of a premium is subsidised, where the case is about that."""
    effects = publish.version(told.view.version_id).item.effects
    return benefits.explain_plain(told.view) if PREMIUM in effects and told.given else None


@documents.fills("资助人数")
def _persons(told: Told) -> str:
    return "1人" if _subsidised(told) else ""


@documents.fills("资助标准")
def _standard(told: Told) -> str:
    found = _subsidised(told)
    if found is None:
        return ""
    category = AID_CATEGORIES[told.given["aid_category"]]
    return f"{found.year}年度{category}每人{_marked(found.fund, found.is_illustrative)}"


@documents.fills("申请金额")
def _asked(told: Told) -> str:
    found = _subsidised(told)
    return _marked(found.fund, found.is_illustrative) if found is not None else ""


@documents.fills("结算日期")
def _settled(told: Told) -> str:
    found = _told(told)
    if found is None:
        return ""
    return span_words(local_day(found.decided_at))


@documents.fills("票据张数")
def _receipts(told: Told) -> str:
    count = sum(one.invoices for one in _entered(told))
    return f"{count}张" if count else ""


@documents.fills("申报金额")
def _claimed(told: Told) -> str:
    total = sum(one.total for one in _entered(told))
    return f"{show_yuan(total)}元" if total else ""


def _entered(told: Told) -> Sequence[benefits.EnteredSum]:
    """What had been entered by the event: what comes later is written in by hand."""
    if not told.given or not benefits.takes_bills(told.view):
        return ()
    return benefits.entered_by_care((told.view.id,), told.event.at)
