"""The materials of an application as photographs come in: what is there, what is brought, what still lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.http import HttpRequest

from jingban.access.service import Actor
from jingban.cases import drafts
from jingban.cases.materials import Slot
from jingban.uploads import service as uploads

ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"


@dataclass(frozen=True, slots=True)
class Paper:
    """A material with the files that were uploaded for it."""

    slot: Slot
    files: tuple[uploads.Upload, ...]
    is_brought: bool
    """The person says that it comes to the window on paper."""
    is_needed: bool
    """Required, and not served by an alternative of its group."""
    error: str = ""
    is_asked: bool = True
    """No: it was uploaded for another situation, and is shown so that it can be taken out."""

    @property
    def key(self) -> str:
        return self.slot.key

    @property
    def is_there(self) -> bool:
        return bool(self.files) or self.is_brought

    @property
    def state(self) -> tuple[str, str, str]:
        """Colour, sign and words: never colour alone."""
        if self.files:
            return "ok", "✓", f"已传{len(self.files)}份"
        if self.is_brought:
            return "ok", "✓", "带到窗口"
        return ("soon", "○", "还缺") if self.is_needed else ("none", "○", "可不交")


@dataclass(frozen=True, slots=True)
class Papers:
    """All of them, and what is still lacking."""

    lines: tuple[Paper, ...]

    @property
    def lacking(self) -> tuple[str, ...]:
        """Names of what must come and is neither uploaded nor brought."""
        return tuple(line.slot.name for line in self.lines if line.is_needed and not line.is_there)

    @property
    def there(self) -> tuple[str, ...]:
        """Keys of what is uploaded or brought: what the application says comes with it."""
        return tuple(line.key for line in self.lines if line.is_there)


def papers(
    slots: Sequence[Slot],
    files: Iterable[uploads.Upload],
    brought: Collection[str],
    errors: dict[str, str] | None = None,
    unasked: Sequence[Slot] = (),
) -> Papers:
    """The slots of a checklist with their files. Of alternatives the first is needed until another is there.

    ``unasked``: slots that the checklist has not; they are there where a file lies in them.
    """
    held: dict[str, list[uploads.Upload]] = {}
    for upload in files:
        held.setdefault(upload.slot, []).append(upload)
    there = {slot.key for slot in slots if slot.key in held or slot.key in brought}
    served = {slot.material.one_of: slot.key for slot in slots if slot.material.one_of and slot.key in there}
    lines, wrong = [], errors or {}
    for slot in slots:
        group = slot.material.one_of
        needed = slot.required and (not group or served.setdefault(group, slot.key) == slot.key)
        found = tuple(held.get(slot.key, ()))
        lines.append(Paper(slot, found, slot.key in brought, needed, wrong.get(slot.key, "")))
    lines += [
        Paper(one, tuple(held[one.key]), False, False, is_asked=False) for one in unasked if one.key in held
    ]
    return Papers(tuple(lines))


def take_all(
    request: HttpRequest, slots: Collection[str], holder: uploads.Holder, owner: int, now: datetime
) -> dict[str, str]:
    """Keep every file that was sent for one of these slots; what is refused, by slot, in the upload's words.

    A file that is refused does not stop the others. DraftHandedIn where another page hands in meanwhile.
    """
    errors: dict[str, str] = {}
    still_open = partial(drafts.still_open, holder.draft) if holder.draft is not None else None
    for slot in slots:
        for file in request.FILES.getlist(f"file.{slot}"):
            try:
                uploads.take(file=file, owner=owner, slot=slot, holder=holder, now=now, still_open=still_open)
            except uploads.UploadRefused as refused:
                errors[slot] = f"{file.name}：{refused.message}"
    return errors


def turn_or_remove(word: str, draft: UUID, actor: Actor, now: datetime) -> str:
    """What a button under a file asks for, ``turn-<id>`` or ``drop-<id>``; the slot of the file, or nothing."""
    what, _, pk = word.partition("-")
    known = {str(upload.pk): upload for upload in uploads.of_draft(draft)}
    upload = known.get(pk)
    if upload is None or what not in ("turn", "drop"):
        return ""
    if what == "turn":
        uploads.rotate(upload, 1, actor=actor.id)
    else:
        uploads.remove(upload, actor=actor.id, now=now)
    return upload.slot
