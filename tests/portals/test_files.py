"""Uploaded files at the door: whoever may see the case sees them, everybody else is refused, staff are written down."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import storages
from django.test import Client

from jingban.access.models import Mandate, User
from jingban.audit.models import Entry
from jingban.cases.models import Case
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.settings.base import upload_storage
from jingban.uploads import service as uploads
from tests.portals.conftest import NOW, hand_in, published, signed_in, staff
from tests.uploads import make

DRAFT = UUID(int=1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "uploads": upload_storage(str(tmp_path / "uploads"))}
    assert storages["uploads"]


def given(owner: User, content: bytes = b"", name: str = "照片 1.jpg", *, case: str = "") -> uploads.Upload:
    upload = uploads.take(
        file=make.file(content or make.jpeg(), name), owner=owner.pk, slot="id-card",
        holder=uploads.Holder("somewhere", draft=DRAFT), now=NOW,
    )  # fmt: skip
    if case:
        uploads.attach(draft=DRAFT, case=Case.objects.get(number=case).pk, now=NOW)
    return upload


def got(client: Client, upload: uploads.Upload, query: str = "") -> Any:
    return client.get(f"/upload/{upload.pk}/{query}")


def audited(kind: str) -> list[tuple[int, str, str]]:
    return list(Entry.objects.using("audit").filter(kind=kind).values_list("actor", "subject", "detail"))


def test_a_picture_is_shown_and_can_do_nothing(person: User) -> None:
    answer = got(signed_in(person), given(person))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert answer["Content-Disposition"] == "inline; filename*=UTF-8''%E7%85%A7%E7%89%87%201.jpg"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'self'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_pdf_is_shown_by_the_browser_s_viewer_or_saved(person: User) -> None:
    upload = given(person, make.live_pdf(), "证明.pdf")
    shown = got(signed_in(person), upload)
    assert (shown["Content-Type"], shown["Content-Security-Policy"]) == (
        "application/pdf",
        "frame-ancestors 'self'",
    )
    assert shown["Content-Disposition"].startswith("inline;")
    assert b"/JavaScript" not in shown.content
    saved = got(signed_in(person), upload, "?download")
    assert saved["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in saved["Content-Security-Policy"]


def test_a_draft_s_file_is_its_owner_s_alone(person: User, entry: EffectiveItem) -> None:
    upload = given(person)
    assert got(Client(), upload).status_code == 302
    for other in (
        User.objects.create_user("li", password="x"),
        staff(entry, "reviewer", "supervisor", "head"),
    ):
        assert got(signed_in(other), upload).status_code == 403
        assert audited("refused")[-1][:2] == (other.pk, f"upload:{upload.pk}")
    assert got(signed_in(person), upload).status_code == 200
    assert audited("read") == []


def test_a_case_s_file_is_seen_by_who_may_see_the_case(person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    upload = given(person, case=number)
    assert got(signed_in(person), upload).status_code == 200
    assert audited("read") == []
    clerk = staff(entry, "window")
    assert got(signed_in(clerk), upload).status_code == 200
    assert audited("read") == [(clerk.pk, f"case:{number}", "材料id-card")]
    elsewhere = next(i for i in effective_all() if i.region != entry.region)
    for other in (User.objects.create_user("li", password="x"), staff(elsewhere, "window", name="away")):
        assert got(signed_in(other), upload).status_code == 403


def test_an_agent_sees_a_case_s_files_while_the_mandate_holds(person: User, entry: EffectiveItem) -> None:
    upload = given(person, case=hand_in(signed_in(person), entry))
    agent = User.objects.create_user("agent", password="x")
    mandate = Mandate.objects.create(principal=person, agent=agent, proof="委托书", start_on="2026-01-01")
    assert got(signed_in(agent), upload).status_code == 200
    assert len(audited("read")) == 1
    mandate.end_on = (NOW - timedelta(days=1)).date()
    mandate.save()
    assert got(signed_in(agent), upload).status_code == 403


def test_the_files_of_a_sealed_case_are_sealed_too(person: User) -> None:
    item = next(i for i in effective_all() if i.sealed)
    published(item)
    upload = given(person, case=hand_in(signed_in(person), item))
    assert got(signed_in(person), upload).status_code == 200
    assert got(signed_in(staff(item, "window", name="window")), upload).status_code == 403
    assert got(signed_in(staff(item, "fund-supervision", name="supervision")), upload).status_code == 200


def test_what_is_not_there_is_not_found(person: User) -> None:
    upload = given(person)
    uploads.remove(upload, actor=person.pk, now=NOW)
    assert got(signed_in(person), upload).status_code == 404
    assert signed_in(person).get(f"/upload/{uuid4()}/").status_code == 404
    assert signed_in(person).get("/upload/1/").status_code == 404
    assert signed_in(person).post(f"/upload/{upload.pk}/").status_code == 405


def test_a_file_that_was_tampered_with_is_a_fault_not_a_page(person: User, tmp_path: Path) -> None:
    upload = given(person)
    path = tmp_path / "uploads" / upload.stored
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    answer = got(signed_in(person), upload)
    assert answer.status_code == 500
    assert "没有办成" in answer.content.decode()
