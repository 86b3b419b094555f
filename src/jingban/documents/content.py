"""What a paper says: one shape for every kind; the template of the kind decides how it looks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jingban.documents.errors import DocumentError

_SHORT = 22
"""Half-widths that fit where two entries share a row."""
Texts = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Part):
    """An entry: its label, what it says (nothing: left blank for the pen).

    ``outside``: what somebody without the right to personal text reads of it; nothing unless it was released.
    ``wide``: it takes a whole row where two short ones share one.
    """

    label: str
    lines: Texts = ()
    outside: Texts | None = None
    wide: bool = False


class Column(_Part):
    """A column of a list; ``width`` as a share of the room that is left, 0: as wide as what stands in it."""

    name: str
    align: Literal["left", "center", "right"] = "left"
    width: Annotated[int, Field(ge=0, le=20)] = 0


class Table(_Part):
    """Rows of texts under their columns; ``total`` is the last row or nothing."""

    columns: tuple[Column, ...]
    rows: tuple[Texts, ...] = ()
    total: Texts = ()


class Content(_Part):
    """A paper as it is frozen.

    ``title``: where the kind's own name is not what the paper is called (application forms).
    ``holder``: whose paper it is; the public page shows the surname only.
    ``steps``: how the amounts of ``table`` came about, line by line.
    """

    sender: str
    day: date
    title: str = ""
    holder: str = ""
    addressee: str = ""
    opening: Texts = ()
    facts: tuple[Line, ...] = ()
    table: Table | None = None
    steps: Table | None = None
    closing: Texts = ()
    remedy: str = ""
    signers: tuple[Line, ...] = ()

    def texts(self) -> str:
        """Everything that is printed, for the fonts."""
        return self.model_dump_json()


def entry(label: str, *lines: str, outside: Texts | None = None) -> Line:
    """A line whose width follows from what it says; empty texts are left out."""
    said = tuple(text for text in lines if text)
    long = max((sum(1 if ord(sign) < 0x250 else 2 for sign in text) for text in said), default=0)
    return Line(label=label, lines=said, outside=outside, wide=len(said) > 1 or long > _SHORT)


def checked(data: Content | dict[str, Any]) -> Content:
    """The content, if it has the shape; a table whose rows do not fit its columns is refused too."""
    try:
        content = data if isinstance(data, Content) else Content.model_validate(data)
    except ValidationError as error:
        raise DocumentError(f"文书内容不完整：{error.errors()[0]['loc']}。请报告系统管理员。") from error
    for table in (content.table, content.steps):
        wide = len(table.columns) if table is not None else 0
        if table is not None and (
            any(len(row) != wide for row in table.rows) or len(table.total) not in (0, wide)
        ):
            raise DocumentError("明细的栏数与表头不一致，文书没有出具。请报告系统管理员。")
    return content
