"""Drafts: what is filled in is never lost, neither on the way nor between two devices.

    save(*, draft, version, filled, actor, seen, now, channel, mandate=None, case=None) -> Draft
    find(pk, *, actor, now) -> Draft            DraftNotFound; of_key(key, *, actor): by the key of its submission
    list_of(actor, *, now) -> list[Draft]       open ones, the last saved first
    contents(draft) -> Filled                   as it was typed
    resumed(draft, version) -> Resumed          what of it the entry asks today, and what it asks no more
    set_aside(draft) -> Filled | None           what a page that was behind wanted to save last
    all_aside(draft) -> tuple[LaidAside, ...]   the last few of these, the newest first
    swap(pk, *, actor, seen, now, at=None)      take one of these instead; what was kept is laid aside for it
    still_open(pk) -> Draft                     DraftHandedIn, DraftNotFound; for ``uploads.take``
    discard(pk, *, actor, now) -> None          with its uploads
    handed_in(draft, view, *, now) -> Draft     after ``actions.apply(key=draft.key, …)``: its uploads are the case's
    sweep(now) -> Swept                         what nobody came back to, and what was handed in without a word

A page makes the draft's id (``uuid4()``) when it is first shown and sends it with every save, ``seen=0`` first, then
the version that the last answer gave. A save that is repeated changes nothing. ``draft.key`` is the key of the
submission, so that two tabs that hand in open one case. Only the owner reaches a draft, a clerk at the counter
included: what the clerk fills in for somebody is the clerk's own draft.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from jingban.access.service import Actor
from jingban.cases import asides
from jingban.cases.errors import DraftHandedIn, DraftMoved, DraftNotFound, DraftTooLong, TooManyDrafts
from jingban.cases.materials import known_keys
from jingban.cases.models import CaseEvent, Draft
from jingban.cases.view import CaseView, read
from jingban.core.crypto import open_sealed, reseal, seal
from jingban.core.localtime import local_time
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem, FormField
from jingban.rulebook.models import PublishedItem
from jingban.rulebook.publish import Version
from jingban.uploads import service as uploads

MOST = 200
"""Open drafts of one person: a counter has many, nobody has this many."""
LONGEST = 100_000
"""Characters of a draft; forms have a few thousand."""
GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed so far, unchecked: wrong and half answers are kept as they are."""

    answers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    situations: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    office: str = ""
    place: str = ""
    """Where in the form the person is; the page's own word."""


@dataclass(frozen=True, slots=True)
class LaidAside:
    """What a page that was behind wanted to save, and when; the time is missing in drafts of older versions."""

    filled: Filled
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Resumed:
    """A draft under the entry as it is published today."""

    filled: Filled
    changed: bool
    """Whether the guide was published anew since; the page says so."""
    dropped: tuple[tuple[str, str], ...] = ()
    """Label and text of answers that the entry asks no more. They stay in the draft until it is saved again."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What the sweep found."""

    handed_in: int
    expired: int
    files: int


def save(
    *,
    draft: UUID,
    version: int,
    filled: Filled,
    actor: Actor,
    seen: int,
    now: datetime,
    channel: str,
    mandate: int | None = None,
    case: int | None = None,
) -> Draft:
    """Keep what was typed. ``seen``: the version this page last knew, 0 for a draft not saved yet.

    ``version`` is the published version that the page showed (``book.Entry.version``); with ``case``, the case that
    was sent back, the one that this case runs under. The channel and for whom it is (``mandate``) may change with a
    save, the entry and the case may not.
    Errors: DraftMoved (what was sent is laid aside), DraftHandedIn, DraftNotFound (another one's id, or another
    entry's), TooManyDrafts.
    """
    text, entry = _text(filled), publish.version(version)
    known = Draft.objects.filter(pk=draft).first()
    if known is None and seen == 0:
        known = _made(draft, entry, text, actor, now, channel, mandate, case)
        if known is not None:
            return known
        known = Draft.objects.get(pk=draft)  # sent twice at once: the other one made it
    about = {**_entry(entry.item), "owner_id": actor.id, "case_id": case}
    if known is None or any(getattr(known, name) != value for name, value in about.items()):
        raise _not_found()
    _open_to_change(known)
    if _opened(known.pk, known.body) == text and (known.channel, known.mandate) == (channel, mandate):
        return known  # the answer to the same save was lost on the way
    values = {
        "published": entry.hash, "channel": channel, "mandate": mandate, "body": _sealed(draft, text),
        "version": seen + 1, "saved_at": now, "expires_at": _expiry(now),
    }  # fmt: skip
    if not _still(known, seen).update(**values):
        raise _lay_aside(known, text, now)
    known.refresh_from_db()
    return known


