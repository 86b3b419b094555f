"""From the file that somebody chose to the file that is kept, or the reason in plain words why not."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NoReturn

from django.core.files.base import File

from jingban.core.counting import count, counted
from jingban.uploads import cleaning
from jingban.uploads.errors import UploadRefused, UploadTooBig
from jingban.uploads.kinds import HEAD, JPEG, PDF, kind_of
from jingban.uploads.limits import MEGABYTE, Limits, limits

AT_ONCE = BoundedSemaphore(2)
"""Each reader may take a gigabyte and a half for a moment: more of them wait."""
WAIT = 5
"""Seconds that a file waits for its turn. The site answers with a few threads: whoever waits longer holds up all."""
PATIENCE = 60
PACE_WINDOW = 600
"""Seconds over which the reading of one account's files is counted (``Limits.reading_seconds``)."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A file as it is kept."""

    content: bytes
    content_type: str
    pages: int


def cleaned(file: File[bytes], *, by: int | None = None) -> Clean:
    """The harmless file; UploadRefused (or UploadTooBig) with what to do about it.

    ``by`` is the account whose time this is, where one asks: slow files of one must not stop everybody's.
    """
    bounds = limits()
    if (file.size or 0) > max(bounds.image_bytes, bounds.pdf_bytes):
        _too_large(max(bounds.image_bytes, bounds.pdf_bytes))
    file.seek(0)
    kind = kind_of(file.read(HEAD))
    if (file.size or 0) > bounds.bytes_of(kind):
        _too_large(bounds.bytes_of(kind))
    with _folder() as (source, target):
        file.seek(0)
        with source.open("wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
        pages = _run("clean", source, target, {**asdict(bounds), "type": kind}, bounds, by)
        return Clean(target.read_bytes(), PDF if kind == PDF else JPEG, pages)


def turned(content: bytes, content_type: str, quarters: int, *, by: int | None = None) -> bytes:
    """A kept file, turned clockwise by one, two or three quarters; UploadRefused where too many are read now."""
    with _folder() as (source, target):
        source.write_bytes(content)
        _run("turn", source, target, {"type": content_type, "quarters": quarters}, limits(), by)
        return target.read_bytes()


@contextmanager
def _folder() -> Iterator[tuple[Path, Path]]:
    """A place that only this user reads and that is gone afterwards: the file lies open in it."""
    with tempfile.TemporaryDirectory(prefix="jingban-upload-") as folder:
        yield Path(folder) / "in", Path(folder) / "out"


def _run(task: str, source: Path, target: Path, how: dict[str, Any], bounds: Limits, by: int | None) -> int:
    command = [sys.executable, "-I", cleaning.__file__, task, str(source), str(target), json.dumps(how)]
    with _turn(by, bounds):
        try:
            # No shell, and the program is our own; no word of it is the visitor's.
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            _refuse("bomb", bounds)
    if done.returncode:
        _refuse("bomb", bounds)
    told = json.loads(done.stdout)
    if "refused" in told:
        _refuse(told["refused"], bounds)
    return int(told["pages"])


@contextmanager
def _turn(by: int | None, bounds: Limits) -> Iterator[None]:
    """One of the readers, and the account's own share of them."""
    key = f"uploads-reading:{by}"
    if by is not None and counted(key) >= bounds.reading_seconds * 1000:
        _refuse("pace", bounds)
    if not AT_ONCE.acquire(timeout=WAIT):
        _refuse("busy", bounds)
    began = time.monotonic()
    try:
        yield
    finally:
        AT_ONCE.release()
        if by is not None:
            count(key, seconds=PACE_WINDOW, by=int((time.monotonic() - began) * 1000))


def _too_large(most: int) -> NoReturn:
    raise UploadTooBig(
        f"这个文件超过{most // MEGABYTE}MB。照片请用手机的普通清晰度重拍，PDF请压缩或分成几份后再上传。",
        reason="bytes",
        most=most,
    )


def _refuse(reason: str, bounds: Limits) -> NoReturn:
    if reason == "pixels":
        most = bounds.pixels // 1_000_000
        raise UploadTooBig(
            f"照片的像素太多（超过{most}00万），请用手机的普通清晰度重拍后再上传。", reason=reason
        )
    if reason == "pages":
        raise UploadTooBig(f"PDF超过{bounds.pdf_pages}页，请分成几份上传。", reason=reason)
    raise UploadRefused(_WHY.get(reason, _WHY["bomb"]), reason=reason)


_WHY = {
    "busy": "现在上传的人多，这个文件还没有收下。填写的内容都在，请过一分钟再传一次。",
    "pace": "您刚才上传的文件处理得太久，请过十分钟再传；急用的，可以把材料带到窗口。",
    "picture": "这张照片打不开或没有传完整，请重新拍照或重新选择。",
    "pdf": "这个PDF打不开，请用原来的软件重新导出，或打印成PDF后再上传。",
    "cut": "这个PDF没有传完整，请重新下载或导出后再上传。",
    "password": "这个PDF要密码才能打开，请去掉密码另存后再上传。",
    "bomb": "这个文件展开后太大或格式异常，读不出来；请拍照上传，或打印成PDF后再上传。",
}
