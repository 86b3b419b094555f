"""Two installations, each with its own folder, databases and keys: a person moves by letters over HTTP, and back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from jingban.core.localtime import today

ROOT = Path(__file__).resolve().parents[2]
PERSON = 5


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Installation:
    """A house of its own: environment, server, and a driver process that acts in it."""

    region: str
    folder: Path
    cache: Path
    port: int = field(default_factory=_free_port)
    driver: subprocess.Popen[str] | None = None
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "JINGBAN_", "DATABASE_"))}
        return kept | {
            "JINGBAN_VAR": str(self.folder),
            "JINGBAN_CACHE": str(self.cache),
            "JINGBAN_FUNDS_LIVE": "0",  # letters are looked at, not the bank
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
        }

    def begin(self, *arguments: str, **streams: Any) -> subprocess.Popen[Any]:
        return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=self.environment, **streams)

    def jingban(self, *arguments: str) -> str:
        """A command of the installation; it must succeed."""
        done = self.begin(
            "-c", "from jingban.cli import main; main()", *arguments, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        output, _ = done.communicate(timeout=120)
        assert done.returncode == 0, output
        return str(output)

    def do(self, order: str, **arguments: Any) -> dict[str, Any]:
        """An order to the driver."""
        if self.driver is None:
            self.driver = self.begin(
                str(Path(__file__).with_name("driver.py")),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps({"do": order, **arguments}) + "\n")
        self.driver.stdin.flush()
        reply = json.loads(self.driver.stdout.readline())
        assert "done" in reply, f"{self.region} {order}: {reply}"
        return dict(reply["done"])

    def serve(self) -> None:
        self.server = self.begin(
            "-c", "from jingban.cli import main; main()", "serve", "--no-timer", "--port", str(self.port),
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def is_up(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def wait(self) -> None:
        for _ in range(600):
            if self.is_up():
                return
            time.sleep(0.1)
        raise AssertionError(f"{self.region} does not serve")

    def close(self) -> None:
        for process in (self.driver, self.server):
            if process is not None:
                process.terminate()
                process.wait(timeout=20)
                for stream in (process.stdin, process.stdout):
                    if stream is not None:
                        stream.close()


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[tuple[Installation, Installation]]:
    cache = tmp_path / "cache"
    old = Installation("puyang", tmp_path / "a", cache)
    new = Installation("luanzhou", tmp_path / "b", cache)
    with ThreadPoolExecutor(2) as at_once:
        keys = dict(at_once.map(_founded, (old, new)))
        assert keys["puyang"] != keys["luanzhou"]
        list(at_once.map(lambda pair: _introduced(*pair, keys), ((old, new), (new, old))))
    yield old, new
    for house in (old, new):
        house.close()


def _founded(house: Installation) -> tuple[str, str]:
    """From an empty folder to a house with its rules in force; its public key."""
    house.jingban("migrate")
    house.jingban("rulebook", "publish")
    return house.region, house.jingban("exchange", "key").strip()


def _introduced(house: Installation, other: Installation, keys: dict[str, str]) -> None:
    house.jingban("exchange", "add-agency", other.region, "--url", other.url, "--key", keys[other.region])


def _month(back: int) -> date:
    """The first of the month so many months ago."""
    day = today().replace(day=1)
    for _ in range(back):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


def _last(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _asked(new: Installation, old: Installation) -> int:
    """The person applies at the new place, which writes to the old one; the case there."""
    case = new.do("apply", region=new.region, n=PERSON, come_from=old.region)["id"]
    new.do("act", case=case, name="accept")
    assert new.do("act", case=case, name="send")["step"] == "await-info-sheet"
    return int(case)


def _answered(old: Installation, new: Installation, amount: str) -> dict[str, Any]:
    """The old place answers with the sheet and the money; its case at the end."""
    case = old.do("answer_case", region=old.region)["id"]
    old.do("act", case=case, name="prepare", account_balance="some")
    old.do("act", case=case, name="issue")
    assert old.do("send") == {"composed": 1, "sent": 1, "failed": 0}
    old.do("act", case=case, name="pay", amount=amount)
    view = old.do("bank_pays", case=case)
    assert old.do("send") == {"composed": 1, "sent": 1, "failed": 0}
    return view


def _all_stopped(view: dict[str, Any]) -> bool:
    return all(ended and not late for name, (ended, late) in view["clocks"].items() if name not in ("retry",))


def test_a_person_moves_and_comes_back(houses: tuple[Installation, Installation]) -> None:
    old, new = houses
    first, recent = _month(40), _month(3)
    old.do(
        "settle", region="puyang", n=PERSON, start_on=str(first), balance="1234.56",
        paid=[str(first), str(recent)], deemed=[str(_month(64)), str(_month(41))],
    )  # fmt: skip
    old.do("stop", region="puyang", n=PERSON, last_day=str(_last(recent)))
    new.do(
        "settle", region="luanzhou", n=PERSON, start_on=str(_month(2)), balance="88.80",
        paid=[str(_month(2)), str(_month(1))],
    )  # fmt: skip
    assert old.do("standing", region="puyang", n=PERSON) == {"paid": 38, "deemed": 24, "balance": "1234.56"}

    # There: the first delivery meets a server that is not up yet.
    new.serve()
    case = _asked(new, old)
    assert new.do("send") == {"composed": 1, "sent": 0, "failed": 1}
    assert "连不上对方的系统" in new.do("letters")["letters"][0][4]
    old.serve()
    old.wait()
    new.wait()
    assert new.do("send") == {"composed": 0, "sent": 1, "failed": 0}
    answer = _answered(old, new, "1234.56")
    assert (answer["outcome"], answer["process"], _all_stopped(answer)) == ("granted", "transfer-out", True)
    view = new.do("act", case=case, name="finish")
    assert (view["outcome"], view["process"], _all_stopped(view)) == ("granted", "transfer-tracks", True)
    assert {"answer", "statutory"} <= set(view["clocks"])
    assert new.do("standing", region="luanzhou", n=PERSON) == {"paid": 40, "deemed": 24, "balance": "1323.36"}
    assert old.do("standing", region="puyang", n=PERSON)["balance"] == "0.00"

    # And back, by the procedure with three clocks.
    new.do("stop", region="luanzhou", n=PERSON, last_day=str(_last(_month(1))))
    old.do("settle", region="puyang", n=PERSON, start_on=str(_month(0)), balance="0")
    case = _asked(old, new)
    assert old.do("send") == {"composed": 1, "sent": 1, "failed": 0}
    answer = _answered(new, old, "1323.36")
    assert (answer["outcome"], _all_stopped(answer)) == ("granted", True)
    view = old.do("act", case=case, name="finish")
    assert (view["outcome"], view["process"], _all_stopped(view)) == ("granted", "transfer", True)
    assert {"send-letter", "answer", "finish", "statutory"} <= set(view["clocks"])
    assert old.do("standing", region="puyang", n=PERSON) == {"paid": 40, "deemed": 24, "balance": "1323.36"}
    assert new.do("standing", region="luanzhou", n=PERSON)["balance"] == "0.00"

    for house in houses:
        letters = house.do("letters")
        assert sorted((way, kind, state) for way, kind, state, _, _ in letters["letters"]) == sorted(
            [(way, kind, {"in": "applied", "out": "sent"}[way]) for way in ("in", "out") for kind in KINDS]
        )
        assert "0处问题" in house.jingban("ledger", "verify")
        assert "0处问题" in house.jingban("cases", "verify")
    assert old.do("letters")["received"] == 3  # the bank's receipt, the sheet and the money
    assert new.do("letters")["received"] == 2  # the sheet, which alone is waited for; the bank's receipt


KINDS = ("contact-letter", "info-sheet", "transfer-funds")
