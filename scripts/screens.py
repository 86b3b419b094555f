"""``make screens``: a picture of every screen, in a wide window, on a telephone and in large type, into docs/screens.

A house of its own is started in a throw-away folder with the demo's data; demo cases are led so far that the pages
have something to show; then a real browser opens every screen of ``screens_list.py``. An address of the site that is
no screen and not named in ``NO_SCREEN`` fails the run, and so does a screen whose room is not built; ``--partial`` only
says so.

    .venv/bin/python scripts/screens.py [--partial] [--only desk-] [--into docs/screens]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from screens_camera import Camera, Server, fonts_of, show
from screens_list import REGION

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--partial", action="store_true", help="a room that is not built yet is no failure")
    parser.add_argument("--only", default="", help="screens whose name begins so; the index is left alone")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "screens")
    wanted, begun = parser.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jingban-screens.") as var, Server(ROOT, Path(var)) as server:
        os.environ.update(JINGBAN_VAR=var, JINGBAN_SITE=server.address, DJANGO_ALLOW_ASYNC_UNSAFE="1")
        server.prepare()
        from jingban.core.boot import boot

        boot()
        from django.utils import timezone
        from screens_cases import House

        found = House(REGION, timezone.now()).lead()
        server.start()
        camera = Camera(server.address, found, fonts_of(ROOT))
        told = show(camera, into=wanted.into, only=wanted.only)
        told.faults += [server.said()] if told.faults else []
    print(f"{told.pictures} 张图，{told.bytes / 1e6:.1f} MB，{time.monotonic() - begun:.0f} 秒")
    for fault in told.faults:
        print(f"  ✗ {fault}", file=sys.stderr)
    for lack in told.lacking:
        print(f"  · {lack}", file=sys.stderr)
    if told.faults or (told.lacking and not wanted.partial):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
