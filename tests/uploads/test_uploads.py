"""Uploads from a draft to its case: kept once, sealed, within limits, seen by who may, gone when nobody needs them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, BoundedSemaphore, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from django.core.cache import cache
from django.db import IntegrityError, connection, connections

from jingban.access.models import User
from jingban.access.service import Actor, NotAllowed
from jingban.core.crypto import new_setting
from jingban.core.localtime import SHANGHAI
from jingban.settings.base import upload_storage
from jingban.uploads import actions, checking, examining, files
from jingban.uploads.commands import uploads as command
from jingban.uploads.errors import (
    UploadBroken,
    UploadHandedIn,
    UploadNotFound,
    UploadRefused,
    UploadTooBig,
)
from jingban.uploads.models import Upload
from jingban.uploads.service import (
    Holder,
    attach,
    erase_removed,
    find,
    forget,
    of_case,
    of_draft,
    open_for,
    remove,
    rotate,
    take,
    waiting_drafts,
)
from tests.uploads import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
DRAFT, OTHER = UUID(int=1), UUID(int=2)
CASE = 77


@pytest.fixture
def owner() -> Actor:
    return somebody("owner")


def somebody(name: str) -> Actor:
    return Actor(User.objects.create(username=name).pk, name)


def nobody(_: int) -> bool:
    raise AssertionError("the case is not asked about")


def given(
    owner: Actor, content: bytes = b"", *, name: str = "photo.jpg", slot: str = "id-card", **rest: Any
) -> Upload:
    said = {"holder": Holder("puyang", draft=DRAFT), "now": NOW, **rest}
    return take(file=make.file(content or make.jpeg(), name), owner=owner.id, slot=slot, **said)


def content_of(upload: Upload) -> bytes:
    return files.read(Upload.objects.get(pk=upload.pk))


def lying(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# Kept


def test_a_file_is_kept_with_what_is_known_of_it(owner: Actor) -> None:
    upload = find(given(owner, make.pdf(3), name="收入 证明.PDF", by=99).pk)
    assert (upload.region, upload.draft, upload.case, upload.slot) == ("puyang", DRAFT, None, "id-card")
    assert (upload.name, upload.content_type, upload.pages) == ("收入 证明.pdf", "application/pdf", 3)
    assert (upload.owner_id, upload.by, upload.uploaded_at) == (owner.id, 99, NOW)
    content = open_for(owner, upload, may_see=nobody)
    assert (upload.size, bytes(upload.sha256)) == (len(content), hashlib.sha256(content).digest())
    assert not upload.is_picture
    assert given(owner).is_picture


def test_files_lie_sealed_under_names_that_say_nothing(owner: Actor, folder: Path) -> None:
    upload = given(owner, name="张三身份证.jpg")
    (path,) = lying(folder)
    assert path == folder / upload.stored
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert upload.pk.hex not in upload.stored.replace("/", "")
    assert len(path.relative_to(folder).parts) == 3
    assert b"JFIF" not in path.read_bytes()
    assert "张三".encode() not in bytes(upload.sealed_name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\a\\扫描.PNG", "扫描.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ("x\r\nSet-Cookie: a.jpg", "xSet-Cookie a.jpg"),
        ("名" * 300 + ".jpg", "名" * 80 + ".jpg"),
        (".jpg", "jpg.jpg"),
        ("", "材料.jpg"),
    ],
)
def test_a_name_is_only_a_name(owner: Actor, name: str, kept: str) -> None:
    assert given(owner, name=name).name == kept


def test_the_same_content_in_the_same_slot_is_one(owner: Actor, folder: Path) -> None:
    first = given(owner)
    assert given(owner, name="again.jpg") == first
    assert given(owner, make.jpeg() + b"tail") == first
    others = [given(owner, slot="bank-card"), given(owner, holder=Holder("puyang", draft=OTHER))]
    assert len({first.pk, *(u.pk for u in others)}) == 3
    assert len(lying(folder)) == 3


def test_a_refused_file_leaves_nothing(owner: Actor, folder: Path) -> None:
    with pytest.raises(UploadRefused):
        given(owner, b"MZ")
    assert not Upload.objects.exists()
    assert not lying(folder)


def test_a_row_that_cannot_be_written_leaves_no_file(
    owner: Actor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Upload.objects, "create", lambda **_: (_ for _ in ()).throw(IntegrityError("no")))
    with pytest.raises(IntegrityError):
        given(owner)
    assert not lying(folder)


def test_an_upload_belongs_to_a_draft_or_to_a_case() -> None:
    for wrong in ({}, {"draft": DRAFT, "case": CASE}):
        with pytest.raises(ValueError, match="draft or to a case"):
            Holder("puyang", **wrong)  # type: ignore[arg-type]


# Limits


def test_a_slot_holds_only_so_many(owner: Actor, settings: Any) -> None:
    settings.JINGBAN_UPLOAD_LIMITS = {"slot_files": 2}
    first, _ = given(owner, make.jpeg(seed=1)), given(owner, make.jpeg(seed=2))
    with pytest.raises(UploadTooBig, match="最多2个"):
        given(owner, make.jpeg(seed=3))
    assert given(owner, make.jpeg(seed=1)) == first, "what is there already needs no room"
    given(owner, make.jpeg(seed=3), slot="bank-card")
    remove(first, actor=owner.id, now=NOW)
    given(owner, make.jpeg(seed=3))


def test_a_draft_holds_only_so_much(owner: Actor, settings: Any, folder: Path) -> None:
    size = given(owner).size
    settings.JINGBAN_UPLOAD_LIMITS = {"draft_bytes": 2 * size + 5}
    given(owner, make.jpeg(), slot="bank-card")
    with pytest.raises(UploadTooBig, match="合计最多0MB"):
        given(owner, make.jpeg(), slot="third")
    assert len(lying(folder)) == 2
    given(owner, make.jpeg(), slot="third", holder=Holder("puyang", case=CASE))


# Changed


def test_a_file_is_turned_in_its_draft(
    owner: Actor, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    upload = given(owner)
    before, name = content_of(upload), upload.stored
    with django_capture_on_commit_callbacks(execute=True):
        upload = rotate(upload, 1, actor=owner.id)
    assert upload.quarters == 1
    assert content_of(upload) != before
    assert name != upload.stored
    assert lying(folder) == [folder / upload.stored]
    assert rotate(upload, -1, actor=owner.id).quarters == 0
    assert rotate(upload, 4, actor=owner.id).quarters == 0


def test_a_file_turned_twice_at_once_is_turned_once(
    owner: Actor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, turn = given(owner), actions.turned

    def meanwhile(*arguments: Any, **how: Any) -> bytes:
        monkeypatch.setattr(actions, "turned", turn)
        rotate(upload, 1, actor=owner.id)
        return turn(*arguments, **how)

    monkeypatch.setattr(actions, "turned", meanwhile)
    with pytest.raises(UploadRefused, match="刷新页面"):
        rotate(upload, 1, actor=owner.id)
    assert find(upload.pk).quarters == 1


def test_what_was_turned_into_another_one_is_told(owner: Actor) -> None:
    upload = given(owner)
    turned = rotate(given(owner, make.jpeg(seed=1)), 1, actor=owner.id)
    same = actions.turned(content_of(upload), "image/jpeg", 1)
    Upload.objects.filter(pk=turned.pk).update(sha256=hashlib.sha256(same).digest())
    with pytest.raises(UploadRefused, match="同样的文件"):
        rotate(upload, 1, actor=owner.id)
    assert content_of(upload)


def test_a_removed_file_is_nowhere_and_may_come_again(owner: Actor) -> None:
    upload = given(owner)
    remove(upload, actor=owner.id, now=NOW)
    remove(upload, actor=owner.id, now=NOW + timedelta(hours=1))
    upload.refresh_from_db()
    assert (upload.removed_at, upload.removed_by) == (NOW, owner.id)
    assert of_draft(DRAFT) == []
    for ask in (
        lambda: find(upload.pk),
        lambda: open_for(owner, upload, may_see=nobody),
        lambda: rotate(upload, 1, actor=owner.id),
    ):
        with pytest.raises(UploadNotFound):
            ask()
    assert given(owner) != upload


def test_nobody_else_touches_or_sees_it(owner: Actor) -> None:
    upload, other = given(owner), somebody("other")
    for ask in (
        lambda: open_for(other, upload, may_see=nobody),
        lambda: rotate(upload, 1, actor=other.id),
        lambda: remove(upload, actor=other.id, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            ask()
    assert of_draft(DRAFT) == [upload]


# Handed in


def test_what_is_handed_in_belongs_to_the_case(owner: Actor) -> None:
    one, two = given(owner), given(owner, make.pdf(), slot="bank-card")
    gone = given(owner, make.jpeg(seed=1))
    remove(gone, actor=owner.id, now=NOW)
    assert attach(draft=DRAFT, case=CASE, now=NOW) == 2
    assert attach(draft=DRAFT, case=CASE, now=NOW) == 0
    assert of_draft(DRAFT) == []
    assert of_case(CASE) == [two, one]
    assert find(one.pk).draft == DRAFT


def test_who_may_see_the_case_may_see_its_files_and_nobody_else(owner: Actor) -> None:
    upload = given(owner)
    attach(draft=DRAFT, case=CASE, now=NOW)
    upload = find(upload.pk)
    asked: list[int] = []
    assert open_for(somebody("clerk"), upload, may_see=lambda case: not asked.append(case))  # type: ignore[func-returns-value]
    assert asked == [CASE]
    with pytest.raises(NotAllowed):
        open_for(owner, upload, may_see=lambda case: False)


def test_what_is_handed_in_stays_as_it_is(owner: Actor) -> None:
    upload = given(owner)
    attach(draft=DRAFT, case=CASE, now=NOW)
    for change in (
        lambda: rotate(upload, 1, actor=owner.id),
        lambda: remove(upload, actor=owner.id, now=NOW),
    ):
        with pytest.raises(UploadHandedIn, match="不能再改动"):
            change()
    assert of_case(CASE) == [upload]


def test_a_content_the_case_has_already_is_not_kept_twice(owner: Actor) -> None:
    first = given(owner, holder=Holder("puyang", case=CASE))
    assert given(owner, holder=Holder("puyang", case=CASE)) == first
    again = given(owner)
    assert attach(draft=DRAFT, case=CASE, now=NOW) == 0
    again.refresh_from_db()
    assert again.removed_at == NOW
    assert of_case(CASE) == [first]


# Forgotten


def test_files_of_drafts_that_are_no_more_are_erased(
    owner: Actor, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    kept = given(owner)
    attach(draft=DRAFT, case=CASE, now=NOW)
    given(owner, holder=Holder("puyang", draft=OTHER))
    late = NOW + timedelta(days=1)
    assert waiting_drafts(NOW) == set()
    assert waiting_drafts(late) == {OTHER}
    with django_capture_on_commit_callbacks(execute=True):
        assert forget([DRAFT, OTHER]) == 1
    assert lying(folder) == [folder / kept.stored]
    assert Upload.objects.get() == kept


def test_what_was_removed_is_erased_later(
    owner: Actor, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    remove(given(owner), actor=owner.id, now=NOW)
    assert erase_removed(NOW) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_removed(NOW + timedelta(seconds=1)) == 1
    assert not lying(folder)
    assert not Upload.objects.exists()


# Checked


def found(now: datetime = NOW) -> list[str]:
    return list(checking.faults(now))


def test_every_file_is_there_and_as_it_was(
    owner: Actor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found() == []
    uploads = [given(owner, make.jpeg(seed=n)) for n in range(4)]
    assert found() == []
    paths = [folder / upload.stored for upload in uploads]
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1] + b"x")
    paths[2].write_bytes(paths[3].read_bytes())
    told = {fault.split("（")[0].removeprefix("上传"): fault for fault in found()}
    assert set(told) == {str(upload.pk) for upload in uploads[:3]}
    assert "找不到了" in told[str(uploads[0].pk)]
    for upload in uploads[1:3]:
        assert "被改动过，或不属于这条记录" in told[str(upload.pk)]
        with pytest.raises(UploadBroken):
            open_for(owner, upload, may_see=nobody)
    Upload.objects.filter(pk=uploads[3].pk).update(sha256=b"0" * 32)
    assert "和上传时的不一样" in "".join(found())


def test_a_file_that_no_upload_knows_is_told_once_it_is_a_day_old(folder: Path) -> None:
    files.write(uuid4(), b"lost")
    now = datetime.now(SHANGHAI)
    assert found(now) == []
    assert [fault.endswith("不属于任何材料，可以删去。") for fault in found(now + timedelta(days=2))] == [
        True
    ]


def test_the_command_tells_faults_by_its_status(owner: Actor, folder: Path) -> None:
    upload = given(owner)
    whole = CliRunner().invoke(command, ["check"])
    assert (whole.exit_code, whole.output) == (0, "核对1份材料，0处问题。\n")
    (folder / upload.stored).unlink()
    broken = CliRunner().invoke(command, ["check"])
    assert broken.exit_code == 1
    assert "1处问题" in broken.output


def test_files_are_sealed_again_after_a_key_was_changed(
    owner: Actor, settings: Any, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    upload = given(owner, name="张三.jpg")
    before = content_of(upload)
    old = settings.JINGBAN_KEYS
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {**old["keys"], "2": new_setting()["keys"]["1"]}}
    with django_capture_on_commit_callbacks(execute=True):
        assert checking.reseal_uploads() == (1, [])
    assert checking.reseal_uploads() == (0, [])
    settings.JINGBAN_KEYS = {**settings.JINGBAN_KEYS, "keys": {"2": settings.JINGBAN_KEYS["keys"]["2"]}}
    upload = find(upload.pk)
    assert (content_of(upload), upload.name) == (before, "张三.jpg")
    assert lying(folder) == [folder / upload.stored]


def test_a_damaged_file_stops_no_other_from_being_sealed_again(
    owner: Actor, settings: Any, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    gone, spoilt, *whole = [given(owner, make.jpeg(seed=n)) for n in range(4)]
    (folder / gone.stored).unlink()
    path = folder / spoilt.stored
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    old = settings.JINGBAN_KEYS
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {**old["keys"], "2": new_setting()["keys"]["1"]}}
    with django_capture_on_commit_callbacks(execute=True):
        done = CliRunner().invoke(command, ["reseal"])
    assert done.exit_code == 1
    assert "重新加密2份材料，2份打不开。" in done.output
    assert str(gone.pk) in done.output
    assert str(spoilt.pk) in done.output
    settings.JINGBAN_KEYS = {**settings.JINGBAN_KEYS, "keys": {"2": settings.JINGBAN_KEYS["keys"]["2"]}}
    assert all(content_of(upload) for upload in whole)


# Never too much for the others


def test_what_was_removed_counts_until_it_is_erased(
    owner: Actor, settings: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    first = given(owner)
    remove(first, actor=owner.id, now=NOW)
    settings.JINGBAN_UPLOAD_LIMITS = {"owner_bytes": first.size + 10}
    with pytest.raises(UploadTooBig, match="没有提交的材料合计") as told:
        given(owner, make.jpeg(seed=1), holder=Holder("puyang", draft=OTHER))
    assert told.value.details["reason"] == "owner"
    assert given(somebody("other"), make.jpeg(seed=1)), "another one has room"
    assert given(owner, make.jpeg(seed=1), holder=Holder("puyang", case=CASE)), "a case takes what it needs"
    with django_capture_on_commit_callbacks(execute=True):
        erase_removed(NOW + timedelta(seconds=1))
    assert given(owner, make.jpeg(seed=2))


def test_nobody_waits_long_for_a_turn(owner: Actor, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(examining, "AT_ONCE", BoundedSemaphore(1))
    monkeypatch.setattr(examining, "WAIT", 0.01)
    with examining.AT_ONCE, pytest.raises(UploadRefused, match="现在上传的人多") as told:
        given(owner)
    assert told.value.details["reason"] == "busy"
    assert not lying(folder)
    assert given(owner)


def test_slow_files_of_one_account_stop_that_account_only(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    moments = iter([0.0, 150.0, 150.0, 250.0, 250.0, 251.0, 251.0, 252.0])
    monkeypatch.setattr(examining.time, "monotonic", lambda: next(moments))
    given(owner, make.jpeg(seed=1))
    upload = given(owner, make.jpeg(seed=2))
    for again in (lambda: given(owner, make.jpeg(seed=3)), lambda: rotate(upload, 1, actor=owner.id)):
        with pytest.raises(UploadRefused, match="请过十分钟再传") as told:
            again()
        assert told.value.details["reason"] == "pace"
    assert given(somebody("other"), make.jpeg(seed=3))
    cache.clear()
    assert given(owner, make.jpeg(seed=3))


def test_a_file_that_comes_when_the_draft_was_handed_in_is_refused_and_leaves_nothing(
    owner: Actor, folder: Path
) -> None:
    def handed_in() -> None:
        assert connection.in_atomic_block
        raise UploadHandedIn("提交了")

    with pytest.raises(UploadHandedIn):
        given(owner, still_open=handed_in)
    assert not lying(folder)
    assert not Upload.objects.exists()


# At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_files_at_once_find_only_the_room_there_is(owner: Actor, settings: Any, folder: Path) -> None:
    settings.JINGBAN_UPLOAD_LIMITS = {"slot_files": 3}
    given(owner, make.jpeg(seed=9))
    told = together(5, lambda n: given(owner, make.jpeg(seed=n)))
    assert [type(error) for error in told] == [UploadTooBig] * 3
    assert len(of_draft(DRAFT)) == len(lying(folder)) == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_file_sent_by_several_at_once_is_one(owner: Actor, folder: Path) -> None:
    assert together(4, lambda n: given(owner)) == []
    assert len(of_draft(DRAFT)) == len(lying(folder)) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_file_is_either_removed_or_handed_in(owner: Actor) -> None:
    for seed in range(6):
        upload = given(owner, make.jpeg(seed=seed))

        def work(n: int, upload: Upload = upload) -> None:
            if n:
                remove(upload, actor=owner.id, now=NOW)
            else:
                attach(draft=DRAFT, case=CASE, now=NOW)

        told = together(2, work)
        upload.refresh_from_db()
        assert (upload.case is None) == (upload.removed_at is not None) == (not told)


def together(count: int, work: Callable[[int], object]) -> list[Exception]:
    """Run the work in so many threads at once; what the losers were told."""
    ready, told = Barrier(count), []

    def run(number: int) -> None:
        try:
            ready.wait()
            work(number)
        except Exception as error:  # noqa: BLE001  told to the test's own thread
            told.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


# Where they lie


def test_the_setting_says_where_files_lie() -> None:
    assert upload_storage("/srv/uploads")["OPTIONS"]["location"] == "/srv/uploads"
    s3 = upload_storage("s3://papers/county/2026")
    assert s3["BACKEND"] == "storages.backends.s3.S3Storage"
    assert (s3["OPTIONS"]["bucket_name"], s3["OPTIONS"]["location"]) == ("papers", "county/2026")
    assert s3["OPTIONS"]["file_overwrite"] is False
