"""A region's own standard opinions as the page of the dictionary shows them, and the form to add one."""

from __future__ import annotations

from typing import Any

from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.desk.register import forms
from jingban.rulebook import phrases
from jingban.rulebook.effective import FormField

BOOK = "phrases"


def acts(region: str) -> dict[str, str]:
    """Every act of the region's procedures by its name."""
    found: dict[str, str] = {}
    for entry in book.entries(region):
        for process in (entry.item.process, *entry.item.answers):
            for step in process.steps.values():
                found |= {key: rule.name for key, rule in step.do.items() if key not in found}
            found |= {key: rule.name for key, rule in process.common.items() if key not in found}
    return found


def fields(region: str) -> tuple[FormField, ...]:
    return (
        forms.field("text", "内容", hint=f"最多{phrases.LONGEST}字，点一下就写进意见框，可以再改"),
        forms.field("fits", "写在哪里", "choice", choices=phrases.FITS),
        forms.field(
            "act", "只用于哪个操作", "choice", choices=acts(region), required=False, hint="不选就都可以用"
        ),
    )


def shown(region: str, form: forms.Filled | None = None) -> dict[str, Any]:
    """The own ones with the form, for the page of the dictionary."""
    names = acts(region)
    rows = [(row, phrases.FITS[row.fits], names.get(row.act, row.act)) for row in phrases.own(region)]
    return {"own": rows, "form": form or forms.empty(fields(region), local_day(doors.now()))}