def _made(
    pk: UUID,
    entry: Version,
    text: str,
    actor: Actor,
    now: datetime,
    channel: str,
    mandate: int | None,
    case: int | None,
) -> Draft | None:
    if Draft.objects.filter(owner=actor.id, handed_in="", expires_at__gt=now).count() >= MOST:
        raise TooManyDrafts(f"您有{MOST}份没有提交的草稿，请先提交或删去一些，再填写新的。")
    try:
        with transaction.atomic():
            return Draft.objects.create(
                pk=pk, owner_id=actor.id, **_entry(entry.item), published=entry.hash, channel=channel, mandate=mandate,
                case_id=case, key=uuid4(), body=_sealed(pk, text), saved_at=now, expires_at=_expiry(now),
            )  # fmt: skip
    except IntegrityError:
        if not Draft.objects.filter(pk=pk).exists():
            raise
        return None


def _entry(item: EffectiveItem) -> dict[str, str]:
    return {"region": item.region, "tier": item.tier, "item": item.item}


def _expiry(now: datetime) -> datetime:
    return now + timedelta(days=settings.JINGBAN_DRAFT_DAYS)


def _not_found() -> DraftNotFound:
    return DraftNotFound("没有这份草稿：可能已经提交、删去，或过了保留期限。")


def _still(draft: Draft, seen: int) -> QuerySet[Draft]:
    """The row while nobody saved or handed it in since it was seen."""
    return Draft.objects.filter(pk=draft.pk, version=seen, handed_in="")


def _open_to_change(draft: Draft) -> None:
    if draft.handed_in:
        words = f"这份申请已经提交，办件编号{draft.handed_in}，不用再填。"
        raise DraftHandedIn(words, number=draft.handed_in)


def still_open(pk: UUID) -> Draft:
    """The draft as it is now; DraftHandedIn, DraftNotFound. ``uploads.take`` asks before it writes a file down."""
    found = Draft.objects.filter(pk=pk).first()
    if found is None:
        raise _not_found()
    _open_to_change(found)
    return found


def _lay_aside(draft: Draft, text: str, now: datetime) -> DraftMoved:
    """Lay aside what this page had beside what others laid there, and say what is kept."""
    with transaction.atomic():
        kept = Draft.objects.select_for_update(no_key=True).filter(pk=draft.pk, handed_in="").first()
        if kept is not None:
            kept.aside, kept.aside_at = _packed(kept, asides.added(_asides(kept), text, now)), now
            kept.save(update_fields=["aside", "aside_at"])
    return _moved(draft)


def _asides(draft: Draft) -> tuple[asides.Aside, ...]:
    return asides.opened(_opened(draft.pk, draft.aside)) if draft.aside else ()


def _packed(draft: Draft, found: tuple[asides.Aside, ...]) -> bytes:
    return _sealed(draft.pk, asides.packed(found))


def _moved(draft: Draft) -> DraftMoved:
    """What became of the draft meanwhile, for who is behind; raises DraftHandedIn, DraftNotFound where that was it."""
    kept = still_open(draft.pk)
    return DraftMoved(
        f"这份申请在别的页面或设备上填写过（{local_time(kept.saved_at):%H:%M}保存），以那里的为准；"
        "本页填写的另存了一份，没有丢。请打开最新的草稿接着填。",
        version=kept.version,
        saved_at=kept.saved_at.isoformat(),
    )


