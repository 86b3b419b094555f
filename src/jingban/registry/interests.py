"""Conflicts of interest (回避): who may not decide a case although the role fits.

Nobody decides the own case, that of kin or that of a unit for which they act: whoever votes in a panel, or checks
what others made before a register changes. An expert does not vote on patients of the institution where the expert
works; an institution that is qualified to recognise diseases (F13) does recognise its own patients, by two people, so
that rule is for experts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Q

from jingban.access.models import Grant
from jingban.cases.forms import certificate_number, kind_beside
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.processes.conflicts import Said, conflict, of_actor
from jingban.processes.model import START
from jingban.registry.models import Identity, IdentityDocument, Kinship, UnitOperator
from jingban.registry.sealing import number_digest
from jingban.rulebook import publish

EXPERT, TREATING = "expert", "treating_institution"


@conflict
def own_or_kin(view: CaseView, actor: int, at: datetime, said: Said) -> str | None:
    """The case is about whoever decides, or about somebody of the same family on record."""
    filers = view.state.actors.get(START, ()) if view.applicant_id is not None else ()
    if actor == view.applicant_id or actor in filers:
        return "本件是您提出（或代办）的申请，请回避，由另一位同事办理。"
    bound = of_actor(("identity", actor), lambda: _identity(actor))
    if bound is None:
        return None
    concerned = _concerned(view, said or _answers(view))
    if concerned is None:
        return None
    if bound == concerned:
        return "本件办的是您本人的事，请回避，由另一位同事办理。"
    if _are_kin(view.region, bound, concerned):
        return "本件办的是您亲属的事，请回避，由另一位同事办理。"
    return None


@conflict
def own_unit(view: CaseView, actor: int, at: datetime, said: Said) -> str | None:
    """Whoever decides acts for the unit that the case names: as little as the own case is it theirs to decide."""
    keys = [field.key for field in publish.version(view.version_id).item.form if field.kind == "credit"]
    if not keys or (said and not any(said.get(key) for key in keys)):
        return None
    region, day = view.region, local_day(at)
    codes = of_actor(("units", actor, region, day), lambda: _units(actor, region, day))
    if codes and not codes.isdisjoint((said or _answers(view)).get(key) for key in keys):
        return "本件涉及您担任经办人的单位，请回避，由另一位同事办理。"
    return None


@conflict
def own_institution(view: CaseView, actor: int, at: datetime, said: Said) -> str | None:
    """An expert works where the applicant is treated: the grant's office is the institution's name or code."""
    if all(field.key != TREATING for field in publish.version(view.version_id).item.form):
        return None
    region, day = view.region, local_day(at)
    offices = of_actor(("expert", actor, region, day), lambda: _institutions(actor, region, day))
    treating = (said or _answers(view)).get(TREATING, "") if offices - {""} else ""
    if treating and treating in offices:
        return f"申请人的就诊医疗机构“{treating}”是您的工作单位，请回避，由其他专家表决。"
    return None


def _identity(actor: int) -> bytes | None:
    found = Identity.objects.filter(user_id=actor).values_list("digest", flat=True).first()
    return None if found is None else bytes(found)


def own_and_kin(region: str, user: int) -> frozenset[int]:
    """Rows of a region that are the account's own person, or kin on record: whose money it does not decide about."""
    bound = _identity(user)
    if bound is None:
        return frozenset()
    papers = IdentityDocument.objects.filter(region=region)
    own = set(papers.filter(digest=bound).values_list("person_id", flat=True))
    ties = Kinship.objects.filter(
        Q(person__in=own) | Q(relative__in=own) | Q(digest=bound), region=region
    ).values_list("person_id", "relative_id", "digest")
    found = {person for person, _, _ in ties} | {relative for _, relative, _ in ties if relative}
    numbers = [bytes(digest) for _, _, digest in ties if digest]
    found |= set(papers.filter(digest__in=numbers).values_list("person_id", flat=True))
    return frozenset(found | own)


def _units(actor: int, region: str, day: date) -> set[str]:
    """The credit codes of the units for which somebody acts."""
    held = UnitOperator.objects.on(day).filter(user=actor, unit__region=region)
    return set(held.values_list("unit__credit_code", flat=True))


def _institutions(actor: int, region: str, day: date) -> set[str]:
    """Where an expert works."""
    grants = Grant.objects.filter(user_id=actor, region=region, role=EXPERT, start_on__lte=day)
    held = grants.filter(Q(end_on__isnull=True) | Q(end_on__gte=day))
    return set(held.values_list("office", flat=True))


def _answers(view: CaseView) -> dict[str, str]:
    return answers_of(view, publish.version(view.version_id).item)


def _concerned(view: CaseView, said: Mapping[str, str]) -> bytes | None:
    """The blind index of the person whom the case is about."""
    if not (number := said.get("id_number")):
        return None
    kind = kind_beside("id_number", said)
    try:
        return number_digest(kind, certificate_number(kind, number, on=local_day(view.opened_at)))
    except DomainError:  # a letter may carry a number that nobody checked
        return None


def _are_kin(region: str, one: bytes, other: bytes) -> bool:
    """Whether the register knows the two as kin: one is written down as a relative of the other."""
    papers = IdentityDocument.objects.filter(region=region, digest__in=(one, other))
    holders: dict[bytes, list[int]] = {one: [], other: []}
    for digest, person in papers.values_list("digest", "person_id"):
        holders[bytes(digest)].append(person)
    first, second = holders[one], holders[other]
    kin = Q(person__in=first, digest=other) | Q(person__in=second, digest=one)
    kin |= Q(person__in=first, relative__in=second) | Q(person__in=second, relative__in=first)
    return Kinship.objects.filter(kin, region=region).exists()
