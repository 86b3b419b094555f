"""A doubled submission gets the answer of the first; what was found under a key must be the same act."""

from __future__ import annotations

from uuid import UUID, uuid5

from jingban.cases.errors import KeyReused
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView, read
from jingban.rulebook import publish

_KEYS = UUID("6a8b1f0e-6d0f-5c0e-9d5a-0b9f3c2a7d11")


def as_key(text: str) -> UUID:
    """A client's idempotency key, whatever its form, as the sixteen bytes that are stored."""
    try:
        return UUID(text)
    except ValueError:
        return uuid5(_KEYS, text)


def done_by(actor: int, key: UUID) -> tuple[int, str] | None:
    """The case and the act that the actor did under the key."""
    found = CaseEvent.objects.filter(actor=actor, key=key).values_list("case_id", "act").first()
    return None if found is None else (found[0], found[1])


def same_application(done: tuple[int, str], version: int) -> CaseView:
    """The case that the key opened, if it was for the same entry; of a newer version too."""
    view, item = read(done[0])[0], publish.version(version).item
    asked = (item.region, item.tier, item.item) == (view.region, view.tier, view.item)
    return again(view, done[0], done[1], "apply" if asked else "")


def again(view: CaseView, case_id: int, done_act: str, act: str) -> CaseView:
    """A doubled submission gives the case as it is; another act under the same key is a fault."""
    if case_id != view.id or done_act != act:
        raise KeyReused("这次提交用了先前另一项操作的编号，没有办理，请刷新页面后重试。")
    return view
