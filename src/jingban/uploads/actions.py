"""What is done to uploads: taken, turned, removed, attached to a case, forgotten."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from uuid import UUID, uuid4

from django.core.files.base import File
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet, Sum

from jingban.access.service import Actor, NotAllowed
from jingban.core.crypto import seal
from jingban.uploads import files
from jingban.uploads.errors import UploadHandedIn, UploadNotFound, UploadRefused, UploadTooBig
from jingban.uploads.examining import Clean, cleaned, turned
from jingban.uploads.kinds import ENDINGS
from jingban.uploads.limits import MEGABYTE, limits
from jingban.uploads.models import Upload

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Holder:
    """What uploads belong to: a draft that is not handed in yet, or a case. One of the two."""

    region: str
    draft: UUID | None = None
    case: int | None = None

    def __post_init__(self) -> None:
        if (self.draft is None) == (self.case is None):
            raise ValueError("an upload belongs to a draft or to a case")

    @property
    def key(self) -> str:
        return f"uploads:draft:{self.draft}" if self.case is None else f"uploads:case:{self.case}"


def take(
    *,
    file: File[bytes],
    owner: int,
    slot: str,
    holder: Holder,
    now: datetime,
    by: int | None = None,
    still_open: Callable[[], object] | None = None,
) -> Upload:
    """Keep a file: looked at, made harmless, sealed. The same content in the same slot again is the same upload.

    ``slot`` is a key of ``cases.materials.known_keys``; the caller looks that it is one, and that the draft is
    the ``owner``'s own or the case the actor's to add to. ``by`` is who uploaded, where that is somebody else.
    ``still_open`` is asked when no ``attach`` can come between any more, and raises where the draft was handed in
    meanwhile (``cases.drafts.still_open``): a file written after that would belong to nothing and be swept away.
    Errors: UploadRefused, UploadTooBig, with words for the one who chose the file; what ``still_open`` raises.
    """
    clean = cleaned(file, by=owner if by is None else by)
    digest, pk = hashlib.sha256(clean.content).digest(), uuid4()
    if (same := _held(holder).filter(slot=slot, sha256=digest).first()) is not None:
        return same
    stored = files.write(pk, clean.content)
    try:
        with transaction.atomic():
            _take_turns(holder)
            if still_open is not None:
                still_open()
            same = _held(holder).filter(slot=slot, sha256=digest).first()
            if same is None:
                _hold_room(holder, slot, len(clean.content))
                if holder.draft is not None:
                    _hold_owner(owner, len(clean.content))
                name = _named(file.name or "", clean)
                return Upload.objects.create(
                    pk=pk, owner_id=owner, region=holder.region, case=holder.case, draft=holder.draft, slot=slot,
                    sealed_name=seal(name, context=files.context_of(pk, "name")), stored=stored,
                    content_type=clean.content_type, size=len(clean.content), pages=clean.pages, sha256=digest,
                    uploaded_at=now, by=owner if by is None else by,
                )  # fmt: skip
    except BaseException:
        files.erase(stored)
        raise
    files.erase(stored)
    return same


def _held(holder: Holder) -> QuerySet[Upload]:
    live = Upload.objects.filter(removed_at__isnull=True)
    if holder.case is not None:
        return live.filter(case=holder.case)
    return live.filter(draft=holder.draft, case__isnull=True)


def _take_turns(holder: Holder) -> None:
    """Two files at once must not both find the last place free. SQLite's writers queue by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [holder.key])


def _hold_room(holder: Holder, slot: str, size: int) -> None:
    bounds, held = limits(), _held(holder)
    if held.filter(slot=slot).count() >= bounds.slot_files:
        raise UploadTooBig(
            f"这项材料已经有{bounds.slot_files}个文件，最多{bounds.slot_files}个。请先删去不要的，或合成一个PDF上传。",
            reason="files",
        )
    if holder.draft is not None:
        used = held.aggregate(Sum("size"))["size__sum"] or 0
        if used + size > bounds.draft_bytes:
            raise UploadTooBig(
                f"一次申请的材料合计最多{bounds.draft_bytes // MEGABYTE}MB，再加这个就超过了。"
                "请删去不要的，或把PDF压缩后再上传。",
                reason="total",
            )


def _hold_owner(owner: int, size: int) -> None:
    """What lies in all of somebody's drafts, the removed that is not erased yet too: it fills the disk as well.

    Two drafts at once may pass the bound by one file each: it guards the disk, not a right.
    """
    most = limits().owner_bytes
    used = Upload.objects.filter(owner=owner, case__isnull=True).aggregate(Sum("size"))["size__sum"] or 0
    if used + size > most:
        raise UploadTooBig(
            f"您没有提交的材料合计已经有{most // MEGABYTE}MB，暂时不能再传。请先提交或删去不用的草稿；"
            "单独删去的文件，一天后才腾出地方。",
            reason="owner",
        )


def _named(name: str, clean: Clean) -> str:
    """A name that is only a name, with the ending of what the file really is."""
    text = unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).name)
    visible = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    stem = re.sub(r'[/:*?"<>|\s]+', " ", PurePath(visible).stem).strip(" .")[:LONGEST_NAME]
    return (stem or "材料") + ENDINGS[clean.content_type]


