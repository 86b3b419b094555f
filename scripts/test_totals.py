"""Adds up what the test runs reported, and fails when a run that CI requires did not happen."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree


def totals(report: Path) -> tuple[int, int, int]:
    """Passed, failed, skipped of one JUnit report."""
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    ran, failed, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites for key in keys)
        for keys in (["tests"], ["failures", "errors"], ["skipped"])
    )
    return ran - failed - skipped, failed, skipped


def ran_on_postgres(report: Path) -> bool:
    """Whether a test of this run saw PostgreSQL behind its connection (tests/test_database.py)."""
    seen = ElementTree.parse(report).getroot().iter("property") if report.exists() else []
    return any((tag.get("name"), tag.get("value")) == ("database", "postgresql") for tag in seen)


def main(folder: Path) -> int:
    """Print a line a run and the sum; the exit status says whether all that is required ran."""
    found = {report.stem: totals(report) for report in sorted(folder.glob("*.xml"))}
    for name, (passed, failed, skipped) in found.items():
        print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")
    missing = []
    if os.environ.get("REQUIRE_POSTGRES") == "1" and not ran_on_postgres(folder / "postgres.xml"):
        missing.append("PostgreSQL")
    if os.environ.get("REQUIRE_BROWSER") == "1" and not found.get("browser", (0, 0, 0))[0]:
        missing.append("browser")
    if missing:
        print(f"required, but did not run: {', '.join(missing)}", file=sys.stderr)
    sums = [sum(column) for column in zip(*found.values(), strict=True)]
    print(f"total: {sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
    return 1 if missing or sums[1] or not sums[0] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
