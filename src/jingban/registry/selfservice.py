"""What an account knows by itself: the person it is bound to, whom that person may act for, and what is on record.

国令716 art. 7, 国令765 art. 8: what the registers know is not asked again. Only one's own data, and of those whose
guardian or agent one is on record (国令765 art. 30), are handed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from jingban.audit import service as audit
from jingban.cases.forms import CITIZEN_ID
from jingban.core.identifiers import CitizenId
from jingban.core.names import person_name
from jingban.registry import representatives
from jingban.registry.identity import bind
from jingban.registry.models import Helper, Identity, IdentityDocument, Kinship, Person
from jingban.registry.persons import document
from jingban.registry.sealing import number_digest, unsealed
from jingban.sharing import service as sharing

CIVIL = "civil-registry"


@dataclass(frozen=True, slots=True)
class ActsFor:
    """Somebody on record for whom an account may act; ``items`` none: in everything."""

    person: Person
    why: str
    items: tuple[str, ...] = ()


def bound_name(user_id: int) -> str:
    """The real name that an account is bound to; empty where it is not bound."""
    found = Identity.objects.filter(user_id=user_id).values_list("name", flat=True).first()
    return found or ""


def own_person(user_id: int, region: str, day: date) -> Person | None:
    """The living person of this region's register whose account it is."""
    mark = own_mark(user_id)
    if mark is None:
        return None
    papers = IdentityDocument.objects.on(day).filter(
        digest=mark, region=region, person__merged_into__isnull=True, person__died_on__isnull=True
    )
    found = papers.select_related("person").order_by("kind", "id").first()
    return found.person if found else None


def acts_for(user_id: int, region: str | None, day: date) -> list[ActsFor]:
    """Minors whose guardian on record the account's holder is, and people who gave a mandate at a counter; without
    a region those of all registers."""
    mark = own_mark(user_id)
    if mark is None:
        return []
    where = {} if region is None else {"region": region}
    kin = Kinship.objects.on(day).filter(digest=mark, guardian=True, **where)
    found = {
        tie.person_id: ActsFor(tie.person, "登记的监护人")
        for tie in kin.select_related("person").order_by("id")
        if _is_open(tie.person) and day < representatives.grown_up_on(tie.person)
    }
    helpers = Helper.objects.on(day).filter(digest=mark, **where).exclude(kind=representatives.HEIR)
    for helper in helpers.select_related("person").order_by("id"):
        if _is_open(helper.person):
            why = f"登记的{representatives.WORDS[helper.kind]}"
            found.setdefault(helper.person_id, ActsFor(helper.person, why, tuple(helper.items)))
    return list(found.values())


def on_record(person: Person) -> dict[str, str]:
    """What the register says of a person, by the keys of the forms; nothing stands for what it does not know."""
    paper = document(person)
    account = person.bank_accounts.open().order_by("-start_on").first()
    said = {
        "name": person.name,
        "id_kind": paper.kind if paper and paper.kind != CITIZEN_ID else "",
        "id_number": unsealed(paper, "number") if paper else "",
        "phone": unsealed(person, "phone"),
        "address": unsealed(person, "address"),
        "place": person.place,
        "bank": account.bank if account else "",
        "bank_account": unsealed(account, "number") if account else "",
    }
    return {key: text for key, text in said.items() if text}


def verify_and_bind(user_id: int, *, name: str, number: str, phone: str, now: datetime, day: date) -> bool:
    """Real-name check: public security's register is asked whether name and number are one living person's.

    Name and number are known to many: of whom a register here has, the telephone there must be ``phone``, the one
    that the account proved by a code; where it has none, the window looks at the certificate and writes one down.
    True, and the account is bound; False for whatever reason: nobody who guesses learns which.
    Errors: IdentifierWrong for a number that cannot be one; BoundToAnother.
    """
    citizen, called = CitizenId.parse(number, on=day), person_name(name)
    answer = sharing.ask(CIVIL, citizen.number, actor=user_id, purpose="账户实名核验", now=now)
    facts, mark = answer.facts if answer else {}, number_digest(CITIZEN_ID, citizen.number)
    same = facts.get("name") == called and facts.get("id_number", citizen.number) == citizen.number
    if not same or facts.get("death_on") or not _is_theirs(mark, phone):
        detail = "账户实名核验未通过"
        audit.record(actor=user_id, kind=audit.REFUSED, subject=f"user:{user_id}", detail=detail, now=now)
        return False
    bind(user_id, name=called, source="公安人口库核验", at=now, digest=mark)
    audit.record(actor=user_id, kind=audit.BOUND, subject=f"user:{user_id}", detail="公安人口库核验", now=now)
    return True


def _is_theirs(mark: bytes, phone: str) -> bool:
    """Whether the telephone is one that a register has for the holder of the number; whom none has may be anybody."""
    held = IdentityDocument.objects.open().filter(digest=mark).select_related("person").order_by("id")
    known = [unsealed(paper.person, "phone") for paper in held]
    return not known or (phone in known and phone != "")


def number_mark(number: str, day: date) -> bytes:
    """The blind index of a citizen's number, as accounts are bound to it; IdentifierWrong."""
    return number_digest(CITIZEN_ID, CitizenId.parse(number, on=day).number)


def accounts_of(mark: bytes) -> frozenset[int]:
    """The accounts that are bound to this blind index."""
    return frozenset(Identity.objects.filter(digest=mark).values_list("user_id", flat=True))


def own_mark(user_id: int) -> bytes | None:
    """The blind index that an account is bound to; none where it is not."""
    found = Identity.objects.filter(user_id=user_id).values_list("digest", flat=True).first()
    return bytes(found) if found else None


def _is_open(person: Person) -> bool:
    return person.merged_into_id is None and person.died_on is None