def _text(filled: Filled) -> str:
    text = json.dumps(asdict(filled), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(text) > LONGEST:
        raise DraftTooLong("填写的内容太长，没有保存这一次。请删减后再填；较长的说明请作为材料上传。")
    return text


def _filled(text: str) -> Filled:
    said = json.loads(text)
    return Filled(**{**said, "situations": tuple(said["situations"]), "supplied": tuple(said["supplied"])})


def _context(draft: UUID) -> bytes:
    """Where a sealed draft belongs; in another row it does not open."""
    return f"draft:{draft}".encode()


def _sealed(draft: UUID, text: str) -> bytes:
    return seal(text, context=_context(draft))


def _opened(draft: UUID, body: bytes | memoryview[int]) -> str:
    return open_sealed(bytes(body), context=_context(draft))


def find(pk: UUID, *, actor: Actor, now: datetime) -> Draft:
    """The actor's own draft; DraftNotFound, or DraftHandedIn with the number of its case."""
    found = Draft.objects.filter(pk=pk, owner=actor.id, expires_at__gt=now).first()
    if found is None:
        raise _not_found()
    _open_to_change(found)
    return found


def of_key(key: UUID, *, actor: Actor) -> Draft | None:
    """The actor's draft whose submission has this key."""
    return Draft.objects.filter(key=key, owner=actor.id, handed_in="").first()


def list_of(actor: Actor, *, now: datetime) -> list[Draft]:
    """What the actor has not handed in, the last saved first."""
    mine = Draft.objects.filter(owner=actor.id, handed_in="", expires_at__gt=now)
    return list(mine.order_by("-saved_at", "id"))


def contents(draft: Draft) -> Filled:
    """What was typed, as it was typed; DraftHandedIn where the case has it by now."""
    _open_to_change(draft)
    return _filled(_opened(draft.pk, draft.body))


def set_aside(draft: Draft) -> Filled | None:
    """What a page that was behind wanted to save last, or what was swapped for it."""
    found = all_aside(draft)
    return found[0].filled if found else None


def all_aside(draft: Draft) -> tuple[LaidAside, ...]:
    """The last few that pages wanted to save while they were behind, the newest first."""
    return tuple(LaidAside(_filled(one.text), one.at) for one in reversed(_asides(draft)))


def swap(pk: UUID, *, actor: Actor, seen: int, now: datetime, at: datetime | None = None) -> Draft:
    """Go on with what was laid aside, the newest or that of the instant ``at``; what was kept is laid aside for it.

    DraftMoved where the draft was saved since, or that one is gone: then nothing is written.
    """
    draft = find(pk, actor=actor, now=now)
    found = _asides(draft)
    if not found and at is None:
        return draft
    taken = next((one for one in reversed(found) if at in (None, one.at)), None)
    if taken is None:
        raise _moved(draft)
    text = _opened(draft.pk, draft.body)
    rest = asides.added(tuple(one for one in found if one != taken), text, draft.saved_at)
    values = {"body": _sealed(draft.pk, taken.text), "aside": _packed(draft, rest), "version": seen + 1}
    still = _still(draft, seen).filter(aside_at=draft.aside_at)
    if not still.update(**values, saved_at=now, aside_at=draft.saved_at, expires_at=_expiry(now)):
        raise _moved(draft)
    draft.refresh_from_db()
    return draft


def resumed(draft: Draft, version: int) -> Resumed:
    """The draft as the published ``version`` asks it: answers that still exist are kept, the others are named."""
    entry, said = publish.version(version), contents(draft)
    item = entry.item
    if draft.published == entry.hash:
        return Resumed(said, changed=False)
    asked = {f.key: f for f in item.form}
    kept = {
        key: text
        for key, text in said.answers.items()
        if key in asked and (not text or not asked[key].choices or text in asked[key].choices)
    }
    labels = {f.key: f.label for f in (*_old_form(draft.published), *item.form)}
    filled = Filled(
        answers=kept,
        facts={name: value for name, value in said.facts.items() if name in item.facts_asked},
        situations=tuple(key for key in said.situations if key in _situations(item)),
        supplied=tuple(key for key in said.supplied if key in known_keys(item)),
        office=said.office if said.office in {body.id for body in item.accepted_by} else "",
        place=said.place,
    )
    gone = tuple(
        (labels.get(key, key), text) for key, text in said.answers.items() if text and key not in kept
    )
    return Resumed(filled, changed=True, dropped=gone)


def _old_form(published: str) -> tuple[FormField, ...]:
    row = PublishedItem.objects.filter(hash=published).values_list("pk", flat=True).first()
    return publish.version(row).item.form if row is not None else ()


def _situations(item: EffectiveItem) -> frozenset[str]:
    """Every situation that this entry's materials or questions depend on."""
    named = {n.id for m in item.materials for n in (*m.for_whom, *m.when, *m.unless)}
    return frozenset(named | {situation for f in item.form for situation in f.when})


def discard(pk: UUID, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away with its uploads; DraftNotFound, DraftHandedIn."""
    draft = find(pk, actor=actor, now=now)
    with transaction.atomic():
        if not Draft.objects.filter(pk=draft.pk, handed_in="").delete()[0]:
            raise _not_found()
        uploads.forget([draft.pk])


def handed_in(draft: Draft, view: CaseView, *, now: datetime) -> Draft:
    """Note that the draft became the case: its uploads are the case's, what was typed is kept there only.

    Again, nothing changes. The case must have been opened (or acted upon) under ``draft.key``: ValueError otherwise.
    """
    done = CaseEvent.objects.filter(actor=draft.owner_id, key=draft.key, case=view.id)
    if not done.exists():
        raise ValueError(f"draft {draft.pk} was not handed in as case {view.id}: its key was not used")
    with transaction.atomic():
        Draft.objects.filter(pk=draft.pk).update(handed_in=view.number, body=b"", aside=b"", aside_at=None)
        uploads.attach(draft=draft.pk, case=view.id, now=now)
    draft.refresh_from_db()
    return draft


def sweep(now: datetime) -> Swept:
    """Finish what was handed in while the page broke off; forget drafts that expired, and files without a draft."""
    used = CaseEvent.objects.filter(actor=OuterRef("owner_id"), key=OuterRef("key"))
    finished = list(Draft.objects.filter(Exists(used), handed_in="").order_by("id"))
    for draft in finished:
        handed_in(draft, read(_used_by(draft))[0], now=now)
    expired = Draft.objects.filter(expires_at__lte=now).delete()[0]
    waiting = uploads.waiting_drafts(now - GRACE)
    alive = set(Draft.objects.filter(pk__in=waiting, handed_in="").values_list("pk", flat=True))
    files = uploads.forget(waiting - alive) + uploads.erase_removed(now - GRACE)
    return Swept(len(finished), expired, files)


def _used_by(draft: Draft) -> int:
    """The case that the draft's key was used for."""
    return int(CaseEvent.objects.get(actor=draft.owner_id, key=draft.key).case_id)


def reseal_drafts() -> int:
    """Seal drafts of an older key again by the current one; how many changed."""
    changed = 0
    for draft in Draft.objects.order_by("id").iterator(chunk_size=500):
        again = {
            name: reseal(token, context=_context(draft.pk))
            for name in ("body", "aside")
            if (token := bytes(getattr(draft, name)))
        }
        if any(bytes(getattr(draft, name)) != token for name, token in again.items()):
            same = Draft.objects.filter(pk=draft.pk, version=draft.version, aside_at=draft.aside_at)
            changed += same.update(**again)
    return changed
