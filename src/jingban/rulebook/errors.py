"""What can be wrong with a rulebook, said to the policy officer who wrote it: where, what, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from jingban.core.errors import DomainError, FileFault


class RulebookBroken(DomainError):
    """The rulebook cannot be used; every fault found is in ``problems``."""

    code = "rulebook_broken"

    def __init__(self, problems: Sequence[FileFault]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line)))
        listed = "\n".join(str(p) for p in self.problems)
        count = len(self.problems)
        super().__init__(f"规则库有{count}处错误，改正后再用：\n{listed}", count=count)


class UnknownEntry(DomainError):
    """A region or an item that the rulebook does not have."""

    code = "unknown_entry"


def suggestion(word: str, known: Iterable[str]) -> str:
    """What was probably meant, or what there is to choose from."""
    choices = sorted(known)
    close = get_close_matches(word, choices, n=3, cutoff=0.6)
    if close:
        return f"是否指 {'、'.join(close)}"
    if not choices:
        return "目前一个也没有定义"
    shown = "、".join(choices[:12])
    return f"可用的有：{shown}{' 等' if len(choices) > 12 else ''}"
