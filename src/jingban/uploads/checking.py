"""Whether every file is there and is what was uploaded; and the same files under a new key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.db import transaction

from jingban.core.crypto import SealBroken, reseal
from jingban.uploads import files
from jingban.uploads.errors import UploadBroken
from jingban.uploads.models import Upload

SETTLED = timedelta(days=1)
"""A file is written before its row: younger ones may still be on their way."""


def faults(now: datetime) -> Iterator[str]:
    """Each upload whose file is gone or changed, each file that no upload knows. Names nobody and no file."""
    known = set()
    for upload in Upload.objects.order_by("id").iterator(chunk_size=500):
        known.add(upload.stored)
        try:
            files.read(upload)
        except UploadBroken as broken:
            where = f"办件{upload.case}" if upload.case is not None else "未提交的草稿"
            yield f"上传{upload.pk}（{where}）：{broken.message}"
    store = files.storage()
    for name in _names(store, ""):
        if name in known or store.get_modified_time(name) >= now - SETTLED:
            continue
        if not Upload.objects.filter(stored=name).exists():  # turned or taken while we looked
            yield f"文件{name}不属于任何材料，可以删去。"


def _names(store: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = store.listdir(folder)
    except FileNotFoundError:  # nothing was ever uploaded
        return
    for name in sorted(names):
        yield f"{folder}/{name}" if folder else name
    for inner in sorted(folders):
        yield from _names(store, f"{folder}/{inner}" if folder else inner)


def reseal_uploads() -> tuple[int, list[str]]:
    """Seal what an older key sealed again by the current one; how many files were written anew, and what did not open.

    A damaged file stops no other: the old key can only be taken out when every whole file is under the new one.
    """
    count, broken = 0, []
    for upload in Upload.objects.order_by("id").iterator(chunk_size=100):
        try:
            count += _resealed(upload)
        except (UploadBroken, SealBroken) as fault:
            # What was erased or handed over while we looked is no fault.
            if Upload.objects.filter(pk=upload.pk, stored=upload.stored).exists():
                broken.append(f"上传{upload.pk}：{fault.message}")
    return count, broken


def _resealed(upload: Upload) -> bool:
    name = reseal(bytes(upload.sealed_name), context=files.context_of(upload.pk, "name"))
    sealed = files.read_sealed(upload.stored)
    if (
        name == bytes(upload.sealed_name)
        and reseal(sealed, context=files.context_of(upload.pk, "file")) == sealed
    ):
        return False
    before, after = upload.stored, files.write(upload.pk, files.read(upload))
    with transaction.atomic():
        same = Upload.objects.filter(pk=upload.pk, stored=before)
        doomed = before if same.update(stored=after, sealed_name=name) else after
        transaction.on_commit(lambda: files.erase(doomed), robust=True)
    return doomed == before
