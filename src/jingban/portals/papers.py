"""A paper of a case as a page: what it says was frozen when it was issued; until then it is what it will say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jingban.cases.history import moves_of, of_its_time
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import service as documents
from jingban.rulebook import publish


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A paper as the template shows it; ``content`` as this reader may see it."""

    title: str
    number: str
    content: documents.Content
    issued: documents.IssuedPaper | None
    prints: int
    personal: bool
    missing: tuple[str, ...] = ()
    """Characters that no font has; as long as there are some, nothing is issued."""

    @property
    def is_void(self) -> bool:
        return self.issued is not None and self.issued.is_void

    @property
    def code(self) -> str:
        return documents.spoken(self.issued.code) if self.issued else ""


def paper_of(view: CaseView, seq: int, paper: str, *, personal: bool, internal: bool) -> PaperPage | None:
    """The paper that this event gave out, or none; internal papers are for the desk, forms and what the registers
    fill for who may read the case."""
    if not internal and documents.is_internal(view.region, paper):
        return None
    if not personal and not _for_a_code(of_its_time(view, moves_of(view), seq), paper):
        return None
    found, known = documents.look(view, seq, paper), documents.case_paper(view, paper)
    if found is None or known is None:
        return None
    content, row = found
    return PaperPage(
        title=content.title or known.name.strip("《》"),
        number=row.number if row else f"{view.number}-{seq}",
        content=content if personal else _outside(content),
        issued=row,
        prints=row.prints.count() if row else 0,
        personal=personal,
        missing=tuple(documents.missing(content.texts())) if row is None else (),
    )


def _for_a_code(view: CaseView, paper: str) -> bool:
    """Whether a query code opens the page of a paper: what names and numbers fill whole is not for it."""
    forms = dict(documents.form_kinds(publish.version(view.version_id).item))
    return paper not in forms and not documents.is_of_register(paper)


def beside(event: CaseEvent, view: CaseView, audience: str) -> list[tuple[str, str]]:
    """Papers that an event gives out beside its own: the form as it was handed in, and at the desk the proof that
    they were delivered. Neither is for who came with a query code."""
    if audience == "code":
        return []
    forms = documents.form_kinds(publish.version(view.version_id).item)
    found = [(key, name) for key, name in forms if documents.gives(event, key, view)]
    if audience == "desk" and documents.gives(event, documents.DELIVERY, view):
        found.append((documents.DELIVERY, "《送达回证》"))
    own = event.data.get("documents", ())
    return [(key, name) for key, name in found if key not in own]


def unprintable(view: CaseView, since: int) -> str:
    """What to tell whoever just acted: a paper of the act has characters that no font has. The act itself stands."""
    found: list[str] = []
    for event in CaseEvent.objects.filter(case_id=view.id, seq__gt=since).order_by("seq"):
        for kind in event.data.get("documents", ()):
            if not documents.is_internal(view.region, kind):
                found += _missing(view, event.seq, kind)
    return documents.SignsMissing(dict.fromkeys(found)).message if found else ""


def _missing(view: CaseView, seq: int, kind: str) -> list[str]:
    try:
        found = documents.look(view, seq, kind)
    except documents.DocumentError:  # a letter that is not written yet; it is looked at when it is
        return []
    return documents.missing(found[0].texts()) if found is not None and found[1] is None else []


def _outside(content: documents.Content) -> documents.Content:
    """For who came with a query code only: of every entry what was released for that, the name masked."""
    return content.model_copy(
        update={
            "addressee": documents.masked_name(content.addressee),
            "holder": "",
            "facts": tuple(_released(content.facts)),
            "signers": tuple(_released(content.signers)),
            "table": None,
        }
    )


def _released(lines: Iterable[documents.Line]) -> Iterator[documents.Line]:
    """An entry for which nothing was said of outside readers goes, unless it is left to the pen anyway."""
    for line in lines:
        if line.outside is not None or not line.lines:
            yield line.model_copy(update={"lines": line.outside or ()})
