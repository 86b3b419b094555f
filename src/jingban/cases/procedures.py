"""From a published version to a procedure that runs: limits as of a day, the calendar, closing time."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache

from jingban.core.parameters import Parameter
from jingban.processes.model import Process
from jingban.processes.timing import Procedure
from jingban.rulebook import publish
from jingban.rulebook.schema import Limit as PrintedLimit
from jingban.workdays.service import Limit, ReceiptRule, Unit, calendar, limit_of

EXAMPLE = "（示例期限）"


@lru_cache(maxsize=4096)
def procedure_of(version: int, process: str, day: date) -> Procedure:
    """The procedure of a case as of a day, by the version that the case keeps."""
    published = publish.version(version)
    item = published.item
    chosen = item.process_named(process)
    limits = _limits(chosen, published.parameters, day)
    limits.update({name: found for name, printed in item.clocks.items() if (found := in_days(printed))})
    return Procedure(
        process=chosen,
        limits=limits,
        promise=in_days(item.promise),
        statutory=in_days(item.statutory),
        effect=item.effects,
        calendar=calendar(),
        closes_at=_closes_at(published.parameters, day),
        receipt=_receipt_rule(published.parameters, day),
    )


def _limits(process: Process, parameters: dict[str, Parameter], day: date) -> dict[str, Limit]:
    """Limits by their own names, and those of the segments by the names of their clocks."""
    limits = {name: limit_of(parameters[name], day) for name in process.limits}
    return limits | {name: limits[clock.limit] for name, clock in process.clocks.items()}


def is_example(version: int, process: str, limit: str, day: date) -> bool:
    """Whether a limit of the procedure, or the clock of a segment, is only an illustration: the guide prints none, and
    no document stands behind the figure."""
    published = publish.version(version)
    clock = published.item.process_named(process).clocks.get(limit)
    if in_days(published.item.clocks.get(limit)) is not None:
        return False
    parameter = published.parameters.get(clock.limit if clock else limit)
    return parameter is not None and parameter.status_at(day) == "illustrative"


def example_words(version: int, process: str, step: str, day: date) -> str:
    """What is said beside the day on which a step runs out, where an illustration gives it."""
    found = publish.version(version).item.process_named(process).steps.get(step)
    rule = (found.after or found.notice) if found is not None else None
    return EXAMPLE if rule is not None and is_example(version, process, rule.limit, day) else ""


def in_days(printed: PrintedLimit | None) -> Limit | None:
    """A limit of the guide as the clocks count it; none where it is set by another rule."""
    if printed is None:
        return None
    if printed.working_days is not None:
        return Limit(printed.working_days)
    if printed.calendar_months is not None:
        return Limit(printed.calendar_months, Unit.MONTHS)
    if printed.calendar_days is not None:
        return Limit(printed.calendar_days, Unit.CALENDAR_DAYS)
    return None


def _closes_at(parameters: dict[str, Parameter], day: date) -> time:
    return time.fromisoformat(parameters["office-closes-at"].text_at(day))


def _receipt_rule(parameters: dict[str, Parameter], day: date) -> ReceiptRule:
    return ReceiptRule(parameters["after-hours-receipt"].text_at(day))
