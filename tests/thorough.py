"""How much a random search looks at: the usual run a little, with ``JINGBAN_THOROUGH=1`` a lot."""

from __future__ import annotations

import os


def examples(usual: int, thorough: int) -> int:
    """The number of examples of this run."""
    return thorough if os.environ.get("JINGBAN_THOROUGH") else usual
