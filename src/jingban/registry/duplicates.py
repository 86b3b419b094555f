"""Two rows that may be one person: found by their numbers, then merged or kept apart by a recorded decision.

Rules: whoever is merged gives everything to the other row and is kept, closed, with its own history. Where both have
the same days (two enrolments, a month paid twice) nothing is merged before that is settled, for it cannot be told
which of the two holds. A pair that was found to be two people is never shown again. Where months are paid or money
lies in the account, one colleague proposes to merge and another decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from jingban.registry import accounts
from jingban.registry.bulk import parts
from jingban.registry.changes import recorded
from jingban.registry.errors import RegistryError
from jingban.registry.models import (
    AidStatus,
    BankAccount,
    Contribution,
    DuplicatePair,
    Enrolment,
    Helper,
    IdentityDocument,
    Kinship,
    Levy,
    LevyLine,
    MeansCheck,
    OffsiteFiling,
    PaidBenefit,
    Person,
    Recognition,
)
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close, remove
from jingban.registry.rules.overlaps import overlapping_months, shared_days
from jingban.registry.rules.similar import WORDS, suspects
from jingban.registry.sealing import number_digest, unsealed
from jingban.registry.words import day_text

_AT_ONCE = 500
_SLOTTED = (Enrolment, OffsiteFiling, Recognition, AidStatus)
_NAMES = {
    Enrolment: "参保",
    OffsiteFiling: "异地就医备案",
    Recognition: "门诊慢特病待遇",
    AidStatus: "救助对象身份",
}
_MOVED = (*_SLOTTED, Contribution, Helper)
"""What goes over with its days as they are."""


Merged = Callable[[Origin, Person], None]
MERGED: list[Merged] = []
"""Told of each merger, with the row that stays."""


class NotOnePerson(RegistryError):
    """The two rows cannot be merged as they stand; says what is in the way and what to do."""

    code = "not_one_person"


def find(region: str, now: datetime) -> int:
    """Look through a region's register; says how many pairs are new. Those decided before do not come again."""
    known = set(DuplicatePair.objects.filter(region=region).values_list("first", "second"))
    fresh: dict[tuple[int, int], str] = {}
    for first, second, why in _suspected(region):
        if (first, second) not in known:
            fresh.setdefault((first, second), why)
    DuplicatePair.objects.bulk_create(
        (
            DuplicatePair(region=region, first_id=a, second_id=b, why=why, found_at=now)
            for (a, b), why in sorted(fresh.items())
        ),
        batch_size=1000,
        ignore_conflicts=True,  # somebody else may be looking at the same time
    )
    return len(fresh)


def undecided(region: str, limit: int | None = None) -> list[DuplicatePair]:
    """The work list, the oldest first, no further than ``limit``."""
    found = DuplicatePair.objects.filter(region=region, decision="")
    return list(found.select_related("first", "second").order_by("id")[:limit])


def count_undecided(region: str) -> int:
    """How many pairs wait for a decision."""
    return DuplicatePair.objects.filter(region=region, decision="").count()


def words(pair: DuplicatePair) -> str:
    """Why the two may be one, for whoever decides."""
    return {str(why): text for why, text in WORDS.items()}.get(pair.why, pair.why)


def when_merged(function: Merged) -> Merged:
    """Register what an app above does when two rows have become one person, in the same transaction."""
    MERGED.append(function)
    return function


def decide_distinct(origin: Origin, pair: DuplicatePair, reason: str) -> DuplicatePair:
    """These are two people."""
    with transaction.atomic():
        _open(pair, reason)
        return _decided(origin, pair, "distinct", reason)


def decide_merge(origin: Origin, pair: DuplicatePair, keep: Person, reason: str) -> DuplicatePair:
    """These are one person: everything of the other row goes to ``keep``.

    Where months or money are at stake the first to say so only proposes it (``decision`` stays empty); it is done when
    another one says the same. Raises NotOnePerson where days of the two overlap, or only one of them is on record as
    dead, or where whoever proposed it would decide it too.
    """
    with transaction.atomic():
        _open(pair, reason)
        if keep.pk not in (pair.first_id, pair.second_id):
            raise NotOnePerson("要保留的不是这一对里的人，请核对。")
        both = {
            p.pk: p
            for p in Person.objects.select_for_update()
            .filter(pk__in=(pair.first_id, pair.second_id))
            .order_by("pk")
        }
        kept, gone = both.pop(keep.pk), both.popitem()[1]
        _refuse(kept, gone)
        if (pair.proposed_by is not None or _is_at_stake(kept, gone)) and not _is_seconded(
            origin, pair, kept
        ):
            return _proposed(origin, pair, kept, reason)
        accounts.move(origin, gone, kept)
        _move(origin, gone, kept)
        gone.merged_into = kept
        gone.save(update_fields=["merged_into"])
        recorded(origin, gone, field="merged_into", after=kept.pk, valid_from=origin.day)
        _redirect(pair, gone, kept)
        keep.refresh_from_db()
        done = _decided(origin, pair, "merged", reason)
        for function in MERGED:
            function(origin, kept)
        return done


