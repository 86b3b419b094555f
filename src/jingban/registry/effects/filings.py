"""Care elsewhere: filing, change, pause, resumption, end (F11, F20, F25; all entries of the family)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from jingban.cases.view import read
from jingban.cases.work import Work
from jingban.core.localtime import local_day
from jingban.processes.effects import effect
from jingban.registry import filings, persons, representatives
from jingban.registry.effects.forms import day_of
from jingban.registry.filings import FilingRefused, Wanted
from jingban.registry.models import OffsiteFiling, Person
from jingban.registry.origin import Origin, origin_of
from jingban.registry.rules.filing import GROUPS, LONG_TERM

OPERATIONS: dict[str, Callable[[Origin, Person, Wanted], list[OffsiteFiling]]] = {
    "file": filings.file,
    "change": filings.change,
    "pause": filings.pause,
    "resume": filings.resume,
    "end": filings.end,
}


@effect("registry.file_offsite")
def file_offsite(work: Work) -> None:
    """What the form asks for: the category from the form, or fixed by an entry that is for one category only."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    wanted = Wanted(
        category=work.said("offsite_category"),
        places=tuple(work.said("places").split("、")),
        start_on=day_of(work, "from_date"),
        applied_on=_applied_on(work),
        until=_day(work, "until_date"),
        basis=work.said("offsite_basis") or filings.PAPERS,
        admitted_on=_day(work, "admission_on"),
    )
    _refuse_other_stay(work, wanted)
    OPERATIONS[work.said("offsite_operation") or "file"](origin_of(work), person, wanted)


def _applied_on(work: Work) -> date:
    """The day of the application, not of its approval: nobody loses days by waiting for the agency."""
    return local_day(read(work.case_id)[0].opened_at) if work.case_id else work.day


def _day(work: Work, key: str) -> date | None:
    said = work.said(key)
    return date.fromisoformat(said) if said else None


def _refuse_other_stay(work: Work, wanted: Wanted) -> None:
    """The way chosen in the wizard (长期、临时、转诊) and the category of the form are of one group."""
    stay = work.facts.get("stay")
    if stay is not None and (stay == LONG_TERM) != (GROUPS[wanted.category] == LONG_TERM):
        raise FilingRefused(
            "选择的办理业务与填写的备案类型不一致：长期居住选长期异地就医，转诊和临时外出不选；请核对后重新填写。",
            field="offsite_category",
        )
