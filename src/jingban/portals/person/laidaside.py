"""What other pages wanted to save while they were behind: shown before handing in, for then it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from jingban.cases import drafts
from jingban.cases.drafts import Filled
from jingban.cases.models import Draft
from jingban.portals.payloads import MASKS
from jingban.rulebook.effective import EffectiveItem

SWAP = "swap"
UNSEEN = (
    "别的页面或设备上填的内容没有用上，提交后不再保留。请先看一看下面“没有用上的内容”，不用的话再按一次提交。"
)


@dataclass(frozen=True, slots=True)
class Other:
    """One of them, and in what it differs from what would be handed in."""

    at: datetime | None
    differences: tuple[tuple[str, str, str], ...]

    @property
    def word(self) -> str:
        """What its button says to the server."""
        return word(self.at)


def word(at: datetime | None) -> str:
    """What a button says that takes the one of that instant; the newest where none is known."""
    return f"{SWAP}-{at.isoformat()}" if at else SWAP


def others(item: EffectiveItem, draft: Draft | None, here: Filled) -> tuple[Other, ...]:
    """Those that differ, the newest first."""
    found = drafts.all_aside(draft) if draft is not None and not draft.handed_in else ()
    told = (Other(one.at, differences(item, one.filled, here)) for one in found)
    return tuple(one for one in told if one.differences)


def mark(draft: Draft | None) -> str:
    """What the page sends back to say which of them it showed."""
    return draft.aside_at.isoformat() if draft is not None and draft.aside_at else ""


def has_unseen(request: HttpRequest, item: EffectiveItem, draft: Draft, here: Filled) -> bool:
    """Whether the page that hands in did not show one of them."""
    return request.POST.get("asides", "") != mark(draft) and bool(others(item, draft, here))


def swapped_at(go: str) -> datetime | None:
    """The one that a button names; nothing for the newest."""
    try:
        return datetime.fromisoformat(go.removeprefix(f"{SWAP}-"))
    except ValueError:
        return None


def differences(item: EffectiveItem, here: Filled, there: Filled) -> tuple[tuple[str, str, str], ...]:
    """Label, what the one has, what the other has."""
    found = []
    for one in item.form:
        pair = (here.answers.get(one.key, ""), there.answers.get(one.key, ""))
        if pair[0] != pair[1]:
            mask = MASKS.get(one.kind, str)
            words = [one.choices.get(text, mask(text)) if text else "（空）" for text in pair]
            found.append((one.label, words[0], words[1]))
    if (here.situations, here.facts, here.office) != (there.situations, there.facts, there.office):
        found.append(("您的情况", "有不同", "有不同"))
    if set(here.supplied) != set(there.supplied):
        found.append(("带到窗口的材料", f"{len(here.supplied)}样", f"{len(there.supplied)}样"))
    return tuple(found)
