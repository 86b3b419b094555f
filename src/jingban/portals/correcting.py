"""The form once more beside an act that may put it right: after a notice that names it, or at the window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import QueryDict

from jingban.access.service import Actor
from jingban.cases.corrections import CORRECTING
from jingban.cases.errors import FormIncomplete
from jingban.cases.forms import form_of
from jingban.cases.materials import FORM
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals.blanks import Blank, blank, typed_answer
from jingban.portals.payloads import ERASED, MASKS
from jingban.processes.model import Act, Common, Follow
from jingban.rulebook import publish
from jingban.rulebook.effective import FormField

WRONG = "需要更正"


def asked(view: CaseView) -> tuple[FormField, ...]:
    """The fields of the form in the situation of the case; none where nobody applied."""
    item = publish.version(view.version_id).item
    if item.process_named(view.process).starts != "application":
        return ()
    return form_of(item, view.state.situations)


def offers(view: CaseView, rule: Act | Common | Follow | None, actor: Actor) -> bool:
    """Whether the act comes with the form: for who answers a notice that named it, or for staff at the counter."""
    needs = CORRECTING.intersection(rule.needs if rule else ())
    if "brought_materials" in needs:
        return FORM in (view.state.notified or ())
    return bool(needs) and actor.is_staff


def blanks(
    view: CaseView,
    act: str,
    now: datetime,
    typed: QueryDict | None = None,
    error: DomainError | None = None,
    said: Mapping[str, str] | None = None,
) -> tuple[Blank, ...]:
    """The fields with what the case says so far, or with what was typed and refused; the wrong ones first.

    ``said``: the form as it stands, where the page has read it already.

    Numbers stand masked beside an empty input: who leaves it empty changes nothing.
    """
    item = publish.version(view.version_id).item
    if said is None:
        said = answers_of(view, item)
    else:
        said = {**{key: text for key, text in said.items() if text != ERASED}, **item.fixed}
    wrong, day = wrong_answers(view), local_day(now)
    faults: Mapping[str, str] = error.details["faults"] if isinstance(error, FormIncomplete) else {}
    found = []
    for field in asked(view):
        name, text = _name(act, field.key), said.get(field.key, "")
        mask = MASKS.get(field.kind)
        value = text if mask is None else ""
        if typed is not None and _marker(act) in typed:
            value = typed_answer(typed, name, field)
        made = blank(
            field, name, value, region=item.region, day=day, error=faults.get(field.key, ""),
            mark=WRONG if field.key in wrong else "", now=mask(text) if mask and text else "",
        )  # fmt: skip
        found.append(made)
    return tuple(sorted(found, key=lambda made: not made.mark))


def read(view: CaseView, act: str, typed: QueryDict) -> dict[str, str] | None:
    """The answers that were sent with the act; none where its form did not stand on the page."""
    if _marker(act) not in typed:
        return None
    found: dict[str, str] = {}
    for field in asked(view):
        name = _name(act, field.key)
        text = typed_answer(typed, name, field).strip()
        if text or field.kind not in MASKS or f"{name}.clear" in typed:
            found[field.key] = text
    return found


def wrong_answers(view: CaseView) -> tuple[str, ...]:
    """What the latest notice says is wrong in the form."""
    if FORM not in (view.state.notified or ()):
        return ()
    events = CaseEvent.objects.filter(case_id=view.id, data__needs__has_key="wrong_answers").order_by("seq")
    latest = events.last()
    return tuple(latest.data["needs"]["wrong_answers"]) if latest else ()


def labels(view: CaseView, keys: object) -> str:
    """Fields by name, in the order of the form; what an older form had stays as it is."""
    names = {field.key: field.label for field in publish.version(view.version_id).item.form}
    wanted = list(keys) if isinstance(keys, (list, tuple)) else []
    order = [key for key in names if key in wanted] + [key for key in wanted if key not in names]
    return "、".join(names.get(str(key), str(key)) for key in order)


def _name(act: str, key: str) -> str:
    return f"{act}.answer.{key}"


def _marker(act: str) -> str:
    return f"{act}.corrects"
