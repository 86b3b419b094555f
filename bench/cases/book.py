"""How long the whole rulebook takes: read and checked without a cache, and from the cache.

Prints JSON for one fresh process: ``load_check`` or ``cached``. ``call`` is the work alone, ``whole`` with the
imports of the modules that do it.
"""

from __future__ import annotations

import json
import sys
import time

begun = time.perf_counter()

if sys.argv[1] == "load_check":
    from jingban.rulebook.check import check as work
else:
    from jingban.rulebook.cache import current as work  # type: ignore[assignment]

ready = time.perf_counter()
found = work()
done = time.perf_counter()
print(json.dumps({"call": done - ready, "whole": done - begun, "entries": len(found.items)}))
