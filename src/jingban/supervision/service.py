"""The door of supervision; so far ratings (好差评).

国令第722号第三十六条: whoever is served rates the service, and is not made to. One rating a case, one addition later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from jingban.access.service import Actor, NotAllowed
from jingban.cases.view import CaseView
from jingban.core.crypto import open_sealed, reseal, seal
from jingban.supervision.errors import RatedBefore, RatingRefused
from jingban.supervision.models import Rating, Stars

__all__ = [
    "Given",
    "RatedBefore",
    "Rating",
    "RatingRefused",
    "Stars",
    "may_rate",
    "rate",
    "rated",
    "reseal_ratings",
]

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Given:
    """A rating as the one who gave it reads it."""

    stars: str
    words: str
    at: datetime
    later_stars: str = ""
    later_words: str = ""
    later_at: datetime | None = None


def may_rate(view: CaseView, actor: Actor) -> bool:
    """The applicant, or who acts for the applicant under a mandate for this item, once the case has ended."""
    return view.outcome is not None and _speaks_for(view, actor)


def _speaks_for(view: CaseView, actor: Actor) -> bool:
    covering = (m.principal for m in actor.mandates if not m.items or view.item in m.items)
    return view.applicant_id is not None and view.applicant_id in {actor.id, *covering}


def rate(view: CaseView, actor: Actor, *, stars: int, words: str = "", now: datetime) -> Rating:
    """Rate a case that ended; the second time is the addition (追评), the third is refused.

    The same again changes nothing. Errors: NotAllowed, RatingRefused, RatedBefore.
    """
    if not _speaks_for(view, actor):
        raise NotAllowed("只有申请人可以评价这个办件。")
    if view.outcome is None:
        raise RatingRefused("这个办件还没有办完，办完以后再评价。")
    words = words.strip()
    if stars not in Stars.values:
        raise RatingRefused("请选择满意的程度。", field="stars")
    if len(words) > LONGEST:
        raise RatingRefused(f"评价请写在{LONGEST}字以内。", field="words")
    try:
        with transaction.atomic():
            return Rating.objects.create(
                case_id=view.id, region=view.region, office=view.office, item=view.item, actor=actor.id,
                stars=stars, words=_sealed(view.id, words), rated_at=now,
            )  # fmt: skip
    except IntegrityError:
        return _added(view, stars, words, now)


def _added(view: CaseView, stars: int, words: str, now: datetime) -> Rating:
    known = Rating.objects.get(case_id=view.id)
    said = [
        (known.stars, _opened(view.id, known.words)),
        (known.later_stars, _opened(view.id, known.later_words)),
    ]
    if (stars, words) in said:
        return known
    first = Rating.objects.filter(pk=known.pk, later_at__isnull=True)
    if not first.update(later_stars=stars, later_words=_sealed(view.id, words), later_at=now):
        raise RatedBefore("这个办件已经评价并追评过，不能再改；还有意见请拨打12393。")
    known.refresh_from_db()
    return known


def rated(case_id: int) -> Given | None:
    """What was said of a case; none where nobody said anything."""
    found = Rating.objects.filter(case_id=case_id).first()
    if found is None:
        return None
    return Given(
        stars=Stars(found.stars).label,
        words=_opened(case_id, found.words),
        at=found.rated_at,
        later_stars=Stars(found.later_stars).label if found.later_stars else "",
        later_words=_opened(case_id, found.later_words),
        later_at=found.later_at,
    )


def reseal_ratings() -> int:
    """Seal words of an older key again by the current one; how many ratings changed."""
    changed = 0
    for row in Rating.objects.order_by("id").iterator(chunk_size=500):
        context = f"rating:{row.case_id}".encode()
        kept = {name: bytes(getattr(row, name)) for name in ("words", "later_words")}
        again = {name: reseal(token, context=context) if token else b"" for name, token in kept.items()}
        if again != kept:
            changed += Rating.objects.filter(pk=row.pk).update(**again)
    return changed


def _sealed(case_id: int, words: str) -> bytes:
    return seal(words, context=f"rating:{case_id}".encode()) if words else b""


def _opened(case_id: int, token: bytes | memoryview[int]) -> str:
    return open_sealed(bytes(token), context=f"rating:{case_id}".encode()) if bytes(token) else ""
