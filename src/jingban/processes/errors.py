"""What can be wrong with an act, in the words of whoever tried it."""

from __future__ import annotations

from collections.abc import Iterable

from jingban.core.errors import DomainError


class ActNotAllowed(DomainError):
    """The step that the case stands at does not know this act."""

    code = "act_not_allowed"

    def __init__(self, *, step: str, act: str, allowed: Iterable[str]) -> None:
        possible = "、".join(allowed) or "无"
        super().__init__(f"现在是“{step}”环节，不能“{act}”。可以办理：{possible}。", step=step, act=act)


class CaseClosed(DomainError):
    """The case has ended; only what follows an end, or a correction with its own permission, is left."""

    code = "case_closed"

    def __init__(self, *, end: str, act: str, allowed: Iterable[str] = ()) -> None:
        possible = "、".join(allowed) or "无"
        super().__init__(
            f"本件已办结（{end}），不能再“{act}”。确有错误的，由有权限的人员办理更正。可以办理：{possible}。",
            act=act,
        )


class MakerIsChecker(DomainError):
    """Whoever did the one step may not do the other (国令765 art. 37)."""

    code = "maker_is_checker"

    def __init__(self, *, step: str, made: str) -> None:
        super().__init__(f"您办理过本件的“{made}”，不能再办理“{step}”，请由另一位同事办理。", step=step)


class ConflictOfInterest(DomainError):
    """Who has an interest in the case may not decide it (回避)."""

    code = "conflict_of_interest"


class MaterialsMissing(DomainError):
    """Accepting is impossible while required materials are neither received nor owed by a promise."""

    code = "materials_missing"

    def __init__(self, missing: Iterable[str]) -> None:
        names = sorted(missing)
        super().__init__(
            f"还缺{len(names)}项材料，不能受理：请一次性告知，或办理容缺、告知承诺。", missing=names
        )


class NoticeIncomplete(DomainError):
    """The one-off notice must list everything missing at once (一次性告知)."""

    code = "notice_incomplete"

    def __init__(self, unlisted: Iterable[str]) -> None:
        names = sorted(unlisted)
        super().__init__(f"一次性告知要一次列全：还有{len(names)}项未收到的材料没有列入。", missing=names)


class NoticeBeyondFirst(DomainError):
    """A later notice may name only what the first named or the resubmission brought up."""

    code = "notice_beyond_first"

    def __init__(self, extra: Iterable[str]) -> None:
        names = sorted(extra)
        super().__init__(
            f"首次告知没有列出的{len(names)}项材料，不能再要；确需补充的由监督岗办理，并记录在案。",
            missing=names,
        )


class AlreadyVoted(DomainError):
    """An expert votes once; who withdrew does not vote."""

    code = "already_voted"


class NothingOwed(DomainError):
    """The material was neither deferred nor promised."""

    code = "nothing_owed"


class NotInBatch(DomainError):
    """Only acts that the procedure marks are done to many cases at once."""

    code = "not_in_batch"


class SpecialProcedure(DomainError):
    """A special procedure is begun twice, or ended without having begun."""

    code = "special_procedure"


class SystemLoop(DomainError):
    """Steps of the system run in a circle; the check refuses such a procedure."""

    code = "system_loop"
