"""What the books cost: entries posted a second, balances and statements of a busy account.

DATABASE_URL names an empty database.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from threading import Thread

import django

django.setup()

from django.core.management import call_command
from django.db import connection, connections

from jingban.core.localtime import SHANGHAI
from jingban.ledger import service as ledger
from jingban.ledger.models import Account

NOW = django.utils.timezone.datetime(2026, 12, 31, 12, tzinfo=SHANGHAI)
DAY = date(2026, 12, 31)
BUSY = 200_000


def books(region: str, people: int) -> list[Account]:
    chart = [ledger.Opening("1001", "专户", ledger.Kind.ASSET)]
    chart += [
        ledger.Opening(
            f"2001.{n}", f"个人账户{n}", ledger.Kind.LIABILITY, owner=f"person:{n}", floor=Decimal(0)
        )
        for n in range(people)
    ]
    return ledger.open_accounts(region=region, openings=chart, opened_on=date(2020, 1, 1), actor=1, now=NOW)


def posting(bank: int, person: int, reference: str, day: date = DAY) -> ledger.Posting:
    yuan = Decimal(1)
    return ledger.Posting(reference, "bench", day, (ledger.debit(bank, yuan), ledger.credit(person, yuan)))


def rate(regions: list[list[Account]], seconds: float, mark: str) -> float:
    """Single entries a second, one thread a region given."""
    done = [0] * len(regions)

    def work(number: int, accounts: list[Account]) -> None:
        until, bank = time.perf_counter() + seconds, accounts[0].pk
        while time.perf_counter() < until:
            person = accounts[1 + done[number] % (len(accounts) - 1)].pk
            made = posting(bank, person, f"{mark}:{number}:{done[number]}")
            ledger.post(
                region=accounts[0].region,
                lines=made.lines,
                booked_on=DAY,
                reference=made.reference,
                kind="bench",
                actor=1,
                now=NOW,
            )
            done[number] += 1
        connections.close_all()

    threads = [Thread(target=work, args=pair) for pair in enumerate(regions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def ms(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def main() -> None:
    call_command("migrate", verbosity=0)
    begun = time.perf_counter()
    one = books("one", 10_000)
    print(f"{connection.vendor}: 10,000 accounts opened in {time.perf_counter() - begun:.1f} s")
    print(f"single entries, 1 thread: {rate([one], 5, 'a'):.0f}/s")
    if connection.vendor == "postgresql":
        print(f"single entries, 2 threads on one region: {rate([one, one], 5, 'b'):.0f}/s")
        print(f"single entries, 2 threads on two regions: {rate([one, books('two', 100)], 5, 'c'):.0f}/s")
    for size in (100, 1_000):
        begun = time.perf_counter()
        for start in range(0, 2_000, size):
            run = [posting(one[0].pk, a.pk, f"run{size}:{a.pk}") for a in one[1 + start : 1 + start + size]]
            ledger.post_many(region="one", postings=run, actor=1, now=NOW)
        print(
            f"2,000 entries on one hot account in runs of {size}: {2000 / (time.perf_counter() - begun):.0f}/s"
        )
    busy = books("busy", 1_000)
    begun = time.perf_counter()
    for start in range(0, BUSY, 1_000):
        pairs = [posting(busy[0].pk, account.pk, "").lines for account in busy[1:]]
        ledger.post(
            region="busy",
            lines=[leg for pair in pairs for leg in pair],
            kind="bench",
            reference=f"fill:{start}",
            booked_on=date(2026, 1, 1) + timedelta(days=start * 365 // BUSY),
            actor=1,
            now=NOW,
        )
    print(f"entries of 2,000 lines: {2 * BUSY / (time.perf_counter() - begun):.0f} lines/s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    bank = busy[0]
    print(f"balance of an account with {BUSY} lines, now: {ms(lambda: ledger.balance(bank)):.2f} ms")
    for days in (2, 31, 364):
        print(
            f"  as of {days} days ago: {ms(lambda d=days: ledger.balance(bank, as_of=DAY - timedelta(days=d))):.1f} ms"
        )
    summed = ms(lambda: Account.objects.filter(pk=bank.pk).derived().values_list("derived_fen", flat=True)[0])
    print(f"  summed from all lines: {summed:.1f} ms")
    personal = ms(lambda: ledger.statement(busy[1], start_on=date(2026, 1, 1), end_on=DAY))
    print(f"statement of a personal account (200 lines): {personal:.1f} ms")
    begun = time.perf_counter()
    print(
        f"check of {sum(1 for _ in ledger.faults('busy'))} faults over {2 * BUSY} lines: {time.perf_counter() - begun:.0f} s"
    )


main()
