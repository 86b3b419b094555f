"""What is paid without a decision of ours, explained all the same: a withdrawn account, a subsidised premium."""

from __future__ import annotations

from datetime import date

from jingban.benefits import books
from jingban.benefits.explain import Explanation, funds_of, parts_of, used_of
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Result
from jingban.benefits.rules.subsidies import premium_subsidy, withdrawal
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.registry import service as registry
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem


def of(view: CaseView) -> Explanation | None:
    """Why the whole balance was paid out, or what of a premium is subsidised; none for other cases."""
    item = publish.version(view.version_id).item
    said = answers_of(view, item)
    result, year = _result(view, item, said), local_day(view.opened_at).year
    if result is None:
        return None
    data = [{**result.as_data(), "bill": None}]
    return Explanation(
        number=view.number,
        kind=item.name,
        year=int(said.get("insured_year") or year),
        decided_on=local_day(view.opened_at),
        turn=1,
        parts=parts_of(item.name, data),
        funds=funds_of(result.parts),
        total=result.amounts["total"],
        fund=result.amounts["fund"],
        person=result.amounts["person"],
        others=0,
        used=used_of(data),
        digest=books.digest(view.region),
    )


def _result(view: CaseView, item: EffectiveItem, said: dict[str, str]) -> Result | None:
    if "registry.withdraw_account" in item.effects:
        taken = registry.taken_out(view.region, f"account-withdrawal:{view.id}")
        reasons = next(field.choices for field in item.form if field.key == "withdrawal_reason")
        return None if taken is None else withdrawal(to_fen(taken), reasons[said["withdrawal_reason"]])
    if "registry.enrol_aided" in item.effects and said.get("insured_year"):
        year = int(said["insured_year"])
        figures = Figures(books.current(view.region), date(year, 1, 1))
        return premium_subsidy(said["aid_category"], year, figures)
    return None
