"""Words of the registers that their pages need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import template

from jingban.benefits import service as benefits
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.core.money import show_yuan, to_fen
from jingban.funds import service as funds
from jingban.portals.checklist import seal_text
from jingban.portals.funds import sealing
from jingban.registry import service as registry
from jingban.rulebook import publish
from jingban.rulebook.choices import choices
from jingban.rulebook.diseases import diseases

register = template.Library()


@register.filter
def yuan(fen: int) -> str:
    """1,234.50 of fen."""
    return show_yuan(fen)


@register.filter
def money(amount: Decimal) -> str:
    """1,234.50 of yuan."""
    return show_yuan(to_fen(amount))


@register.filter
def counts(row: Any, day: date) -> bool:
    """Whether a row with a period holds on the day."""
    return bool(row.start_on <= day and (row.end_on is None or row.end_on >= day))


@register.filter
def choice(code: str, field: str) -> str:
    """A choice of the forms in words: ``{{ f.category|choice:"offsite_category" }}``."""
    return choices(field).get(code, code)


@register.filter
def relation(code: str) -> str:
    """配偶, 监护人 …, whichever form asked for it."""
    return registry.relation_words(code)


@register.filter
def reason(code: str) -> str:
    """Why something ended."""
    return registry.reason_words(code)


@register.filter
def disease(code: str) -> str:
    """高血压（M03900）."""
    return f"{diseases()[code]}（{code}）" if code in diseases() else code


@register.filter
def insurance(code: str) -> str:
    return str(dict(registry.Insurance.choices).get(code, code))


@register.filter
def issued_kind(row: registry.Issued) -> str:
    return registry.issued_kind(row)


@register.filter
def invoice_kind(code: str) -> str:
    """What kind of receipt it is."""
    return benefits.INVOICES.get(code, code)


@register.filter
def item_names(keys: Iterable[str]) -> str:
    """Entries by their names."""
    known = registry.item_names()
    return "、".join(known.get(key, key) for key in keys)


@register.filter
def hex8(value: bytes) -> str:
    """The beginning of a hash."""
    return bytes(value).hex()[:8]


@register.simple_tag
def unit_seals(view: CaseView) -> list[str]:
    """What the unit said, or has not said yet, of the forms of a case that want its seal."""
    return [seal_text(word) for word in registry.seal_words(view).values()] if view.is_open else []


@register.simple_tag
def payment_stages(view: CaseView) -> tuple[funds.Stage, ...]:
    """Where the money of a case is, in plain words; for its owner and the desk, never for who has a query code only."""
    return funds.told(view.id) if _pays(view) else ()


@register.filter
def sealed_case(case: Case | None) -> bool:
    """Whether a case is sealed (举报): nobody is led to it from a list of money."""
    return case is not None and sealing.is_sealed(case)


def _pays(view: CaseView) -> bool:
    """Whether money is ever paid by a case of this procedure: no read for those that pay nothing."""
    item = publish.version(view.version_id).item
    rules = [
        rule
        for step in item.process_named(view.process).steps.values()
        for rule in (*step.do.values(), *(step.receives.ways.values() if step.receives else ()))
    ]
    names = (*item.effects, *(name for rule in rules for name in rule.effect))
    return any(name.startswith("funds.") for name in names)


@register.filter
def operator_rights(row: Any) -> str:
    """申报、查询 …"""
    held = registry.rights_of_operator(row)
    return "、".join(name for right, name in registry.UNIT_RIGHTS.items() if right in held)
