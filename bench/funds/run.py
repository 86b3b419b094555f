"""A payment run of 10,000 cases on PostgreSQL: prepared, approved, sent, returned; beside the same rows by plain SQL.

Started by ``bench/funds/run``. What a case is owed is given, not worked out: benefits have a bench of their own.
Two processes prepare, as two cashiers would; everything after is one process. The peer writes the rows that a payment
run cannot do without (payment, part, event, case, entry, lines, balances), without seals, hashes, rights, limits or
checks: the lower bound of what the database costs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import django

django.setup()

import dj_database_url
import psycopg
from django.core.management import call_command
from django.db import connection, connections

from jingban.access.models import User
from jingban.access.service import Actor, Held
from jingban.cases import actions
from jingban.cases.models import Case
from jingban.cases.view import read_many
from jingban.core.localtime import SHANGHAI
from jingban.funds import iso, payables, service
from jingban.funds.models import Payment
from jingban.processes import effects
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.walk.answers import answers_for

ENTRY = ("bazhou", "agency", "outpatient-reimbursement")
REGION = ENTRY[0]
GOAL = 60
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
PARTS = {"employee": 80_000, "supplement": 20_000}


class Given:
    """What ``benefits`` would say."""

    def __init__(self, case: int) -> None:
        self.pk, self.parts, self.person_id, self.amounts = case, PARTS, None, {}
        self.amounts: dict[str, int] = {}


def staff(number: int, *roles: str) -> Actor:
    return Actor(number, f"岗位{number}", held=tuple(Held(role, REGION, "") for role in roles))


CASHIER, CHECKER, HEAD = staff(90051, "cashier"), staff(90052, "fund-checker"), staff(90053, "head")


def decided_by_hand() -> None:
    for name in [n for n in effects.REGISTRY if n.startswith("benefits.")]:
        del effects.REGISTRY[name]
    payables.decision_of = Given


def act(case_id: int, name: str, actor: Actor, seen: int, **data: Any) -> None:
    actions.act(case_id=case_id, act=name, data=data, actor=actor, seen=seen, key=None, now=NOW)


def name_of(n: int) -> str:
    return "试" + chr(0x4E00 + n)


def opened(job: tuple[int, int, int, int]) -> None:
    """Cases at the cashier's step, by their real acts."""
    first, count, version, applicant = job
    connections.close_all()
    decided_by_hand()
    item = publish.version(version).item
    for n in range(first, first + count):
        said = answers_for(
            item, {"name": name_of(n), "id_number": "999001198005010022", "phone": "01000000000", "payee_name": name_of(n),
                   "bank": "试验银行", "bank_account": f"62220000{n:08d}", "care_from": "2026-02-02"},
        )  # fmt: skip
        view = actions.apply(
            version=version, application=actions.Application(answers=said, channel="window"), key=None, now=NOW,
            actor=Actor(applicant, "申请人"),
        )  # fmt: skip
        papers = sorted(view.state.offered)
        view = actions.act(
            case_id=view.id, act="accept", data={"checklist": papers or checklist(view)}, key=None, now=NOW,
            actor=staff(90001, "window"), seen=view.seq,
        )  # fmt: skip
        act(view.id, "approve", staff(90002, "reviewer"), view.seq, amount="1000.00")


def checklist(view: Any) -> list[str]:
    from jingban.cases.materials import required_of

    return sorted(required_of(publish.version(view.version_id).item, view.state.situations, view.channel))


def prepared(cases: list[int]) -> None:
    connections.close_all()
    decided_by_hand()
    seen = [
        (view.id, view.seq)
        for start in range(0, len(cases), 500)
        for view in read_many(cases[start : start + 500])
    ]
    lines = service.pay_many(cases=seen, actor=CASHIER, key=uuid4(), now=NOW)
    assert all(line.error is None for line in lines)


def in_two(work: Callable[..., None], jobs: list[Any]) -> None:
    connections.close_all()
    pool = multiprocessing.get_context("fork").Pool(2)
    pool.map(work, jobs, chunksize=1)
    pool.close()
    pool.join()


def timed(name: str, work: Callable[[], Any], times: dict[str, float]) -> Any:
    """The time on the wall, and beside it what our own processes computed: on a busy machine only that is comparable."""
    begun, before = time.perf_counter(), sum(os.times()[:4])
    result = work()
    times[name] = time.perf_counter() - begun
    print(f"  {name:<44}{times[name]:8.2f} s  (CPU {sum(os.times()[:4]) - before:.2f} s)", flush=True)
    return result


