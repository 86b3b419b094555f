"""What the counter is asked for when somebody is to act for a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.desk.register import forms, rights
from jingban.registry import service as registry
from jingban.rulebook.choices import choices


def helper_fields() -> tuple[Any, ...]:
    """What a mandate, a guardianship or an inheritance is recorded with."""
    return (
        forms.field("kind", "身份", "choice", choices=registry.HELPER_KINDS),
        forms.field("helper_name", "代办人姓名", "name"),
        forms.field(
            "helper_id_kind",
            "证件种类",
            "choice",
            choices=choices("id_kind"),
            required=False,
            hint="身份证不用选",
        ),
        forms.field("helper_id_number", "证件号码", "id"),
        forms.field("relation", "与本人的关系", "choice", choices=choices("agent_relation"), required=False),
        forms.field("proof", "依据材料", hint="例如：2026年3月2日的授权委托书"),
        forms.field("start_on", "从哪一天起", "day"),
        forms.field("end_on", "到哪一天止", "day", required=False, hint="没有期限的不填"),
    )


def inputs(request: HttpRequest, who: registry.Person, typed: forms.Filled | None) -> dict[str, Any]:
    """What the tab offers to whoever sits at the counter; nothing to others."""
    if not rights.allowed(request, who.region, rights.COUNTER):
        return {"may_record": False}
    today = local_day(doors.now())
    form = typed or forms.empty(helper_fields(), today, start_on=today.isoformat(), kind="mandate")
    return {"may_record": True, "form": form, "entries": entries(who.region)}


def entries(region: str) -> list[tuple[str, str]]:
    """What a mandate may be limited to."""
    found = {item.item: item.name for item in book.rulebook().items if item.region == region}
    return sorted(found.items(), key=lambda pair: pair[1])
