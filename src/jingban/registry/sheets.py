"""《信息表》: what one agency says of a person to another (医保办发〔2021〕43号, annex; reference 2.3).

The body is checked where it enters, sealed as one canonical text, hashed, and read back word for word.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jingban.core.money import show_yuan, to_fen
from jingban.registry.changes import Changed, record
from jingban.registry.changes import opened as opened_change
from jingban.registry.errors import RegistryError
from jingban.registry.guards_rules import MONTHS_AHEAD
from jingban.registry.models import Change, Contribution, Person, TransferSheet
from jingban.registry.origin import Origin
from jingban.registry.rules import months as m
from jingban.registry.rules import transfer as rules
from jingban.registry.rules.transfer import Run
from jingban.registry.sealing import sealed, unsealed

VERSION = 1
TAKEN = "status"
"""Under which word the history says that a received sheet was taken over; the sheet itself is never written again."""
SHORT = "transfer_amount"
"""Under which word the history says that less money than the sheet names was taken, and why."""
Insurance = Literal["310", "390"]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Place = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}\.[0-9]{2}$")]
Day = date


class SheetWrong(RegistryError):
    """A sheet that cannot be taken as it is."""

    code = "sheet_wrong"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WhoIs(_Part):
    """The person, by the document that counts now."""

    name: str = Field(title="姓名", min_length=1, max_length=64)
    sex: Literal["male", "female"] = Field(title="性别")
    born_on: date = Field(title="出生日期")
    id_kind: str = Field(title="证件种类", pattern=r"^[0-9]{2}$")
    id_number: str = Field(title="证件号码", min_length=5, max_length=20)


class Agency(_Part):
    """An agency by the code of its place."""

    place: Place = Field(title="行政区划代码")
    name: str = Field("", title="机构名称", max_length=80)


class SheetPeriod(_Part):
    """Months of contribution, all alike; ``base`` is the monthly base in yuan, where it is known."""

    insurance: Insurance = Field(title="险种")
    first: Month = Field(title="起始年月")
    last: Month = Field(title="终止年月")
    months: int = Field(title="月数", ge=1)
    kind: Literal["paid", "deemed"] = Field(title="缴费类型")
    base: Amount | None = Field(None, title="缴费基数")
    place: Place = Field(title="缴费地")

    @property
    def run(self) -> Run:
        months = m.span(_day(self.first), _day(self.last))
        return Run(self.insurance, months, self.kind == "deemed", self.base, self.place)


class Interruption(_Part):
    """Months without insurance inside the periods."""

    first: Month = Field(title="起始年月")
    last: Month = Field(title="终止年月")
    months: int = Field(title="月数", ge=1)


class Sheet(_Part):
    """The whole 《信息表》, version 1. Amounts are yuan with two places."""

    version: Literal[1] = Field(1, title="版本")
    letter_number: str = Field(title="函号", min_length=1, max_length=40)
    person: WhoIs = Field(title="人员")
    transferor: Agency = Field(title="转出地机构")
    transferee: Agency = Field(title="转入地机构")
    insurance: Insurance = Field(title="险种")
    periods: tuple[SheetPeriod, ...] = Field(title="缴费明细", max_length=600)
    months_paid: int = Field(title="实际缴费月数", ge=0)
    months_deemed: int = Field(title="视同缴费月数", ge=0)
    interruptions: tuple[Interruption, ...] = Field((), title="中断记录", max_length=600)
    last_insured_on: Day | None = Field(None, title="参保截止日")
    account_balance: Amount = Field(title="个人账户余额")
    transfer_amount: Amount = Field(title="划转金额")
    prepared_by: str = Field("", title="经办人", max_length=64)
    confirmed_by: str = Field("", title="复核人", max_length=64)
    date: Day = Field(title="日期")

    @property
    def runs(self) -> list[Run]:
        return [period.run for period in self.periods]

    @property
    def amount(self) -> Decimal:
        """What is paid over for the personal account, in yuan."""
        return Decimal(self.transfer_amount)

    @property
    def result(self) -> str:
        """How the transferee's procedure hears it: ``arrived`` with money to come, else ``no-balance``."""
        return "arrived" if self.amount else "no-balance"