def ours(count: int) -> dict[str, float]:
    times: dict[str, float] = {}
    (row,) = publish.publish([effective_item(*ENTRY)], now=NOW)
    applicant = User.objects.create(username="applicant").pk
    half = count // 2
    timed(
        "(before) opened, accepted, owed", lambda: in_two(
            opened, [(0, half, row.pk, applicant), (half, count - half, row.pk, applicant)]), times,
    )  # fmt: skip
    with connection.cursor() as cursor:  # as autovacuum does it sooner or later: here it would be chance
        cursor.execute("ANALYZE")
    office = Case.objects.values_list("office", flat=True)[0]
    cases = list(Case.objects.order_by("pk").values_list("pk", flat=True))
    total = {fund: fen * count for fund, fen in PARTS.items()}
    service.name_account(
        region=REGION,
        kind="expenditure",
        name="某局",
        bank="试验银行",
        number="10002000",
        actor=CASHIER,
        now=NOW,
    )
    for fund, fen in total.items():
        service.record_income(
            region=REGION, fund=fund, fen=fen, reference="1", memo="收入", actor=CASHIER, now=NOW
        )
    timed("prepared (two processes)", lambda: in_two(prepared, [cases[:half], cases[half:]]), times)
    batch = timed(
        "batch made", lambda: service.make_batch(region=REGION, office=office, actor=CASHIER, now=NOW), times
    )

    def approved() -> None:
        if service.approve_batch(batch.pk, actor=CHECKER, now=NOW).needs_head:
            service.approve_batch(batch.pk, actor=HEAD, now=NOW)

    def financed() -> None:
        asked = service.ask_fiscal(
            region=REGION,
            office="",
            parts=service.fiscal_needed(REGION),
            purpose="用款",
            actor=CASHIER,
            now=NOW,
        )
        service.answer_fiscal(asked.pk, granted=True, words="", actor=CHECKER, now=NOW)

    timed("approved by two", approved, times)
    timed("fiscal request and transfer", financed, times)
    timed("sent (pain.001)", lambda: service.send_batch(batch.pk, actor=CASHIER, now=NOW), times)
    report = status_report(batch)
    done = timed(
        "returned (pain.002), booked, cases granted",
        lambda: service.take_return(region=REGION, content=report, actor=CASHIER, now=NOW), times,
    )  # fmt: skip
    assert (done.applied, done.refused) == (count, 0), done
    assert Case.objects.filter(outcome="granted").count() == count
    assert service.faults(REGION) == []
    return times


def status_report(batch: Any) -> bytes:
    space = iso.namespace(iso.PAIN_002)
    lines = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{number}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"
        for number in Payment.objects.filter(batch=batch)
        .order_by("pk")
        .values_list("end_to_end_id", flat=True)
    )
    return (
        f'<Document xmlns="{space}"><CstmrPmtStsRpt><GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-03-02T17:00:00+08:00</CreDtTm>'
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{batch.number}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch.number}E</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


# The peer

_TABLES = """
CREATE TABLE peer_case (id bigint PRIMARY KEY, step text, seq int);
CREATE TABLE peer_event (case_id bigint, seq int, act text, at timestamptz, PRIMARY KEY (case_id, seq));
CREATE TABLE peer_payment (id bigserial PRIMARY KEY, case_id bigint UNIQUE, state text, fen bigint, payee bytea,
  number text UNIQUE, batch int);
CREATE TABLE peer_part (payment_id bigint, fund text, fen bigint, serial bigint, PRIMARY KEY (payment_id, fund),
  UNIQUE (fund, serial));
CREATE TABLE peer_account (id int PRIMARY KEY, fen bigint);
CREATE TABLE peer_entry (id bigserial PRIMARY KEY, reference text UNIQUE, at date);
CREATE TABLE peer_line (entry_id bigint, seq int, account int, fen bigint, PRIMARY KEY (entry_id, seq));
INSERT INTO peer_account SELECT n, 0 FROM generate_series(1, 8) n;
"""


def connect() -> psycopg.Connection[Any]:
    found = dj_database_url.parse(os.environ["DATABASE_URL"])
    return psycopg.connect(
        host=found["HOST"], user=found["USER"], dbname=connection.settings_dict["NAME"], prepare_threshold=1
    )


