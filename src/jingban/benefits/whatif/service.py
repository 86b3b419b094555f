"""The door of the trial calculation within benefits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from django.db.models import Count, QuerySet

from jingban.audit import service as audit
from jingban.benefits import books
from jingban.benefits.models import Decision, Kind
from jingban.benefits.whatif import engine, invented, trial
from jingban.benefits.whatif import export as exporting
from jingban.benefits.whatif.changes import SINGLE, TABLES, is_illustrative, read_draft
from jingban.benefits.whatif.export import Exported
from jingban.benefits.whatif.folding import FEWEST, as_data, rows_of, said, sheets
from jingban.benefits.whatif.report import WORDS, Rows, Sheet, left_out, workbook
from jingban.benefits.whatif.trial import Trial
from jingban.core.parameters import Parameter
from jingban.rulebook.cache import regions as all_regions

__all__ = [
    "FEWEST",
    "SINGLE",
    "TABLES",
    "WORDS",
    "Exported",
    "Rows",
    "Sheet",
    "Trial",
    "as_data",
    "decided_years",
    "export",
    "invent",
    "is_illustrative",
    "is_installed",
    "left_out",
    "read_draft",
    "rows_of",
    "said",
    "sheets",
    "try_on_decided",
    "try_out",
    "workbook",
]

CLAIMS_A_FILE = 600_000
"""About as many claims stand in a file; two are worked out at a time, in three quarters of a gigabyte."""


def try_out(
    claims: Path, draft: Path | Mapping[str, Parameter], *, year: int, regions: Iterable[str] = ()
) -> Trial:
    """Work the claims out by the figures of now and by a draft; ``regions``: whom the draft is for, none says all.

    Raises WhatIfError for what cannot be worked out or tried.
    """
    known = {region: books.current(region) for region in all_regions()}
    read = read_draft(draft) if isinstance(draft, Path) else draft
    return trial.try_out(claims, read, known, year=year, regions=regions)


def try_on_decided(
    draft: Path | Mapping[str, Parameter],
    *,
    year: int,
    region: str,
    actor: int,
    now: datetime,
    said: str = "",
) -> tuple[Exported, Trial]:
    """The same on what was decided in that year, in one region or (empty) in all. The table of claims is gone afterwards.

    Raises WhatIfError, also where nothing was decided.
    """
    with tempfile.TemporaryDirectory(prefix="jingban-") as folder:
        found = export(Path(folder), year=year, region=region, actor=actor, now=now, said=said)
        return found, try_out(Path(folder), draft, year=year, regions=(region,) if region else ())


def decided_years(region: str) -> dict[int, int]:
    """How many reimbursements stand decided in each year, the latest first."""
    return dict(_decided(region).values_list("year").annotate(count=Count("pk")).order_by("-year"))


def _decided(region: str, year: int | None = None) -> QuerySet[Decision]:
    """The reimbursements that stand, of a region or (empty) of all, of a year or of all."""
    found = Decision.objects.filter(kind=Kind.REIMBURSEMENT, undone_at__isnull=True)
    found = found.filter(region=region) if region else found
    return found if year is None else found.filter(year=year)


def _files(claims: int) -> int:
    return max(-(-claims // CLAIMS_A_FILE), 1)


def is_installed() -> bool:
    """Whether the packages of the calculation are there."""
    return all(find_spec(name) is not None for name in ("duckdb", "ibis", "pyarrow"))


def export(folder: Path, *, year: int, region: str, actor: int, now: datetime, said: str = "") -> Exported:
    """Write what was decided as a table of claims for its owner alone; that somebody did is in the audit."""
    folder.chmod(0o700)
    found = exporting.export(folder, year=year, region=region, files=_files(_decided(region, year).count()))
    told = f"{said}{year}年度{found.claims}张报销单据，代号代替本人"
    audit.record(actor=actor, kind=audit.READ, subject=f"claims:{region or 'all'}", detail=told, now=now)
    return found


def invent(folder: Path, *, regions: Sequence[str], year: int, claims: int, seed: int = 1) -> None:
    """Write about so many invented claims of people of these regions."""
    files = _files(claims)
    with engine.opened() as connection:
        invented.invent(connection, folder, regions=regions, year=year, claims=claims, files=files, seed=seed)
