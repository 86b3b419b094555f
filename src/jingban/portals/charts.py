"""Flow charts for pages: drawn once for a published version, then kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

from jingban.cases.procedures import is_example, procedure_of
from jingban.core.localtime import today
from jingban.processes.flowchart import Line, as_text, render
from jingban.processes.model import Process
from jingban.rulebook import publish


def guide_chart(version: int, process: str, *, lanes: bool = False) -> SafeString:
    """The chart of a procedure as the guide shows it."""
    return _drawn(version, process, lanes, frozenset(), None)


def case_chart(version: int, process: str, done: Iterable[str], current: str | None) -> SafeString:
    """The same chart with the steps of a running case lit up."""
    return _drawn(version, process, False, frozenset(done), current)


def chart_in_words(version: int, process: str) -> list[Line]:
    """The chart as ordered text: for screen readers, and for who prefers reading."""
    return as_text(_process(version, process), limits=limits_in_words(version, process))


@lru_cache(maxsize=1024)
def _drawn(version: int, process: str, lanes: bool, done: frozenset[str], current: str | None) -> SafeString:
    limits = limits_in_words(version, process)
    drawn = render(_process(version, process), lanes=lanes, done=done, current=current, limits=limits)
    return mark_safe(drawn)  # noqa: S308  our own drawing; it escapes every text itself


def _process(version: int, process: str) -> Process:
    return publish.version(version).item.process_named(process)


def limits_in_words(version: int, process: str) -> Mapping[str, str]:
    """What the procedure's own limits allow, in words, by their names; an example says that it is one."""
    day = today()
    return {
        name: f"{limit.text}（示例值）" if is_example(version, process, name, day) else limit.text
        for name, limit in procedure_of(version, process, day).limits.items()
    }
