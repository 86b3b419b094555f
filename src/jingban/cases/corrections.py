"""Putting the form right before acceptance: what an applicant answers a one-off notice with, and obvious slips
that the window corrects.

An act whose rule needs ``brought_materials`` or ``checklist`` may carry ``answers``: fields of the form with their
new text, empty to take an answer back. What changes is kept with that event, sealed like the application; the
event itself names the fields, never the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jingban.cases import forms
from jingban.cases.errors import CorrectionNeedsPapers
from jingban.cases.materials import FORM, listed, required_of, slots
from jingban.cases.shared import own_account, shared_materials
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.localtime import local_day
from jingban.processes.engine import Corrected, allowed_acts
from jingban.processes.needs import NeedMissing
from jingban.processes.timing import Procedure
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

CORRECTING = frozenset({"brought_materials", "checklist"})
"""Needs of the acts that may put the form right: all of them stand before acceptance or in its place."""


def correction(
    view: CaseView,
    procedure: Procedure,
    act: str,
    data: Mapping[str, Any],
    *,
    actor: int,
    behalf: int | None = None,
    now: datetime,
) -> Corrected | None:
    """What an act changes in the form; none where it changes nothing. The whole form is checked anew.

    ``behalf``: the mandate by which the actor acts for the applicant.
    """
    rule = allowed_acts(procedure, view.state).get(act)
    if rule is None or not data.get("answers"):
        return None
    if not CORRECTING & set(rule.needs):
        raise forms.AnswerWrong(f"“{rule.name}”不能更正申请表，请在补正或受理时更正。")
    item, typed = publish.version(view.version_id).item, _typed(data["answers"])
    before = answers_of(view, item)
    merged = {**before, **typed}
    situations = _situations(item, view, merged)
    _only_asked(item, typed, situations)
    kept = forms.checked_form(item, merged, situations=situations, on=local_day(now))
    changed = {key: kept.get(key, "") for key in typed if kept.get(key, "") != before.get(key, "")}
    if not changed:
        return None
    shared = shared_materials(
        item,
        kept,
        situations=situations,
        channel=view.channel,
        actor=actor,
        account=own_account(view.applicant_id, actor=actor, behalf=behalf),
        now=now,
    )  # what another register said was said of the former answers
    found = Corrected(changed, situations, shared)
    if "brought_materials" in rule.needs:
        _papers_with_it(view, item, found, data)
    return found


def hold_wrong_answers(view: CaseView, data: Mapping[str, Any]) -> None:
    """A notice names fields of this form only, and says that the form is among what is missing."""
    wrong = data.get("wrong_answers")
    if wrong is None:
        return
    asked = {
        field.key for field in forms.form_of(publish.version(view.version_id).item, view.state.situations)
    }
    if not isinstance(wrong, (list, tuple)) or not set(map(str, wrong)) <= asked:
        raise NeedMissing("wrong_answers", "要更正的栏目不在本件的申请表里，请刷新页面后重选。")
    if FORM not in listed(data.get("missing_materials")):
        raise NeedMissing("wrong_answers", "写明了要更正的栏目，请把申请表也列入要补正的材料。")


def hold_reasons(data: Mapping[str, Any]) -> None:
    """A notice says why of those materials only that it asks for."""
    reasons = data.get("missing_reasons")
    if isinstance(reasons, Mapping) and not set(map(str, reasons)) <= listed(data.get("missing_materials")):
        raise NeedMissing("missing_reasons", "逐项说明只能写要补正的材料，请刷新页面后重选。")


def _typed(answers: Any) -> dict[str, str]:
    if not isinstance(answers, Mapping) or not all(isinstance(text, str) for text in answers.values()):
        raise forms.AnswerWrong("更正的内容应按栏目填写，请刷新页面后重填。")
    return {str(key): text.strip() for key, text in answers.items()}


def _situations(item: EffectiveItem, view: CaseView, answers: Mapping[str, str]) -> frozenset[str]:
    """The situations of the case; those that the form says by itself are read from it anew."""
    stated = view.state.situations - forms.situations_told(item)
    return stated | forms.implied_situations(item, answers)


def _only_asked(item: EffectiveItem, typed: Mapping[str, str], situations: frozenset[str]) -> None:
    asked = {field.key for field in forms.form_of(item, situations)}
    if strange := sorted(typed.keys() - asked):
        raise forms.AnswerWrong(
            f"有{len(strange)}个栏目不在本件的申请表里，没有更正，请刷新页面后重填。", fields=strange
        )


def _papers_with_it(view: CaseView, item: EffectiveItem, found: Corrected, data: Mapping[str, Any]) -> None:
    """What the corrected form newly calls for comes with it: a second notice may not ask for it (一次性告知)."""
    after = found.within(view.state)
    brought = listed(data.get("brought_materials"))
    have = view.state.received | brought | after.covered
    newly = required_of(item, found.situations, view.channel, have) - required_of(
        item, view.state.situations, view.channel, have
    )
    if missing := newly - have - (view.state.notified or frozenset()):
        names = [material.name for key, material in slots(item) if key in missing]
        raise CorrectionNeedsPapers(sorted(missing), names)