def peer_prepared(cases: list[int]) -> None:
    with connect() as c:
        for pk in cases:
            with c.transaction(), c.cursor() as x:
                x.execute("SELECT step, seq FROM peer_case WHERE id = %s", [pk])
                x.fetchone()
                x.execute("UPDATE peer_case SET step = 'await-bank', seq = 4 WHERE id = %s", [pk])
                x.execute("INSERT INTO peer_event VALUES (%s, 4, 'pay', %s)", [pk, NOW])
                x.execute(
                    "INSERT INTO peer_payment (case_id, state, fen, payee) VALUES (%s, 'prepared', 100000, %s) RETURNING id",
                    [pk, b"p" * 90],
                )
                payment = x.fetchone()[0]
                x.executemany(
                    "INSERT INTO peer_part VALUES (%s, %s, %s)", [(payment, f, n) for f, n in PARTS.items()]
                )


def peer(count: int) -> dict[str, float]:
    times: dict[str, float] = {}
    with connect() as c:
        c.execute(_TABLES)
        c.execute("INSERT INTO peer_case SELECT n, 'pay', 3 FROM generate_series(1, %s) n", [count])
        c.execute("ANALYZE")
    cases = list(range(1, count + 1))
    timed(
        "prepared (two processes)",
        lambda: in_two(peer_prepared, [cases[: count // 2], cases[count // 2 :]]),
        times,
    )
    timed("batch, approvals, sent", peer_sent, times)
    timed("returned, booked, cases granted", peer_returned, times)
    return times


def peer_sent() -> None:
    with connect() as c, c.transaction():
        c.execute("UPDATE peer_payment SET batch = 1")
        c.execute("UPDATE peer_payment SET state = 'approved'")
        c.execute("UPDATE peer_payment SET state = 'sent', number = 'P' || id")
        c.execute(
            "UPDATE peer_part p SET serial = s.n FROM (SELECT payment_id, fund, row_number() OVER (PARTITION BY fund "
            "ORDER BY payment_id) n FROM peer_part) s WHERE s.payment_id = p.payment_id AND s.fund = p.fund"
        )
        c.execute("SELECT number, payee, fen FROM peer_payment ORDER BY id").fetchall()


def peer_returned() -> None:
    with connect() as c:
        numbers = [r[0] for r in c.execute("SELECT number FROM peer_payment ORDER BY id").fetchall()]
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            with c.transaction(), c.cursor() as x:
                x.execute(
                    "UPDATE peer_payment SET state = 'paid' WHERE number = ANY(%s) RETURNING id, case_id",
                    [some],
                )
                rows = x.fetchall()
                x.executemany(
                    "INSERT INTO peer_entry (reference, at) VALUES (%s, %s)",
                    [(f"p{pk}", NOW) for pk, _ in rows],
                )
                x.execute(
                    "SELECT id FROM peer_entry WHERE reference = ANY(%s)", [[f"p{pk}" for pk, _ in rows]]
                )
                entries = [r[0] for r in x.fetchall()]
                lines = [(e, n, n, 1) for e in entries for n in range(1, 5)]
                x.executemany("INSERT INTO peer_line VALUES (%s, %s, %s, %s)", lines)
                x.executemany(
                    "UPDATE peer_account SET fen = fen + 1 WHERE id = %s",
                    [(n,) for _ in entries for n in range(1, 5)],
                )
                x.executemany(
                    "UPDATE peer_case SET step = 'granted', seq = 5 WHERE id = %s",
                    [(case,) for _, case in rows],
                )
                x.executemany(
                    "INSERT INTO peer_event VALUES (%s, 5, 'receive', %s)", [(case, NOW) for _, case in rows]
                )


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--payments", type=int, default=10_000)
    words.add_argument("--json", default="")
    given = words.parse_args()
    call_command("migrate", database="default", verbosity=0)
    call_command("migrate", database="audit", verbosity=0)
    print(f"{given.payments} payments on PostgreSQL, {os.cpu_count()} cores: Jingban")
    mine = ours(given.payments)
    whole = sum(seconds for name, seconds in mine.items() if not name.startswith("("))
    print(f"  {'together':<44}{whole:8.2f} s")
    print("the same rows by plain SQL")
    other = peer(given.payments)
    bound = sum(other.values())
    print(f"  {'together':<44}{bound:8.2f} s\nratio {whole / bound:.1f}")
    if given.json:
        said = {"payments": given.payments, "jingban": mine, "plain": other}
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(said, file, indent=1, ensure_ascii=False)
    if whole > GOAL:
        sys.exit(f"over {GOAL} s")


if __name__ == "__main__":
    main()
