"""Kinds of papers: what each is called and must carry, and by which template it is set."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_yaml
from jingban.rulebook.cache import current
from jingban.rulebook.schema_national import Paper

DELIVERY, FORM = "delivery-receipt", "application-form"
_TEMPLATES = {
    "notice": "notice",
    "record": "notice",
    "certificate": "certificate",
    "letter": "letter",
    "sheet": "sheet",
    "list": "sheet",
    "order": "slip",
    "form": "slip",
}
APPLICANT_SIGNS = "签名"


def papers(region: str) -> dict[str, Paper]:
    """Every kind by its key as of today, whatever version of the entry a case has: national ones, the region's own over
    them. What was issued keeps the words of its day."""
    root = rulebook_root()
    return _papers(root, current(root).digest, region)


@lru_cache(maxsize=32)
def _papers(root: Path, digest: str, region: str) -> dict[str, Paper]:
    found: dict[str, Paper] = {}
    for folder in (root / "national", root / "regions" / region):
        path = folder / "documents.yaml"
        if path.exists():
            data = read_yaml(path).data or {}
            found.update({key: Paper.model_validate(value) for key, value in data.items()})
    return found


def template_of(region: str, paper: Paper) -> Path:
    """The template of a paper: the one it names or that of its kind, the region's own before the national one."""
    root, name = rulebook_root(), f"{paper.template or _TEMPLATES[paper.kind]}.typ"
    own = root / "regions" / region / "documents" / name
    return own if own.exists() else root / "national" / "documents" / name


def template_digest(template: Path) -> str:
    """The hash of a template with the layout that all share."""
    layout = rulebook_root() / "national" / "documents" / "layout.typ"
    return hashlib.sha256(template.read_bytes() + b"\0" + layout.read_bytes()).hexdigest()


def is_internal(region: str, kind: str) -> bool:
    """Whether the paper stays in the house."""
    found = papers(region).get(kind)
    return found is not None and found.direction == "internal"


def is_sealed(paper: Paper) -> bool:
    """Whether the agency seals it: what it issues, but not what the other side signs, nor what it keeps for itself."""
    return paper.direction == "issued" and APPLICANT_SIGNS not in paper.must_carry
