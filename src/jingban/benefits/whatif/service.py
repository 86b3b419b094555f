"""The door of the trial calculation within benefits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from jingban.audit import service as audit
from jingban.benefits import books
from jingban.benefits.whatif import engine, invented, trial
from jingban.benefits.whatif import export as exporting
from jingban.benefits.whatif.export import Exported
from jingban.benefits.whatif.trial import Trial
from jingban.rulebook.cache import regions as all_regions

CLAIMS_A_FILE = 600_000
"""About as many claims are worked out at a time: half a gigabyte."""


def try_out(claims: Path, draft: Path, *, year: int, regions: Iterable[str] = ()) -> Trial:
    """Work the claims out by the figures of now and by a draft; ``regions``: whom the draft is for, none says all.

    Raises WhatIfError for what cannot be worked out or tried.
    """
    known = {region: books.current(region) for region in all_regions()}
    return trial.try_out(claims, draft, known, year=year, regions=regions)


def try_on_decided(
    draft: Path, *, year: int, region: str, actor: int, now: datetime, said: str = ""
) -> tuple[Exported, Trial]:
    """The same on what was decided in that year, in one region or (empty) in all. The table of claims is gone afterwards.

    Raises WhatIfError, also where nothing was decided.
    """
    with tempfile.TemporaryDirectory(prefix="jingban-") as folder:
        found = export(Path(folder), year=year, region=region, actor=actor, now=now, said=said)
        return found, try_out(Path(folder), draft, year=year, regions=(region,) if region else ())


def export(folder: Path, *, year: int, region: str, actor: int, now: datetime, said: str = "") -> Exported:
    """Write what was decided as a table of claims for its owner alone; that somebody did is in the audit."""
    folder.chmod(0o700)
    found = exporting.export(folder, year=year, region=region)
    told = f"{said}{year}年度{found.claims}张报销单据，代号代替本人"
    audit.record(actor=actor, kind=audit.READ, subject=f"claims:{region or 'all'}", detail=told, now=now)
    return found


def invent(folder: Path, *, regions: Sequence[str], year: int, claims: int, seed: int = 1) -> None:
    """Write about so many invented claims of people of these regions."""
    files = -(-claims // CLAIMS_A_FILE)
    with engine.opened() as connection:
        invented.invent(connection, folder, regions=regions, year=year, claims=claims, files=files, seed=seed)
