"""Uploaded files: the only door for other apps.

    take(*, file, owner, slot, holder, now, by=None, still_open=None) -> Upload   UploadRefused, UploadTooBig
    find(pk) -> Upload                                              UploadNotFound
    of_case(case) -> list[Upload]; of_draft(draft) -> list[Upload]
    open_for(actor, upload, *, may_see) -> bytes                    NotAllowed, UploadNotFound, UploadBroken
    rotate(upload, quarters, *, actor) -> Upload                    only while in a draft: UploadHandedIn
    remove(upload, *, actor, now) -> None                           only while in a draft: UploadHandedIn
    attach(*, draft, case, now) -> int                              ``cases.drafts.handed_in`` does it
    waiting_drafts(before), forget(drafts), erase_removed(before)   ``cases.drafts.sweep`` does it
    limits() -> Limits                                              for pages that say them beforehand

An upload is kept as JPEG or PDF: pictures (JPEG, PNG, WebP) are encoded anew, PDFs are written anew without
scripts, attachments and actions that start something. It knows drafts and cases by id only, and whoever calls
asks who may see them.
"""

from __future__ import annotations

from jingban.uploads.actions import (
    Holder,
    attach,
    erase_removed,
    find,
    forget,
    of_case,
    of_draft,
    open_for,
    remove,
    rotate,
    take,
    waiting_drafts,
)
from jingban.uploads.errors import (
    UploadBroken,
    UploadHandedIn,
    UploadNotFound,
    UploadRefused,
    UploadTooBig,
)
from jingban.uploads.limits import Limits, limits
from jingban.uploads.models import Upload

__all__ = [
    "Holder",
    "Limits",
    "Upload",
    "UploadBroken",
    "UploadHandedIn",
    "UploadNotFound",
    "UploadRefused",
    "UploadTooBig",
    "attach",
    "erase_removed",
    "find",
    "forget",
    "limits",
    "of_case",
    "of_draft",
    "open_for",
    "remove",
    "rotate",
    "take",
    "waiting_drafts",
]