def checked(body: Mapping[str, Any]) -> Sheet:
    """The sheet, if its fields are in order and its sums agree; else SheetWrong with everything that is not."""
    try:
        sheet = Sheet.model_validate(body)
    except ValidationError as error:
        wrong = "；".join(dict.fromkeys(_said(item["loc"], item["type"]) for item in error.errors()))
        raise SheetWrong(f"《信息表》填写有误：{wrong}。请核对，或请对方更正后重新发出。") from None
    faults = list(_faults(sheet))
    if faults:
        raise SheetWrong(f"《信息表》前后不一致：{'；'.join(faults)}。请与对方核对后由对方重新发出。")
    return sheet


def _said(where: tuple[int | str, ...], kind: str) -> str:
    """One fault by the printed names of the form: 缴费明细第2条的月数：格式不对."""
    names: list[str] = []
    model: Any = Sheet
    for part in where:
        field = None if isinstance(part, int) else getattr(model, "model_fields", {}).get(part)
        names.append(f"第{part + 1}条" if isinstance(part, int) else _title(field, part))
        if field is not None:
            inner = (field.annotation, *getattr(field.annotation, "__args__", ()))
            model = next((a for a in inner if isinstance(a, type) and issubclass(a, BaseModel)), None)
    how = {"missing": "没有填写", "extra_forbidden": "不认识这一项"}.get(kind, "格式不对")
    return f"{'的'.join(names)}：{how}"


def _title(field: Any, key: str) -> str:
    return str(field.title) if field is not None and field.title else key[:40]


def _faults(sheet: Sheet) -> Iterable[str]:
    for period in sheet.periods:
        # Residents pay the coming year ahead, from September on.
        if not rules.within(period.run.months, m.index(sheet.date) + MONTHS_AHEAD - 1):
            yield f"{period.first}至{period.last}不是可以缴费的月份"
        elif len(period.run.months) != period.months:
            yield f"{period.first}至{period.last}应为{len(period.run.months)}个月，写的是{period.months}个月"
    for months in rules.doubled(sheet.runs):
        yield f"{m.words(months)}重复"
    counted = rules.count(sheet.runs)
    if counted != (sheet.months_paid, sheet.months_deemed):
        yield (
            f"缴费月数明细合计实际{counted[0]}、视同{counted[1]}个月，"
            f"写的是实际{sheet.months_paid}、视同{sheet.months_deemed}个月"
        )
    if Decimal(sheet.transfer_amount) > Decimal(sheet.account_balance):
        yield "划转金额大于个人账户余额"


def run_of(span: Contribution) -> Run:
    """A row of the register as months that move."""
    last = span.end_on or span.start_on
    base = None if span.base_fen is None else f"{Decimal(span.base_fen).scaleb(-2):.2f}"
    return Run(str(span.insurance), m.span(span.start_on, last), span.deemed, base, span.place)


def period_of(run: Run) -> dict[str, Any]:
    """Months as a sheet says them."""
    return {
        "insurance": run.insurance,
        **_stretch(run.months),
        "kind": "deemed" if run.deemed else "paid",
        "base": run.base,
        "place": run.place,
    }


def interruptions_of(runs: Iterable[Run]) -> list[dict[str, Any]]:
    return [_stretch(months) for months in rules.interruptions(runs)]


