"""The door of the papers; other apps import nothing else of this one."""

from __future__ import annotations

from jingban.documents.actions import content_kept as content_of
from jingban.documents.actions import (
    issue,
    issue_of_case,
    look,
    printed,
    reseal_papers,
    void,
    void_subjects,
)
from jingban.documents.case_papers import Subject, form_kinds, gives, is_of_register, source
from jingban.documents.case_papers import paper_of as case_paper
from jingban.documents.checking import Verdict, code_typed, file_verdict, verdict
from jingban.documents.content import Column, Content, Line, Table, entry
from jingban.documents.errors import (
    DocumentError,
    PaperAltered,
    PaperUnknown,
    PaperVoid,
    SignsMissing,
    TemplateFault,
)
from jingban.documents.fonts import missing
from jingban.documents.kinds import DELIVERY, is_internal
from jingban.documents.kinds import papers as case_kinds
from jingban.documents.lines import REMEDY, fills
from jingban.documents.models import IssuedPaper
from jingban.documents.rendering import spoken
from jingban.documents.sweeping import sweep
from jingban.documents.told import ERASED, NAMES, Told, answer_words, called, masked_name

__all__ = [
    "DELIVERY",
    "ERASED",
    "NAMES",
    "REMEDY",
    "Column",
    "Content",
    "DocumentError",
    "IssuedPaper",
    "Line",
    "PaperAltered",
    "PaperUnknown",
    "PaperVoid",
    "SignsMissing",
    "Subject",
    "Table",
    "TemplateFault",
    "Told",
    "Verdict",
    "answer_words",
    "called",
    "case_kinds",
    "case_paper",
    "code_typed",
    "content_of",
    "entry",
    "file_verdict",
    "fills",
    "form_kinds",
    "gives",
    "is_internal",
    "is_of_register",
    "issue",
    "issue_of_case",
    "look",
    "masked_name",
    "missing",
    "printed",
    "reseal_papers",
    "source",
    "spoken",
    "sweep",
    "verdict",
    "void",
    "void_subjects",
]
