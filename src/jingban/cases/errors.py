"""What can be wrong with a case, in the words of whoever tried."""

from __future__ import annotations

from jingban.core.errors import DomainError


class StaleVersion(DomainError):
    """The case moved after it was seen; nothing was written."""

    code = "stale_version"

    def __init__(self, *, seen: int, now: int | None) -> None:
        super().__init__(
            "本件刚刚被别人办理过，页面上的内容已不是最新，请刷新后再办。您填写的内容没有提交。",
            seen=seen,
            now=now,
        )


class CaseNotFound(DomainError):
    """No case with that number, or the query code does not belong to it (not said which)."""

    code = "case_not_found"


class KeyReused(DomainError):
    """The same key came with another act; a key stands for one submission."""

    code = "key_reused"


class ItemNotOpen(DomainError):
    """The entry is not published, or is never applied for, or its yearly period is closed."""

    code = "item_not_open"


class FormIncomplete(DomainError):
    """The application form lacks something or holds something that cannot be right."""

    code = "form_incomplete"

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("；".join(faults.values()), faults=faults)


class MaterialUnknown(DomainError):
    """A material that the entry never published may not be asked for, nor ticked."""

    code = "material_unknown"

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"有{len(names)}项材料不在本事项公布的清单中，不能登记或要求，请刷新页面后重选。", names=names
        )


class CorrectionNeedsPapers(DomainError):
    """What was corrected calls for materials that do not come with it."""

    code = "correction_needs_papers"

    def __init__(self, keys: list[str], names: list[str]) -> None:
        super().__init__(
            f"更正以后还需要{'、'.join(names)}，请一并提交并打勾。", need="brought_materials", materials=keys
        )


class MessageUnknown(DomainError):
    """A message for no case that waits for it."""

    code = "message_unknown"


class DraftNotFound(DomainError):
    """No such draft of this owner: never saved, discarded, or expired."""

    code = "draft_not_found"


class DraftMoved(DomainError):
    """The draft was saved elsewhere after this page was loaded: the newer one stays, this page's is laid aside.

    ``details``: ``version`` and ``saved_at`` of what is kept; saving again with that version writes it over.
    """

    code = "draft_moved"


class DraftHandedIn(DomainError):
    """The draft was handed in; ``details["number"]`` is its case."""

    code = "draft_handed_in"


class TooManyDrafts(DomainError):
    """Somebody holds as many drafts as anybody may."""

    code = "too_many_drafts"


class DraftTooLong(DomainError):
    """More text than any form takes."""

    code = "draft_too_long"
