"""The base of every error that a user is meant to read."""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """Something the business refuses: a Chinese text for people, ``code`` and ``details`` for programs.

    It knows no HTTP and no exit code; each door (portal, API, command line) maps ``code`` itself.
    """

    code: ClassVar[str] = "domain_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = details

    @property
    def message(self) -> str:
        return str(self.args[0])


class FileFault(DomainError):
    """One fault in one file that people write: where, what is wrong, what to do."""

    code = "file_fault"

    def __init__(self, file: str, line: int, what: str, advice: str) -> None:
        super().__init__(f"{file}:{line}：{what}。{advice}。", file=file, line=line, what=what, advice=advice)
        self.file = file
        self.line = line
        self.what = what
        self.advice = advice

    def as_data(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "what": self.what, "advice": self.advice}