def _open(pair: DuplicatePair, reason: str) -> None:
    pair.refresh_from_db(from_queryset=DuplicatePair.objects.select_for_update())
    if pair.decision:
        raise NotOnePerson(f"这一对已经有结论：{pair.get_decision_display()}，不用再办。")
    if not reason.strip():
        raise NotOnePerson("请写明理由，例如核对了哪些证件。", field="reason")
    if len(reason) > 200:
        raise NotOnePerson("理由请控制在200字以内。", field="reason")


def _is_at_stake(*persons: Person) -> bool:
    """Whether months that count for a pension's cover, or money, go from one row to the other."""
    paid = Contribution.objects.filter(person__in=persons).exists()
    return paid or any(accounts.balance(person) for person in persons)


def _is_seconded(origin: Origin, pair: DuplicatePair, kept: Person) -> bool:
    """Whether somebody else has proposed this very merger."""
    if pair.proposed_by is None or pair.keep_id != kept.pk:
        return False
    if pair.proposed_by == origin.actor:
        raise NotOnePerson("这次合并由您提出，涉及缴费或个人账户，要由另一位同事核对后决定。")
    return True


def _proposed(origin: Origin, pair: DuplicatePair, kept: Person, reason: str) -> DuplicatePair:
    pair.keep, pair.proposed_why = kept, reason.strip()
    pair.proposed_by, pair.proposed_at = origin.actor, origin.at
    pair.save(update_fields=["keep", "proposed_why", "proposed_by", "proposed_at"])
    return pair


def _decided(origin: Origin, pair: DuplicatePair, decision: str, reason: str) -> DuplicatePair:
    pair.decision, pair.reason = decision, reason.strip()
    pair.decided_by, pair.decided_at = origin.actor, origin.at
    pair.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    return pair


def _suspected(region: str) -> Iterator[tuple[int, int, str]]:
    """Pairs with the smaller key first; the same number before a near one."""
    living = Q(region=region, merged_into__isnull=True)
    yield from _same_number(region)
    # In the order of the index (region, born_on, name): the groups come as they are read.
    groups = (
        Person.objects.filter(living).values_list("born_on", "name").annotate(n=Count("id")).filter(n__gt=1)
    )
    for part in parts(groups.order_by("born_on", "name").iterator(_AT_ONCE), _AT_ONCE):
        named = {(name, born) for born, name, _ in part}
        people = Person.objects.filter(
            living, name__in={name for name, _ in named}, born_on__in={born for _, born in named}
        )
        alike: dict[Any, set[int]] = {}
        for pk, name, born in people.values_list("pk", "name", "born_on"):
            if (name, born) in named:
                alike.setdefault((name, born), set()).add(pk)
        numbers = _numbers({pk for group in alike.values() for pk in group})
        for group in alike.values():
            yield from suspects({pk: numbers.get(pk, set()) for pk in group})


def _numbers(persons: set[int]) -> dict[int, set[str]]:
    """Every number that these people have or had."""
    found: dict[int, set[str]] = {}
    for paper in IdentityDocument.objects.filter(person__in=persons).order_by("id"):
        found.setdefault(paper.person_id, set()).add(unsealed(paper, "number"))
    return found


def _same_number(region: str) -> Iterator[tuple[int, int, str]]:
    """One number under two people: written to the one earlier, or under another kind of paper.

    Numbers of one kind meet in their blind index; what is no citizen's number is looked for under the other kinds.
    """
    papers = IdentityDocument.objects.filter(region=region, person__merged_into__isnull=True)
    shared = papers.values("digest").annotate(n=Count("person", distinct=True)).filter(n__gt=1)
    for part in parts(
        shared.order_by("digest").values_list("digest", flat=True).iterator(_AT_ONCE), _AT_ONCE
    ):
        holders: dict[bytes, set[int]] = {}
        for digest, person in papers.filter(digest__in=part).values_list("digest", "person"):
            holders.setdefault(bytes(digest), set()).add(person)
        for people in holders.values():
            yield from ((a, b, "same-number") for a, b in combinations(sorted(people), 2))
    kinds = list(papers.order_by("kind").values_list("kind", flat=True).distinct())
    for page in parts(papers.exclude(kind="01").order_by("id").iterator(_AT_ONCE), _AT_ONCE):
        owners = {
            number_digest(kind, unsealed(paper, "number")): paper.person_id
            for paper in page
            for kind in kinds
            if kind != paper.kind
        }
        for digest, person in papers.filter(digest__in=owners).values_list("digest", "person"):
            owner = owners[bytes(digest)]
            if owner != person:
                yield min(owner, person), max(owner, person), "same-number"


