"""Where the files lie: sealed, under random names, behind Django's storage ``uploads`` (a folder, or S3 by setting)."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from jingban.core.crypto import SealBroken, open_bytes, seal_bytes
from jingban.uploads.errors import UploadBroken

if TYPE_CHECKING:
    from jingban.uploads.models import Upload


def storage() -> Storage:
    """The storage of this installation (``JINGBAN_UPLOADS``)."""
    return storages["uploads"]


def context_of(upload: UUID, part: str) -> bytes:
    """Where a sealed content belongs; under another upload it does not open."""
    return f"upload:{upload}:{part}".encode()


def write(upload: UUID, content: bytes) -> str:
    """Store a content sealed; the name says nothing, neither of the upload nor of the person."""
    name = secrets.token_hex(20)
    sealed = seal_bytes(content, context=context_of(upload, "file"))
    return storage().save(f"{name[:2]}/{name[2:4]}/{name[4:]}", ContentFile(sealed))


def read_sealed(name: str) -> bytes:
    """What lies in the storage; UploadBroken where nothing does."""
    try:
        with storage().open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise UploadBroken("这份材料的文件找不到了，请报告系统管理员。", reason="gone") from None


def read(upload: Upload) -> bytes:
    """The content as it was kept; UploadBroken where it is gone, was changed, or is another one's."""
    try:
        content = open_bytes(read_sealed(upload.stored), context=context_of(upload.pk, "file"))
    except SealBroken as broken:
        raise UploadBroken(broken.message, reason="seal") from broken
    if hashlib.sha256(content).digest() != bytes(upload.sha256):
        raise UploadBroken("这份材料的文件和上传时的不一样，请报告系统管理员。", reason="changed")
    return content


def erase(name: str) -> None:
    """Take a file away; one that is gone already is no fault."""
    storage().delete(name)
