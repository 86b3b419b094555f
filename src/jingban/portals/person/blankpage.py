"""The fields of a step's page: those that the registers filled in stand greyed, with where they are from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jingban.cases.forms import form_of
from jingban.portals.blanks import Blank
from jingban.portals.payloads import in_words
from jingban.portals.person.application import ApplyPage, Typed, situations
from jingban.portals.person.prefill import LOCKED, SOURCE, Whom
from jingban.portals.person.steps import WHOLESALE, is_fixed, is_given


@dataclass(frozen=True, slots=True)
class Given:
    """A field as the page shows it; ``words`` only where it stands as the registers have it."""

    blank: Blank
    words: str = ""
    source: str = ""
    is_locked: bool = False


def given_blanks(page: ApplyPage, typed: Typed, whom: Whom) -> tuple[Given, ...]:
    """Every field of the form; a value of the registers is masked, and its input stays empty until it is changed."""
    found = []
    for blank in page.blanks:
        if blank.field.key in WHOLESALE:
            continue
        if blank.field.key in LOCKED and is_fixed(whom) and not whom.known.get(blank.field.key):
            continue
        if blank.error or not is_given(blank.field, typed, whom):
            found.append(Given(blank))
            continue
        if not blank.asked:
            found.append(Given(replace(blank, value="")))
            continue
        words = in_words(blank.field, typed.answers[blank.field.key], full=False)
        found.append(Given(blank, words, SOURCE, blank.field.key in LOCKED))
    return tuple(found)


def said_masked(page: ApplyPage, typed: Typed, whom: Whom) -> tuple[tuple[str, str], ...]:
    """What was answered, on the page to check; numbers that came from the registers stay masked."""
    fields = form_of(page.item, situations(page.item, typed))
    return tuple(
        (label, in_words(one, typed.answers[one.key], full=False) if is_given(one, typed, whom) else text)
        for one, (label, text) in zip(fields, page.said, strict=False)
        if typed.answers.get(one.key)
    )
