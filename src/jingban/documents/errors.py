"""What can go wrong with a paper, in words for whoever wants it."""

from __future__ import annotations

from collections.abc import Iterable

from jingban.core.errors import DomainError


class DocumentError(DomainError):
    """Something about a paper."""

    code = "document_error"


class SignsMissing(DocumentError):
    """No font has a character of the paper: an empty box would be printed, so nothing is issued."""

    code = "signs_missing"

    def __init__(self, signs: Iterable[str]) -> None:
        found = tuple(signs)
        shown = "、".join(f"“{sign}”（U+{ord(sign):04X}）" for sign in found)
        super().__init__(
            f"字库里没有{shown}，文书没有出具。请系统管理员把含有这个字的字体放进补充字库（var/fonts 文件夹）"
            "后重新打开；急用的，由窗口选“手写备注”出具，打印后手写这个字并盖校对章。",
            signs=list(found),
        )


class PaperAltered(DocumentError):
    """The kept file is no longer what was issued, or is gone."""

    code = "paper_altered"


class PaperUnknown(DocumentError):
    """No such paper."""

    code = "paper_unknown"


class PaperVoid(DocumentError):
    """The paper, or what it is about, is void; or it is not and was to be issued anew."""

    code = "paper_void"


class TemplateFault(DocumentError):
    """A template of the rulebook cannot be set."""

    code = "template_fault"


class SignerWrong(DocumentError):
    """The signing provider or its certificate cannot be used."""

    code = "signer_wrong"