def find(pk: UUID) -> Upload:
    """The upload; UploadNotFound where there is none or it was removed."""
    found = Upload.objects.filter(pk=pk, removed_at__isnull=True).first()
    if found is None:
        raise UploadNotFound("没有这份材料，可能已经删去，请刷新页面。")
    return found


def of_case(case: int) -> list[Upload]:
    """What was handed in with a case, in the order of slots, then as it was uploaded."""
    live = Upload.objects.filter(case=case, removed_at__isnull=True)
    return list(live.order_by("slot", "uploaded_at", "id"))


def of_draft(draft: UUID) -> list[Upload]:
    """What lies in a draft that is not handed in, in the order of slots, then as it was uploaded."""
    live = Upload.objects.filter(draft=draft, case__isnull=True, removed_at__isnull=True)
    return list(live.order_by("slot", "uploaded_at", "id"))


def open_for(actor: Actor, upload: Upload, *, may_see: Callable[[int], bool]) -> bytes:
    """The content, for who may see it: of a draft its owner, of a case whoever ``may_see`` lets (asked with the
    case's id). NotAllowed, UploadNotFound, UploadBroken."""
    if upload.removed_at is not None:
        raise UploadNotFound("这份材料已经删去。")
    allowed = upload.owner_id == actor.id if upload.case is None else may_see(upload.case)
    if not allowed:
        raise NotAllowed("这份材料不是您的，您也没有查看它所在办件的权限。")
    return files.read(upload)


def rotate(upload: Upload, quarters: int, *, actor: int) -> Upload:
    """Turn a file of a draft clockwise by quarters; NotAllowed, UploadHandedIn, UploadNotFound."""
    _own(upload, actor)
    if not quarters % 4:
        return find(upload.pk)
    upload = find(upload.pk)
    _open_to_change(upload)
    content = turned(files.read(upload), upload.content_type, quarters % 4, by=actor)
    before, after = upload.stored, files.write(upload.pk, content)
    changed = {
        "stored": after, "size": len(content), "sha256": hashlib.sha256(content).digest(),
        "quarters": (upload.quarters + quarters) % 4,
    }  # fmt: skip
    try:
        with transaction.atomic():
            if not _still(upload).filter(stored=before).update(**changed):
                raise UploadRefused("这份材料刚刚被改动过，请刷新页面后再转。", reason="moved")
            transaction.on_commit(lambda: files.erase(before), robust=True)
    except IntegrityError:
        files.erase(after)
        raise UploadRefused("这里已经有一份转好的同样的文件，请删去多余的。", reason="same") from None
    except BaseException:
        files.erase(after)
        raise
    return find(upload.pk)


def remove(upload: Upload, *, actor: int, now: datetime) -> None:
    """Take a file out of its draft; again, nothing changes. NotAllowed, UploadHandedIn."""
    _own(upload, actor)
    if not _still(upload).update(removed_at=now, removed_by=actor):
        upload.refresh_from_db()
        _open_to_change(upload)


def _own(upload: Upload, actor: int) -> None:
    if upload.owner_id != actor:
        raise NotAllowed("这份材料是别人上传的，您不能改动。")


def _open_to_change(upload: Upload) -> None:
    if upload.case is not None:
        raise UploadHandedIn("这份材料已经随申请提交，不能再改动；有误的，请按补正或更正办理。")


def _still(upload: Upload) -> QuerySet[Upload]:
    """The row while it may be changed: what it says now counts, not what was read."""
    return Upload.objects.filter(pk=upload.pk, case__isnull=True, removed_at__isnull=True)


def attach(*, draft: UUID, case: int, now: datetime) -> int:
    """What lies in the draft belongs to the case from now on; how many files that were. Again, nothing changes.

    A content that the case already has in the slot is not kept twice.
    """
    with transaction.atomic():
        _take_turns(Holder("", draft=draft))
        _take_turns(Holder("", case=case))
        known = {(u.slot, bytes(u.sha256)) for u in of_case(case)}
        count = 0
        for upload in of_draft(draft):
            if (upload.slot, bytes(upload.sha256)) in known:
                _still(upload).update(removed_at=now, removed_by=upload.owner_id)
            else:
                count += _still(upload).update(case=case)
    return count


def waiting_drafts(before: datetime) -> set[UUID]:
    """Drafts that hold a file which was uploaded before that instant and never handed in."""
    waiting = Upload.objects.filter(case__isnull=True, uploaded_at__lt=before).order_by()
    return {draft for draft in waiting.values_list("draft", flat=True).distinct() if draft is not None}


def forget(drafts: Collection[UUID]) -> int:
    """Erase what lies in drafts that are no more, rows and files; what belongs to a case stays."""
    return _erase(Upload.objects.filter(case__isnull=True, draft__in=list(drafts)))


def erase_removed(before: datetime) -> int:
    """Erase what was taken out of a draft before that instant, rows and files."""
    return _erase(Upload.objects.filter(case__isnull=True, removed_at__lt=before))


def _erase(doomed: QuerySet[Upload]) -> int:
    count = 0
    for upload in list(doomed.order_by("id")):
        with transaction.atomic():
            if Upload.objects.filter(pk=upload.pk, case__isnull=True, stored=upload.stored).delete()[0]:
                transaction.on_commit(lambda name=upload.stored: files.erase(name), robust=True)  # type: ignore[misc]
                count += 1
    return count
