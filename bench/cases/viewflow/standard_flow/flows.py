"""The standard procedure as django-viewflow writes it."""

from __future__ import annotations

from typing import Any

from viewflow import this
from viewflow.workflow import flow, lock

opened: list[int] = []
"""The user task that the last step created: what the next page would have in its address."""


applicant: list[Any] = []
"""Whose case it is."""


def _remember(activation: Any) -> None:
    opened[:] = [activation.task.pk]


def _no_page(request: Any) -> None:
    raise AssertionError("the bench calls activations, not pages")


def _said(act: str) -> Any:
    return lambda activation: activation.process.data["act"] == act


def _applicant(activation: Any) -> Any:
    return applicant[0]


class StandardFlow(flow.Flow):
    """Apply, accept (or send back), review; the lock is the one that viewflow recommends for PostgreSQL.

    As on our own side, accepting and reviewing wait in the queue of a role, supplementing for the applicant.
    """

    lock_impl = lock.select_for_update_lock

    apply = flow.Start(_no_page).Next(this.accept)
    accept = flow.View(_no_page).Permission(auto_create=True).onCreate(_remember).Next(this.accepted)
    accepted = flow.If(_said("notify")).Then(this.supplement).Else(this.review)
    supplement = flow.View(_no_page).Assign(_applicant).onCreate(_remember).Next(this.accept)
    review = flow.View(_no_page).Permission(auto_create=True).onCreate(_remember).Next(this.approved)
    approved = flow.If(_said("approve")).Then(this.granted).Else(this.refused)
    granted = flow.End()
    refused = flow.End()
