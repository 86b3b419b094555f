"""Maternity allowance (生育津贴): days of leave × the unit's average wage of last year (社会保险法 art. 56; 国令619 arts.
7, 8; guides X16, P22, B22, L17, Q19).

国令765 art. 20(3): whoever applies brings medical records only. So the event is what those say, and wage, unit and
months are the register's; nothing here needs another paper. The figures are those of the day of the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jingban.benefits.rules.birth import (
    OPERATIONS,
    WAYS,
    Event,
    Insured,
    days_step,
    months_missing,
    refuse,
    step,
)
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import ClaimWrong, Result, Step
from jingban.core.money import round_fen, show_yuan

_TABLE = "maternity-allowance"
THIRD = 3
_NOT_OF_THE_FUND = {
    "": "灵活就业人员没有用人单位，本地基金不付生育津贴",
    "government": "机关人员产假期间由单位照发工资，基金不另付生育津贴",
    "institution": "事业单位人员产假期间由单位照发工资，基金不另付生育津贴",
}


@dataclass(frozen=True, slots=True)
class Wage:
    """A unit's average monthly contribution wage of a year, in fen (用人单位上年度职工月平均工资).

    ``is_new_unit``: the unit began in the year of the event; it has no wage of the year before.
    """

    monthly: int
    year: int
    is_new_unit: bool = False


def average_wage(total: int, months: int) -> int:
    """The wage of a month: all bases that a unit paid for in a year by the months of persons, to the fen."""
    if total <= 0 or months <= 0:
        raise ClaimWrong("用人单位上年度没有缴费工资记录，请核对单位的缴费基数，补充后再核定。")
    return round_fen(Decimal(total) / months)


def leave_days(event: Event, figures: Figures) -> tuple[int, tuple[Step, ...]]:
    """The days that are paid for, and how they add up.

    Raises NotInForce where the law or the province had no such rule yet on the day of the event.
    """
    on = figures.on(event.on)
    steps = tuple(_pieces(event, on))
    on.taken()  # a province that adds nothing was read, too
    days = sum(piece.amount for piece in steps)
    added = " + ".join(str(piece.amount) for piece in steps)
    total = days_step(on, "days", "享受津贴的天数", days, f"{added} = {days}天" if steps[1:] else f"{days}天")
    return days, (*steps, total)


def allowance(event: Event, insured: Insured, wage: Wage, figures: Figures) -> Result:
    """The allowance of an event, rounded once at the end or by the day, as the region has set.

    Raises NotEntitled with every reason (spouse without work, no unit whose staff the fund pays, months missing), and
    ClaimWrong for a wage that is missing or of another year.
    """
    figures = figures.fresh(event.on)
    refuse("生育津贴", _reasons(insured, figures))
    figures.taken()  # the conditions are listed in used, they belong to no amount
    days, steps = leave_days(event, figures)
    _check_wage(event, wage, figures)
    new = "（当年参保，没有上年度工资）" if wage.is_new_unit else ""
    said = f"用人单位{wage.year}年{new}职工月平均缴费工资{show_yuan(wage.monthly)}元"
    base = step(figures, "wage", "月平均工资", wage.monthly, said)
    amount, paid = _multiplied(wage.monthly, days, figures)
    return Result(
        amounts={"wage": wage.monthly, "total": amount, "fund": amount, "person": 0},
        steps=(*steps, base, *paid),
        used=figures.used,
        parts={"maternity": amount},
    )


def _pieces(event: Event, figures: Figures) -> Iterator[Step]:
    if event.kind == "prenatal":
        raise ClaimWrong("产前检查没有生育津贴，请选择生育、流产或计划生育手术。")
    if event.kind == "birth":
        yield from _of_birth(event, figures)
        yield from _of_province(event, figures)
    if event.kind == "miscarriage":
        yield _of_miscarriage(event, figures)
    if event.operation:
        days = figures.count(f"{_TABLE}.operation-{event.operation}-days")
        name = OPERATIONS[event.operation]
        yield days_step(figures, "operation-days", f"{name}休假", days, f"{name}{days}天")


def _of_birth(event: Event, figures: Figures) -> Iterator[Step]:
    base = figures.count(f"{_TABLE}.birth-days")
    yield days_step(figures, "birth-days", "产假", base, f"女职工生育，产假{base}天")
    if _is_dystocia(event, figures):
        more = figures.count(f"{_TABLE}.dystocia-days")
        yield days_step(figures, "dystocia-days", "难产增加", more, f"{WAYS[event.way]}按难产，增加{more}天")
    if event.infants > 1:
        each, extra = figures.count(f"{_TABLE}.infant-days"), event.infants - 1
        said = f"{event.infants}个婴儿，多生育{extra}个，每个增加{each}天"
        yield days_step(figures, "infant-days", "多胞胎增加", each * extra, said)


def _is_dystocia(event: Event, figures: Figures) -> bool:
    """What the law calls 难产, and what the region counts as it."""
    if event.way in ("natural", "dystocia"):
        return event.way == "dystocia"
    return event.way in figures.words(f"{_TABLE}.dystocia-ways")


def _of_province(event: Event, figures: Figures) -> Iterator[Step]:
    """What the province adds, in days or in months; the third child may have more."""
    is_third = event.child >= THIRD
    days = figures.count(f"{_TABLE}.province-third-days" if is_third else f"{_TABLE}.province-days")
    order = "第三个及以后的子女" if is_third else "第一、第二个子女"
    if days:
        yield days_step(figures, "province-days", "本省增加的产假", days, f"{order}，增加{days}天")
    if months := figures.count(f"{_TABLE}.province-months"):
        each = figures.count(f"{_TABLE}.province-month-days")
        said = f"增加{months}个月，每月按{each}天"
        yield days_step(figures, "province-months", "本省增加的产假", months * each, said)


def _of_miscarriage(event: Event, figures: Figures) -> Step:
    border, months = figures.count(f"{_TABLE}.miscarriage-months"), event.months or 0
    is_over = months >= border
    days = figures.count(f"{_TABLE}.miscarriage-{'late' if is_over else 'early'}-days")
    said = f"流产时怀孕满{months}个月，{'已满' if is_over else '未满'}{border}个月，{days}天"
    return days_step(figures, "miscarriage-days", "流产休假", days, said)


def _reasons(insured: Insured, figures: Figures) -> list[str]:
    if insured.role == "spouse":
        return ["职工未就业配偶享受生育医疗费用，不享受生育津贴（社会保险法第五十四条）"]
    if insured.role == "former":
        return ["已经离职，没有发放产假工资的用人单位，不享受生育津贴（社会保险法第五十六条）"]
    if insured.insurance != "employee":
        return ["城乡居民医保没有生育津贴，津贴由职工参加的生育保险支付（社会保险法第五十四条）"]
    reasons = months_missing(insured, _TABLE, figures)
    if insured.unit_kind not in figures.words(f"{_TABLE}.unit-kinds"):
        reasons.append(
            _NOT_OF_THE_FUND.get(insured.unit_kind, "本地的生育津贴不付给这类用人单位的职工，请核对单位类型")
        )
    return reasons


def _check_wage(event: Event, wage: Wage, figures: Figures) -> None:
    due = event.on.year - 1
    if wage.is_new_unit:
        if figures.text(f"{_TABLE}.new-unit-wage") != "this-year":
            raise ClaimWrong(
                f"用人单位{event.on.year}年才参保，没有{due}年的月平均工资，本地没有规定按什么计算；请报上级确定后再核定。"
            )
        due = event.on.year
    if wage.year != due:
        raise ClaimWrong(
            f"{event.on.year}年的生育津贴按用人单位{due}年的月平均工资计算，给出的是{wage.year}年的；请改用{due}年的。"
        )
    if wage.monthly <= 0:
        raise ClaimWrong(f"用人单位{due}年没有缴费工资记录，请核对单位的缴费基数，补充后再核定。")


def _multiplied(wage: int, days: int, figures: Figures) -> tuple[int, tuple[Step, ...]]:
    """Wage by days: what ``rounding`` says is a setting, since 6,543.21 × 158 ÷ 30 is 34,460.91 or 34,461.38."""
    divisor = figures.count(f"{_TABLE}.wage-days")
    if figures.text(f"{_TABLE}.rounding") == "day-rate":
        rate = round_fen(Decimal(wage) / divisor)
        by_day = step(figures, "day-rate", "日工资", rate, f"{show_yuan(wage)} ÷ {divisor}，四舍五入到分")
        amount = rate * days
        said = f"{show_yuan(rate)} × {days}天"
        return amount, (by_day, step(figures, "fund", "生育津贴", amount, said))
    amount = round_fen(Decimal(wage * days) / divisor)
    said = f"{show_yuan(wage)} ÷ {divisor} × {days}天，算完后四舍五入到分"
    return amount, (step(figures, "fund", "生育津贴", amount, said),)
