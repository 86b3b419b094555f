"""Peer (b): the standard procedure in django-viewflow, each user task one transaction under its row lock.

An act goes the way of viewflow's own POST (``wrap_view``): lock, transaction, task, process, permission, start,
save, execute; without HTTP and templates. The task of a role's queue must be taken (assigned) first: on its
pages by a request of its own, here in the same transaction. Form, papers and reasons are kept as JSON, as it does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "viewflow_settings"
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
django.setup()

import measure
import workload
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection, transaction
from standard_flow.flows import StandardFlow, applicant, opened
from viewflow.workflow.models import Process, Task

PAPERS = ["employee-change-form", "id-any"]
DATA: dict[str, dict[str, Any]] = {
    "accept": {"checklist": PAPERS},
    "notify": {"missing_materials": PAPERS},
    "resubmit": {"brought_materials": PAPERS},
    "approve": {},
    "refuse": {"reason": workload.REASON, "basis": workload.BASIS},
}


class Desk:
    """One process: its users."""

    def __init__(self, number: int) -> None:
        connection.close()
        self.number = number
        users = {u.username: u for u in User.objects.all()}
        self.applicant = users["applicant"]
        self.whose = {"accept": users["clerk"], "supplement": self.applicant, "review": users["reviewer"]}
        applicant[:] = [self.applicant]

    def lifecycle(self, count: int) -> None:
        """One case from its application to its end."""
        form = workload.form((self.number * 61 + count) % workload.APPLICANTS)
        process = self._open(form)
        for act in workload.STEPS[workload.kind_of(count)][1:]:
            self._do(process, opened[0], act)

    def _open(self, form: dict[str, str]) -> int:
        node = StandardFlow.apply
        with transaction.atomic():
            activation = node.activation_class.create(node, None, None)
            assert node.can_execute(self.applicant, activation.task)
            activation.start(SimpleNamespace(user=self.applicant))
            activation.process.data = {"form": form, "act": "apply"}
            activation.execute()
        return int(activation.process.pk)

    def _do(self, process: int, pk: int, act: str) -> None:
        with StandardFlow.lock(process), transaction.atomic():
            task = Task.objects.get(pk=pk)
            assert task.process.flow_class is StandardFlow
            user, node = self.whose[task.flow_task.name], task.flow_task
            activation = node.activation_class(task)
            if task.owner_id is None:
                assert node.can_assign(user, task)
                activation.assign(user)
            assert node.can_execute(user, task=task)
            activation.start(SimpleNamespace(user=user))
            activation.process.data["act"] = act
            task.data = DATA[act]
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
        for name, task in (("applicant", None), ("clerk", "accept"), ("reviewer", "review")):
            user = User.objects.create_user(name)
            user.user_permissions.set(Permission.objects.filter(codename=f"can_{task}_process"))
            assert user.user_permissions.count() == (task is not None)
    else:
        Process.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        connection.close()
        measure.contest(prepare)
