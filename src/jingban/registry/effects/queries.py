"""F06, F08, F20, F21: what is issued to a person from the registers."""

from __future__ import annotations

from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.registry import certificates, identity, persons, representatives
from jingban.registry.models import Source
from jingban.registry.origin import origin_of


@effect("registry.answer_person_query")
def answer_person_query(work: Work) -> None:
    """Issue the extract of one's own data; anybody else's is refused."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    identity.may_see(work, person)
    certificates.extract(origin_of(work, Source.AGENCY), person)


@effect("registry.issue_certificate")
def issue_certificate(work: Work) -> None:
    """Issue the 《参保凭证》 of somebody who is or was enrolled here; the unit may ask for its own people."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    identity.may_see(work, person, by_unit=True)
    certificates.certificate(origin_of(work, Source.AGENCY), person)