def _refuse(kept: Person, gone: Person) -> None:
    """What keeps two rows from being one."""
    for person in (kept, gone):
        if person.merged_into_id is not None:
            raise NotOnePerson(f"{person.name}的一份档案已并入别的档案，请在保留的档案上核对。")
    if kept.died_on != gone.died_on:
        raise NotOnePerson("只有一份档案登记了死亡，或两份的死亡日期不同；请先核对并更正死亡登记，再合并。")
    overlaps = [text for model in _NAMES for text in _shared(model, kept, gone)]
    months = overlapping_months(_runs(kept), _runs(gone))
    if months:
        overlaps.append(f"缴费：{'、'.join(months)}")
    twice = LevyLine.objects.filter(person=gone, levy__lines__person=kept).select_related("levy")
    overlaps += [f"征缴单{line.levy.number}里两份都有" for line in twice.order_by("id")[:3]]
    if overlaps:
        raise NotOnePerson(
            f"两份档案有重叠的登记，不能合并：{'；'.join(overlaps)}。请先终止、退保或更正其中一份的登记，再合并。",
            overlaps=len(overlaps),
        )


def _shared(model: Any, kept: Person, gone: Person) -> Iterator[str]:
    """Days that both hold in the same slot."""
    mine = list(model.objects.filter(person=kept).order_by("start_on"))
    theirs = list(model.objects.filter(person=gone).order_by("start_on"))
    for one in mine:
        for other in theirs:
            if one.slot == other.slot and (days := shared_days(one, other)) is not None:
                start, end = days
                until = f"至{day_text(end)}" if end else "起"
                yield f"{_NAMES[model]}：{day_text(start)}{until}"


def _runs(person: Person) -> Sequence[Contribution]:
    return list(person.contributions.order_by("start_on"))


def _move(origin: Origin, gone: Person, kept: Person) -> None:
    """Everything of the one to the other; papers, bank accounts and ties that would stand twice end instead."""
    for model in _MOVED:
        for row in model.objects.filter(person=gone).order_by("id"):
            _give(origin, row, gone, kept)
    for paper in IdentityDocument.objects.filter(person=gone).order_by("id"):
        if paper.end_on is None and _is_doubled(paper, kept):
            close(origin, paper, max(origin.day - DAY, paper.start_on), "merged")
        _give(origin, paper, gone, kept)
    for account in BankAccount.objects.filter(person=gone).order_by("id"):
        if account.end_on is None and kept.bank_accounts.open().exists():
            close(origin, account, max(origin.day, account.start_on), "merged")
        _give(origin, account, gone, kept)
    for tie in Kinship.objects.filter(Q(person=gone) | Q(relative=gone)).order_by("id"):
        _retie(origin, tie, gone, kept)
    for rows in (Levy, LevyLine, MeansCheck, PaidBenefit):
        rows.objects.filter(person=gone).update(person=kept)


def _is_doubled(paper: IdentityDocument, kept: Person) -> bool:
    """Whether the person has a paper of that kind already, or the number under another kind."""
    number = unsealed(paper, "number")
    return any(own.kind == paper.kind or unsealed(own, "number") == number for own in kept.documents.open())


def _give(origin: Origin, row: Any, gone: Person, kept: Person) -> None:
    row.person = kept
    row.save(update_fields=["person"])
    recorded(origin, row, field="merged_into", before=gone.pk, after=kept.pk, valid_from=row.start_on)


def _retie(origin: Origin, tie: Kinship, gone: Person, kept: Person) -> None:
    """A tie of or to the row that goes; one between the two is none, and one that stands already is not doubled."""
    person = kept.pk if tie.person_id == gone.pk else tie.person_id
    relative = kept.pk if tie.relative_id == gone.pk else tie.relative_id
    twice = Kinship.objects.filter(person=person, relative=relative, relation=tie.relation).exclude(pk=tie.pk)
    if person == relative or (relative is not None and twice.open().exists()):
        remove(origin, tie, "merged")
        return
    was, tie.person_id, tie.relative_id = tie.person_id, person, relative
    tie.save(update_fields=["person", "relative"])
    recorded(origin, tie, field="merged_into", before=was, after=person, valid_from=tie.start_on)


def _redirect(pair: DuplicatePair, gone: Person, kept: Person) -> None:
    """Other open pairs of the row that went are about the one that stays now."""
    others = DuplicatePair.objects.filter(Q(first=gone) | Q(second=gone), decision="").exclude(pk=pair.pk)
    for other in others.order_by("id"):
        third = other.second_id if other.first_id == gone.pk else other.first_id
        first, second = sorted((kept.pk, third))
        if DuplicatePair.objects.filter(first=first, second=second).exists():
            other.delete()  # a mere suspicion, told already
            continue
        other.first_id, other.second_id = first, second
        # What was proposed was about another pair of rows: it is proposed anew.
        other.keep, other.proposed_by, other.proposed_at, other.proposed_why = None, None, None, ""
        other.save()
