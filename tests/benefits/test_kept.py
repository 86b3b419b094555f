"""What of a decision is health data is sealed: nothing in the clear tells a disease or the day of a birth."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from jingban.benefits import service as benefits
from jingban.benefits.kept import facts_of, inputs_of
from jingban.benefits.models import Decision
from jingban.benefits.outcomes import is_as_decided, recomputed
from jingban.core.crypto import SealBroken
from jingban.registry import recognitions
from tests.benefits import factories as make
from tests.houses import House

DISEASE = "M03900"
BORN = date(2026, 1, 20)


def chronic(house: House) -> Decision:
    """A decided bill of a recognised disease, which has accumulators and a cap of its own."""
    person = make.insured(1)
    recognitions.recognise(
        make.made.origin(day=date(2025, 1, 2)), person, diseases=[DISEASE], on=date(2025, 1, 2)
    )
    draft = make.bill("900.00", care="chronic", disease=DISEASE)
    return make.decided(house, draft)


def in_the_clear(row: Any) -> str:
    """All that a row says without a key."""
    found = []
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        found.append(
            bytes(value).decode("latin-1") if column.get_internal_type() == "BinaryField" else str(value)
        )
    return "\n".join(found)


@pytest.mark.django_db(databases=["default", "audit"])
def test_no_column_tells_the_disease(house: House) -> None:
    done = chronic(house)
    assert f"employee-chronic:{DISEASE}.in_scope" in facts_of(done).increments
    assert DISEASE in inputs_of(done)
    for model in apps.get_app_config("benefits").get_models():
        if model.__name__ in ("FigureBook", "CatalogueEntry"):  # nobody's data
            continue
        for row in model.objects.all():
            told = in_the_clear(row)
            assert DISEASE not in told, model
            assert DISEASE.lower() not in told, model
    assert set(done.amounts) >= {"total", "fund", "person"}


@pytest.mark.django_db(databases=["default", "audit"])
def test_no_column_tells_the_birth(house: House) -> None:
    make.insured(1, sex="female")
    view = make.opened(house, make.ALLOWANCE, sex="female")
    benefits.enter_event(view.id, make.birth(BORN), actor=make.CLERK, now=house.now)
    done = make.approved(house, view)
    assert (facts_of(done).event, facts_of(done).event_on) == ("birth", BORN)
    assert BORN.isoformat() not in in_the_clear(done)


@pytest.mark.django_db(databases=["default", "audit"])
def test_a_column_opens_in_its_own_place_only(house: House) -> None:
    make.insured(1)
    make.insured(2)
    one, two = make.decided(house, make.bill()), make.decided(house, make.bill(number="2"), 2)
    one.facts, two.working = one.working, one.working
    with pytest.raises(SealBroken):
        facts_of(one)
    with pytest.raises(SealBroken):
        benefits.results_of(two)


@pytest.mark.django_db(transaction=True, databases=["default", "audit"])
def test_rows_of_before_are_sealed_and_can_be_opened_again(house: House) -> None:
    done = chronic(house)
    recorder, graph = MigrationRecorder(connection), MigrationExecutor(connection).loader.graph
    for app, name in graph.nodes:  # the tests' database was made from the models
        recorder.record_applied(app, name)
    was = (benefits.results_of(done), facts_of(done))
    try:
        MigrationExecutor(connection).migrate([("benefits", "0001_initial")])
        with connection.cursor() as cursor:
            cursor.execute("SELECT results, increments, illustrative FROM benefits_decision")
            results, increments, illustrative = cursor.fetchone()
        results, increments = _data(results), _data(increments)
        assert (results, increments) == (was[0], was[1].increments)
        assert _data(illustrative)
    finally:
        MigrationExecutor(connection).migrate(graph.leaf_nodes())
        recorder.flush()
    found = Decision.objects.select_related("book").get(pk=done.pk)
    assert (benefits.results_of(found), facts_of(found)) == was
    assert is_as_decided(found, recomputed(found))
    assert found.is_illustrative
    assert DISEASE not in in_the_clear(found)


def _data(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
