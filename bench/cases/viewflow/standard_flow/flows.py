"""The standard procedure as django-viewflow writes it."""

from __future__ import annotations

from typing import Any

from viewflow import this
from viewflow.workflow import flow, lock

opened: list[int] = []
"""The user task that the last step created: what the next page would have in its address."""
staff: dict[str, Any] = {}
"""Who does which task; tasks are assigned as they are created, so nobody has to take them first."""


def _remember(activation: Any) -> None:
    opened[:] = [activation.task.pk]


def _no_page(request: Any) -> None:
    raise AssertionError("the bench calls activations, not pages")


def _said(act: str) -> Any:
    return lambda activation: activation.process.data["act"] == act


def _of(task: str) -> Any:
    return lambda activation: staff[task]


class StandardFlow(flow.Flow):
    """Apply, accept (or send back), review; the lock is the one that viewflow recommends for PostgreSQL."""

    lock_impl = lock.select_for_update_lock

    apply = flow.Start(_no_page).Next(this.accept)
    accept = flow.View(_no_page).Assign(_of("accept")).onCreate(_remember).Next(this.accepted)
    accepted = flow.If(_said("notify")).Then(this.supplement).Else(this.review)
    supplement = flow.View(_no_page).Assign(_of("supplement")).onCreate(_remember).Next(this.accept)
    review = flow.View(_no_page).Assign(_of("review")).onCreate(_remember).Next(this.approved)
    approved = flow.If(_said("approve")).Then(this.granted).Else(this.refused)
    granted = flow.End()
    refused = flow.End()
