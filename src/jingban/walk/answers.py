"""Invented answers to every kind of question, so that the form of any entry can be filled in."""

from __future__ import annotations

from collections.abc import Mapping

from jingban.rulebook.effective import EffectiveItem, FormField

VISITOR = {
    "name": "演练·甲",
    "id_number": "999001198005010022",
    "unit_name": "演练单位",
    "operator_name": "演练·乙",
    "provider_name": "演练医院",
    "accused": "演练对象",
    "clues": "演练线索",
}
"""Who asks for what no register holds: nobody; the certificate's region code 999001 was never issued."""

_BY_KIND = {
    "text": "演练文字",
    "long": "演练说明",
    "name": "演练·丁",
    "id": VISITOR["id_number"],
    "credit": "91350100M000100Y43",
    "provider": "H99900100001",
    "phone": "01000000000",
    "day": "2026-03-02",
    "month": "2026-03",
    "year": "2026",
    "amount": "5000.00",
    "bank": "6200000000000000",
    "number": "1",
    "places": "110000",
    "diseases": "M03900",
    "holder": "演练·丁",
}


def answers_for(item: EffectiveItem, known: Mapping[str, str]) -> dict[str, str]:
    """Every required field of the entry's form: what is ``known`` by key, else a sample of its kind."""
    asked = {field.key: field for field in item.form}
    return {
        **{key: sample(field) for key, field in asked.items() if field.required},
        **{key: text for key, text in known.items() if key in asked},
    }


def sample(field: FormField) -> str:
    """A valid answer; of choices the first."""
    return next(iter(field.choices)) if field.kind == "choice" else _BY_KIND[field.kind]
