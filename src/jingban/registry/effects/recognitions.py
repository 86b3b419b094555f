"""Chronic and special diseases: by the agency's experts (F12), by a designated institution (F13), at the grassroots."""

from __future__ import annotations

from importlib import import_module

from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.registry import persons, recognitions, representatives
from jingban.registry.origin import origin_of

import_module("jingban.registry.interests")  # who may not vote or check


@effect("registry.recognise_chronic")
def recognise_chronic(work: Work) -> None:
    """Recognise what was applied for, from the day of the act on: after a public notice, from the day it was over."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    recognitions.recognise(
        origin_of(work),
        person,
        diseases=work.said("diseases").split("、"),
        institution=work.said("treating_institution"),
    )
