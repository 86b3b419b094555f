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
