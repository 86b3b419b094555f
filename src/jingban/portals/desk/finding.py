"""The one search box of the desk: what was typed or scanned, and the cases that it means."""

from __future__ import annotations

import re
from contextlib import suppress

from jingban.access.service import Actor
from jingban.cases.models import Case, CaseFind
from jingban.core.crypto import blind_index
from jingban.core.identifiers import plain
from jingban.core.names import NameWrong, person_name
from jingban.documents import service as documents
from jingban.portals import doors
from jingban.portals.desk.queue import MOST
from jingban.portals.numbers import looks_like_number, typed_number

_WIDE, _NARROW = str.maketrans("()", "（）"), str.maketrans("（）", "()")
_ADDRESS = re.compile(r"https?://[^/]+/(?:.*/)?([0-9]{6}-[0-9]{6}-[0-9]{8}-[0-9]+|verify/[^/?]+)", re.I)


def found_cases(actor: Actor, text: str) -> list[Case]:
    """By case number or the code on a paper, by the number or the name of whom it is about (blind index); only what
    the actor may read. A number that cannot be one: CaseNumberWrong."""
    text = _scanned(text)
    asked = plain(text)
    by_code = _by_code(text)
    by_number = list(Case.objects.filter(number=typed_number(text))) if looks_like_number(text) else []
    wanted = {("id", asked.upper()), *(("name", name) for name in _names(text))}
    pks = {
        pk
        for kind, value in wanted
        for pk in CaseFind.objects.filter(kind=kind, digest=blind_index(kind, value))
        .order_by("-case_id")
        .values_list("case_id", flat=True)[:MOST]
    }
    regions = {h.region for h in actor.held}
    found = by_code or by_number or list(Case.objects.filter(pk__in=pks, region__in=regions).order_by("-id"))
    return [case for case in found if doors.may_read(actor, case)]


def _names(text: str) -> set[str]:
    """A name as it was typed, and as the form keeps it: one middle dot, no blanks."""
    names = {" ".join(text.split()), text.strip().translate(_WIDE), text.strip().translate(_NARROW)}
    with suppress(NameWrong):
        names.add(person_name(text))
    return names


def _scanned(text: str) -> str:
    """A scanner reads the address on a receipt or a paper: what counts is the number or the code in it."""
    found = _ADDRESS.match(text.strip())
    return found[1].rpartition("/")[2] if found else text


def _by_code(text: str) -> list[Case]:
    """The case of a paper, by the code that stands on it."""
    code = documents.code_typed(text)
    pks = documents.IssuedPaper.objects.filter(code=code).values_list("case", flat=True) if code else ()
    return list(Case.objects.filter(pk__in=[pk for pk in pks if pk]).order_by("id"))
