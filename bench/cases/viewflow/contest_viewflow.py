"""Peer (b): the standard procedure in django-viewflow, each user task one transaction under its row lock.

A task is assigned, started and executed in one go (its pages take two requests for that), found by the key
that the step before handed on: no look-up in an inbox, no HTTP, no form.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "viewflow_settings"
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
django.setup()

import measure
import workload
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from standard_flow.flows import StandardFlow, opened
from viewflow.workflow.models import Process, Task


class Desk:
    """One process: its users."""

    def __init__(self, number: int) -> None:
        connection.close()
        self.number = number
        users = {u.username: u for u in User.objects.all()}
        self.whose = {
            "apply": users["applicant"], "resubmit": users["applicant"], "accept": users["clerk"],
            "notify": users["clerk"], "approve": users["reviewer"], "refuse": users["reviewer"],
        }  # fmt: skip

    def lifecycle(self, count: int) -> None:
        """One case from its application to its end."""
        form = workload.form((self.number * 61 + count) % workload.APPLICANTS)
        process = self._open(form)
        for act in workload.STEPS[workload.kind_of(count)][1:]:
            self._do(process, opened[0], act)

    def _open(self, form: dict[str, str]) -> int:
        with transaction.atomic():
            activation = StandardFlow.apply.activation_class.create(StandardFlow.apply, None, None)
            activation.start(SimpleNamespace(user=self.whose["apply"]))
            activation.process.data = {"form": form, "act": "apply"}
            activation.execute()
        return int(activation.process.pk)

    def _do(self, process: int, task: int, act: str) -> None:
        with StandardFlow.lock(process):
            found = Task.objects.select_related("process").get(pk=task)
            activation = found.flow_task.activation_class(found)
            activation.assign(self.whose[act])
            activation.start(SimpleNamespace(user=self.whose[act]))
            activation.process.data["act"] = act
            if act == "refuse":
                found.data = {"reason": workload.REASON, "basis": workload.BASIS}
            activation.process.save()
            activation.execute()


def prepare(number: int) -> measure.Lifecycle:
    """One process of the peer; the first lifecycles are held against what they should have done."""
    desk = Desk(number)
    _check(desk)
    return desk.lifecycle


def _check(desk: Desk) -> None:
    """The peer does the same steps: as many user tasks, done, in a finished process."""
    for kind, acts in workload.STEPS.items():
        desk.lifecycle(workload.MIX.index(kind))
        last = Task.objects.get(pk=opened[0])
        human = Task.objects.filter(process=last.process_id, flow_task_type__startswith="HUMAN")
        assert last.process.status == "DONE", last.process.status
        assert human.filter(status="DONE").count() == human.count() == len(acts), (kind, human)


if __name__ == "__main__":
    if "--migrate" in sys.argv:
        call_command("migrate", verbosity=0)
        for name in ("applicant", "clerk", "reviewer"):
            User.objects.create_user(name)
    else:
        Process.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        connection.close()
        measure.contest(prepare)
