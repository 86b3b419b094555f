"""Run a lifecycle in several processes for some seconds, and see what else kept the machine busy.

Knows neither Django nor a database, so that every contestant is driven by the same code.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Lifecycle = Callable[[int], None]
WARM_UP = 20
"""Lifecycles before the clock starts: all kinds twice, so statements are prepared and caches full."""


def contest(prepare: Callable[[int], Lifecycle]) -> None:
    """The command line of a contestant: ``--processes N --seconds S``; prints one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    wanted = parser.parse_args()
    print(json.dumps(race(prepare, wanted.processes, wanted.seconds)))


def race(prepare: Callable[[int], Lifecycle], processes: int, seconds: float) -> dict[str, float]:
    """Lifecycles a second of all processes together, each an operating-system process of its own."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(processes, timeout=60)
    pipes, workers = [], []
    for number in range(processes):
        receive, send = context.Pipe(duplex=False)
        workers.append(context.Process(target=_work, args=(prepare, number, barrier, seconds, send)))
        workers[-1].start()
        send.close()  # so that a worker that fails is noticed, not waited for
        pipes.append(receive)
    results = [pipe.recv() for pipe in pipes]
    for worker in workers:
        worker.join()
    done = sum(count for count, _, _ in results)
    return {
        "rate": sum(count / elapsed for count, elapsed, _ in results),
        "lifecycles": done,
        "app_cpu_ms": 1000 * sum(cpu for _, _, cpu in results) / done,
    }


def _work(
    prepare: Callable[[int], Lifecycle], number: int, barrier: Any, seconds: float, send: Connection
) -> None:
    lifecycle = prepare(number)
    for count in range(WARM_UP):
        lifecycle(count)
    barrier.wait()
    count, begun, cpu = 0, time.perf_counter(), _own_cpu()
    while time.perf_counter() < begun + seconds:
        lifecycle(WARM_UP + count)
        count += 1
    send.send((count, time.perf_counter() - begun, _own_cpu() - cpu))
    send.close()


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Machine:
    """What the machine does beside the bench: whoever else computes spoils the figures."""

    def __init__(self, postmaster: int, patience: float = 60.0) -> None:
        self.postmaster = postmaster
        self.patience = patience

    def wait_until_quiet(self, share: float = 0.10) -> None:
        """Wait for idle processors, as long as patience lasts (for the whole bench together)."""
        while self.patience > 0:
            begun, busy = time.monotonic(), _busy()
            time.sleep(0.4)
            waited = time.monotonic() - begun
            if (_busy() - busy) / waited / (os.cpu_count() or 1) < share:
                return
            self.patience -= waited

    def snapshot(self) -> tuple[float, float, float, float]:
        """Instant; seconds of CPU used on the machine, by the bench's own processes, and by its server."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = children.ru_utime + children.ru_stime + _own_cpu()
        return time.monotonic(), _busy(), own, self._server()

    def since(self, before: tuple[float, float, float, float], lifecycles: float) -> dict[str, float]:
        """The server's work a lifecycle, and the share of all processors that others used meanwhile."""
        took, busy, own, server = (a - b for a, b in zip(self.snapshot(), before, strict=True))
        return {
            "server_cpu_ms": 1000 * server / lifecycles,
            "foreign": max(0.0, busy - own - server) / took / (os.cpu_count() or 1),
        }

    def _server(self) -> float:
        """CPU of the PostgreSQL server: the postmaster, its dead and its living children."""
        ticks = 0
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if int(folder.name) == self.postmaster:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


def _busy() -> float:
    fields = [int(f) for f in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK")