def store(origin: Origin, sheet: Sheet, *, direction: str, case: int, person: Person | None) -> TransferSheet:
    """Keep a sheet once: the same letter with the same content gives back what is there, other content is refused."""
    text = json.dumps(
        sheet.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    mark = hashlib.sha256(text.encode()).digest()
    there = TransferSheet.objects.filter(
        region=origin.region, direction=direction, letter=sheet.letter_number
    ).first()
    if there is not None:
        if bytes(there.hash) != mark or there.case != case:
            raise SheetWrong(
                f"函号{sheet.letter_number}的《信息表》已经登记，这次的内容不同，没有再登记。"
                "需要更正的，请重新发《联系函》，由对方按新的函号重发。",
                letter=sheet.letter_number,
            )
        return there
    row = TransferSheet.objects.create(
        region=origin.region,
        direction=direction,
        case=case,
        person=person.pk if person else None,
        letter=sheet.letter_number,
        body=sealed(origin.region, "transfersheet.body", text),
        hash=mark,
        months=sheet.months_paid + sheet.months_deemed,
        balance_fen=to_fen(sheet.account_balance),
        received_at=origin.at,
    )
    if person is not None:
        made = {"direction": row.direction, "letter": row.letter, "months": row.months}
        _record(origin, row, person.pk, "", None, made)
    return row


def taken_over(origin: Origin, row: TransferSheet, person: Person, *, left_out: list[str]) -> None:
    """Say in the history whose register a received sheet went into.

    ``left_out``: months that the register had from another place and did not count again.
    """
    twice = f"；{'、'.join(left_out)}另有缴费记录，不重复计入" if left_out else ""
    _record(origin, row, person.pk, TAKEN, "收到", f"已接续{twice}")


def take_short(origin: Origin, row: TransferSheet, received: Decimal, reason: str) -> None:
    """Say in the history that the transfer goes on with less money than the sheet names, and why."""
    before = f"{show_yuan(to_fen(opened(row).amount))}元"
    after = f"按实收{show_yuan(to_fen(received))}元办理：{reason}"
    _record(origin, row, row.person, SHORT, before, after)


def short_whys(rows: Collection[TransferSheet]) -> dict[int, str]:
    """What was decided of money that came short, by the sheets' keys; none of those where nothing was."""
    cases, keys = {row.case for row in rows}, {row.pk for row in rows}
    told = Change.objects.filter(case__in=cases, register="transfersheet", row__in=keys, field=SHORT)
    last = {change.row: change for change in told.order_by("id")}
    return {key: str(opened_change(change).after) for key, change in last.items()}


def taker_of(row: TransferSheet) -> Person | None:
    """Whose register a received sheet went into; of a duplicate that was merged, the row that goes on; none while it
    waits."""
    found = Change.objects.filter(case=row.case or None, register="transfersheet", row=row.pk, field=TAKEN)
    key = found.values_list("person", flat=True).first()
    if key is None:
        return None
    taker = Person.objects.get(pk=key)
    while taker.merged_into is not None:
        taker = taker.merged_into
    return taker


def opened(row: TransferSheet) -> Sheet:
    """A kept sheet, if it is still what was kept."""
    text = unsealed(row, "body")
    if hashlib.sha256(text.encode()).digest() != bytes(row.hash):
        raise SheetWrong(
            "《信息表》与登记时的校验值不一致，可能被改动，请报告系统管理员。", letter=row.letter
        )
    return Sheet.model_validate_json(text)


def row_of(case: int, direction: str) -> TransferSheet | None:
    """The last sheet of a case; an earlier one was answered by a new letter."""
    return rows_of([case], direction).get(case)


def rows_of(cases: Collection[int], direction: str) -> dict[int, TransferSheet]:
    """The same of several cases; none of those without a sheet."""
    found = TransferSheet.objects.filter(case__in=cases, direction=direction).order_by("id")
    return {row.case: row for row in found}


def _record(
    origin: Origin, row: TransferSheet, person: int | None, field: str, before: Any, after: Any
) -> None:
    told = replace(origin, case=row.case or None)  # the sheet's own case, by which it is found again
    where = (told.day, told.source, told.case, told.seq)
    record(told, [Changed("transfersheet", row.pk, person, None, field, before, after, *where)])


def _stretch(months: range) -> dict[str, Any]:
    first, last = m.first_day(months.start), m.first_day(months.stop - 1)
    return {"first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}", "months": len(months)}


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
