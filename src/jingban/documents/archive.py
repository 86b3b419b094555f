"""The files: encrypted like all personal data, under random names, behind Django's storage ``papers``."""

from __future__ import annotations

import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from jingban.core.crypto import SealBroken, open_bytes, reseal, seal_bytes
from jingban.documents.errors import PaperAltered


def keep(pdf: bytes) -> str:
    """Write a file and give its name."""
    name = secrets.token_hex(16)
    return _storage().save(f"{name[:2]}/{name[2:]}", ContentFile(seal_bytes(pdf, context=_CONTEXT)))


def kept(name: str) -> bytes:
    """The file again; raises PaperAltered where it is gone or was changed. Its hash is for the caller to compare."""
    try:
        return open_bytes(_sealed(name), context=_CONTEXT)
    except (FileNotFoundError, SealBroken):
        raise PaperAltered(
            "文书的存档文件不见了，或与出具时不一致，不能打印。请报告系统管理员，从备份恢复。", file=name
        ) from None


def drop(name: str) -> None:
    """Take away a file that no paper came to name."""
    _storage().delete(name)


def resealed(name: str) -> str:
    """Seal a file by the current key: the name of the new file, or the old one where nothing is to be done."""
    token = _sealed(name)
    again = reseal(token, context=_CONTEXT)
    if again == token:
        return name
    fresh = secrets.token_hex(16)
    return _storage().save(f"{fresh[:2]}/{fresh[2:]}", ContentFile(again))


_CONTEXT = b"paper:file"
"""Not bound to the name, which the storage may change; the hash in the row tells one file from another."""


def _storage() -> Storage:
    return storages["papers"]


def _sealed(name: str) -> bytes:
    with _storage().open(name) as file:
        return bytes(file.read())
