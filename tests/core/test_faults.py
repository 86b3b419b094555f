"""What an error leaves in a log: class, code and place, never its words."""

from __future__ import annotations

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from jingban.core.crypto import SealBroken
from jingban.core.errors import DomainError, FileFault
from jingban.core.faults import trail
from jingban.portals.middleware import DomainErrors

NAME = "试某某"


def _raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as caught:  # noqa: BLE001  the test looks at it
        return caught


def test_a_trail_has_class_code_and_place_and_no_words() -> None:
    told = trail(_raised(DomainError(f"{NAME}没有停保"), _raised(ValueError(NAME))))
    assert told.startswith("DomainError[domain_error] at core/test_faults.py:")
    assert "; from ValueError at core/test_faults.py:" in told
    assert "_raised" in told
    assert NAME not in told


def test_what_the_handling_of_another_error_raised_tells_both() -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError:
            raise SealBroken(NAME)  # noqa: B904
    except SealBroken as error:
        told = trail(error)
    assert ("SealBroken[seal_broken]" in told, "KeyError" in told, NAME in told) == (True, True, False)


def test_a_fault_of_a_rule_file_keeps_file_and_line() -> None:
    told = trail(FileFault("rulebook/national/items/transfer.yaml", 7, NAME, "请改"))
    assert told == "FileFault[file_fault] rulebook/national/items/transfer.yaml:7 at nowhere"


def test_pages_log_a_fault_without_its_words(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    page = DomainErrors(lambda _: HttpResponse())
    request: HttpRequest = rf.get("/")
    with caplog.at_level(logging.ERROR):
        answer = page.process_exception(request, _raised(SealBroken(f"{NAME}的号码打不开")))
    assert answer is not None
    assert answer.status_code == 500
    assert "seal_broken" in caplog.text
    assert "test_faults.py" in caplog.text
    assert NAME not in caplog.text + answer.content.decode()
