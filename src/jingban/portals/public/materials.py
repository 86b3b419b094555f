"""A material as the tables of the guide and of the one-off notice show it."""

from __future__ import annotations

from dataclasses import dataclass

from jingban.rulebook.effective import Material
from jingban.sharing.words import register_name


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A line of the table of materials."""

    name: str
    official: str
    who: str
    when: str
    form: str
    notes: tuple[str, ...]
    required: bool
    choice: str


def material_row(material: Material) -> MaterialRow:
    """A material as tables show it."""
    notes = [
        n
        for n in (
            f"任选其一：{'、'.join(n.name for n in material.any_of)}" if material.any_of else "",
            f"仅{'、'.join(c.name for c in material.channel)}办理时提交" if material.channel else "",
            material.note or "",
            f"可由数据共享查得的免交（{register_name(material.sharing)}）" if material.sharing else "",
        )
        if n
    ]
    return MaterialRow(
        name=material.name,
        official=material.national_name if material.national_name != material.name else "",
        who=material.for_whom_text or "全部申请人",
        when=material.when_text or "均需提交",
        form=_form(material),
        notes=tuple(notes),
        required=material.required,
        choice=f"{material.one_of.upper()}组任选" if material.one_of else "",
    )


def _form(material: Material) -> str:
    parts = [
        f"原件{material.original}份" if material.original else "",
        f"复印件{material.copies}份" if material.copies else "",
    ]
    parts.append(f"盖{material.seal}" if material.seal else "")
    return "、".join(p for p in parts if p)
