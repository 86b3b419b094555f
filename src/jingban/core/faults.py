"""What of an error may stand in a log: what it was and where, never its words, which may name a person."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from jingban.core.errors import DomainError, FileFault

_DEEPEST = 12


def trail(error: BaseException) -> str:
    """An error and what caused it: class, code, and the places it came through, without any of its texts.

    Of a fault in a file that people write also the file and the line; such files hold rules, not people.
    """
    told = []
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        told.append(f"{_what(here)} at {' < '.join(_places(here)) or 'nowhere'}")
        here = here.__cause__ or (None if here.__suppress_context__ else here.__context__)
    return "; from ".join(told)


def _what(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, FileFault):
        return f"{name}[{error.code}] {error.file}:{error.line}"
    return f"{name}[{error.code}]" if isinstance(error, DomainError) else name


def _places(error: BaseException) -> list[str]:
    """The innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{'/'.join(PurePath(f.filename).parts[-2:])}:{f.lineno} {f.name}" for f in reversed(frames)]
