"""What the cache is keyed by: every file of the rulebook, and the code that reads it."""

from __future__ import annotations

import hashlib
import time
from importlib import metadata
from pathlib import Path

FRESH_FOR = 1.0
"""Seconds for which the files are not looked at again: it takes milliseconds, and an act asks several times."""
_CODE = ("rulebook/*.py", "processes/model.py", "processes/predicates.py", "core/parameters.py")
_seen: dict[Path, tuple[float, str]] = {}


def rulebook_digest(root: Path) -> str:
    """Names and contents of all files, the package's version, and the code that reads them."""
    found = hashlib.sha256()
    try:
        found.update(metadata.version("jingban").encode())
    except metadata.PackageNotFoundError:
        found.update(b"source")
    package = Path(__file__).resolve().parent.parent
    for pattern in _CODE:
        for path in sorted(package.glob(pattern)):
            _add(found, path.name, path)
    for path in sorted(root.rglob("*.yaml")):
        _add(found, path.relative_to(root).as_posix(), path)
    return found.hexdigest()


def _add(found: hashlib._Hash, name: str, path: Path) -> None:
    content = path.read_bytes()
    found.update(f"\0{name}\0{len(content)}\0".encode())
    found.update(content)


def file_signature(root: Path) -> str:
    """Names, times and sizes: cheap, and enough to notice an edit while a server runs, a second later at most."""
    now = time.monotonic()
    seen = _seen.get(root)
    if seen is None or now - seen[0] >= FRESH_FOR:
        # With the instant before reading: what is edited meanwhile is seen a second later.
        seen = _seen[root] = (now, _signature(root))
    return seen[1]


def look_again() -> None:
    """For who must not miss an edit of this very second: publishing, and tests."""
    _seen.clear()


def _signature(root: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.yaml")):
        stat = path.stat()
        found.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode())
    return found.hexdigest()
