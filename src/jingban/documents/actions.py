"""What is done with papers: issued once, printed again, voided."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from jingban.access.service import Actor
from jingban.audit import service as audit
from jingban.cases.history import moves_of, of_its_time
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.core.checkdigit import QUERY_ALPHABET
from jingban.core.crypto import SealBroken, digest, open_sealed, reseal, seal
from jingban.core.paths import rulebook_root
from jingban.documents import archive, kinds
from jingban.documents.case_papers import FORM, SOURCES, Subject, content_of, gives, paper_of
from jingban.documents.content import Content, checked
from jingban.documents.errors import PaperAltered, PaperUnknown, PaperVoid
from jingban.documents.models import IssuedPaper, PaperPrint
from jingban.documents.rendering import Sheet, rendered
from jingban.documents.signing import signer
from jingban.rulebook import publish
from jingban.rulebook.cache import current
from jingban.rulebook.schema_national import Paper

CODE_LENGTH = 12
"""Twelve signs of twenty: fifty-two bits, and they can be read over the telephone."""
ISSUED, PRINTED, VOIDED = "paper-issued", "paper-printed", "paper-voided"


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be issued."""

    region: str
    kind: str
    paper: Paper
    number: str
    subject: str
    content: Content
    actor: int
    now: datetime
    rulebook: str
    case: int | None = None
    seq: int | None = None
    by_hand: bool = False
    replaces: IssuedPaper | None = None
    hold: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Resealed:
    """What sealing anew did: how many papers changed, and the codes of those that are damaged."""

    changed: int
    damaged: tuple[str, ...]


def issue(
    about: Subject,
    *,
    kind: str,
    region: str,
    actor: Actor,
    now: datetime,
    by_hand: bool = False,
    again: bool = False,
) -> IssuedPaper:
    """Issue a paper about something that is no event of a case; the same subject again gives the same paper.

    ``again``: one that was voided is issued anew; without it the void one is given. Raises SignsMissing where a font
    lacks a character (``by_hand``: room is left for the pen instead), PaperVoid where its register holds the subject
    for void and nothing was issued before.
    """
    known = kinds.papers(region).get(kind)
    if known is None:
        raise PaperUnknown(f"没有“{kind}”这种文书，可用的种类见规则手册 documents.yaml。", kind=kind)
    found = _standing(IssuedPaper.objects.filter(region=region, subject=about.ref, kind=kind, case=None))
    if found is not None and not (again and found.is_void):
        return found
    if about.is_void:
        raise _subject_void(about.number)
    order = _Order(
        region=region,
        kind=kind,
        paper=known,
        number=about.number,
        subject=about.ref,
        content=checked(about.content),
        actor=actor.id,
        now=now,
        rulebook=current(rulebook_root()).digest,
        by_hand=by_hand,
        replaces=found,
        hold=about.hold,
    )
    return _issued(order)


def issue_of_case(
    *,
    view: CaseView,
    seq: int,
    kind: str,
    actor: Actor,
    now: datetime,
    by_hand: bool = False,
    again: bool = False,
) -> IssuedPaper | None:
    """Issue what an event of a case gave out, on first demand; later demands get the same one.

    What it says of the case comes from the event, what was sealed with it and the pinned version of the entry; which
    entries it carries and its fixed sentences come from the rulebook of the day it is issued. ``again``: one that
    was voided is issued anew. None where the event did not give this paper out.
    """
    found = _standing(IssuedPaper.objects.filter(case=view.id, seq=seq, kind=kind))
    if found is not None and not (again and found.is_void):
        return found
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    view = of_its_time(view, moves_of(view), seq)
    known = paper_of(view, kind)
    if event is None or known is None or not gives(event, kind, view):
        return None
    own = SOURCES[kind](view, seq) if kind in SOURCES else None
    if own is not None:
        return issue(own, kind=kind, region=view.region, actor=actor, now=now, by_hand=by_hand, again=again)
    content = content_of(view, seq, kind)
    if content is None:
        return None
    order = _Order(
        region=view.region,
        kind=kind,
        paper=known,
        number=f"{view.number}-{seq}",
        subject=f"case:{view.number}",
        content=content,
        actor=actor.id,
        now=now,
        rulebook=publish.version(view.version_id).hash,
        case=view.id,
        seq=seq,
        by_hand=by_hand,
        replaces=found,
    )
    return _issued(order)


def look(view: CaseView, seq: int, kind: str) -> tuple[Content, IssuedPaper | None] | None:
    """What a paper of a case says, and its row if it was issued; nothing is issued by looking.

    Raises PaperVoid where a register holds it for void and it was never issued.
    """
    row = _standing(IssuedPaper.objects.filter(case=view.id, seq=seq, kind=kind))
    if row is not None:
        return content_kept(row), row
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    if event is None or paper_of(view, kind) is None or not gives(event, kind, view):
        return None
    own = SOURCES[kind](view, seq) if kind in SOURCES else None
    if own is not None:
        kept = _standing(
            IssuedPaper.objects.filter(region=view.region, subject=own.ref, kind=kind, case=None)
        )
        if kept is None and own.is_void:
            raise _subject_void(own.number)
        return (content_kept(kept) if kept else own.content), kept
    content = content_of(view, seq, kind)
    return (content, None) if content else None


def _issued(order: _Order) -> IssuedPaper:
    """Set, sign, keep, then write the row. Setting takes long: who was overtaken gets what stands by then, and whose
    subject became void is refused; the file goes."""
    text, code = order.content.model_dump_json(), _code()
    content_digest = digest(f"{order.number}:{code}:{text}")
    template, provider = kinds.template_of(order.region, order.paper), signer()
    sheet = Sheet(
        template=template,
        title=title_of(order.paper, order.content),
        number=order.number,
        content=order.content,
        code=code,
        mark=content_digest.hex()[:8],
        at=order.now,
        is_sealed=kinds.is_sealed(order.paper),
        is_test=provider.is_test,
        by_hand=order.by_hand,
    )
    pdf = provider.sign(rendered(sheet), reason=f"出具{sheet.title}")
    name = archive.keep(pdf)
    row = IssuedPaper(
        region=order.region,
        number=order.number,
        kind=order.kind,
        title=sheet.title,
        case=order.case,
        seq=order.seq,
        subject=order.subject,
        content=seal(text, context=_context(code)),
        content_digest=content_digest,
        digest=hashlib.sha256(pdf).digest(),
        file=name,
        code=code,
        agency=order.content.sender,
        issued_at=order.now,
        actor=order.actor,
        rulebook=order.rulebook,
        template=kinds.template_digest(template),
        signer=provider.name[:120],
        is_test=provider.is_test,
        handwritten=order.by_hand,
        replaces=order.replaces,
    )
    written = False
    try:
        written = _written(row, order)
    finally:
        if not written:
            archive.drop(name)
    if not written:
        return _same(order).latest("id")
    audit.record(
        actor=order.actor,
        kind=ISSUED,
        subject=f"paper:{code}",
        detail=f"{row.title} {row.number}",
        now=order.now,
    )
    return row


def _written(row: IssuedPaper, order: _Order) -> bool:
    """Whether the paper stands now; not where another was issued of the same, or the replaced one is the last no more."""
    try:
        with transaction.atomic():
            if order.hold():
                raise _subject_void(order.number)
            if order.replaces is not None:  # held, so that of two who issue anew one comes after the other
                IssuedPaper.objects.select_for_update().get(pk=order.replaces.pk)
            if _standing(_same(order)) != order.replaces:
                return False
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _same(order: _Order) -> QuerySet[IssuedPaper]:
    """All papers of the same subject."""
    same = {"case": order.case, "seq": order.seq} if order.case else {"case": None, "subject": order.subject}
    return IssuedPaper.objects.filter(region=order.region, kind=order.kind, **same)


def _standing(rows: QuerySet[IssuedPaper]) -> IssuedPaper | None:
    """Of the papers of one subject the one in force; where all are void, the last."""
    return rows.order_by(F("voided_at").desc(nulls_first=True), "-id").first()


def _subject_void(number: str) -> PaperVoid:
    return PaperVoid("这份单据在登记册里已经作废，不能再出具；请打印现行有效的那一份。", number=number)


def title_of(paper: Paper, content: Content) -> str:
    return content.title or paper.name.strip("《》")


def content_kept(row: IssuedPaper) -> Content:
    """What the paper says, as it was frozen; the caller asked ``may``."""
    text = open_sealed(bytes(row.content), context=_context(row.code))
    if digest(f"{row.number}:{row.code}:{text}") != bytes(row.content_digest):
        raise PaperAltered(
            "文书内容与出具时的校验值不一致，可能被改动，请报告系统管理员。", number=row.number
        )
    return Content.model_validate_json(text)


def printed(row: IssuedPaper, *, actor: Actor, now: datetime) -> bytes:
    """The file to hand out, byte for byte the one that was issued; each time is counted.

    A voided one is shown with a watermark and without a signature, and is no print. Raises PaperAltered where the
    kept file is not what was issued.
    """
    pdf = file_of(row)
    with transaction.atomic():  # nobody voids it between the look and the count
        row = IssuedPaper.objects.select_for_update().get(pk=row.pk)
        if not row.is_void:
            PaperPrint.objects.create(paper=row, actor=actor.id, at=now)
    if row.is_void:
        return _watermarked(row)
    audit.record(
        actor=actor.id, kind=PRINTED, subject=f"paper:{row.code}", detail=f"{row.title} {row.number}", now=now
    )
    return pdf


def file_of(row: IssuedPaper) -> bytes:
    """The kept file, held against its hash."""
    pdf = archive.kept(row.file)
    if hashlib.sha256(pdf).digest() != bytes(row.digest):
        raise PaperAltered(
            "文书的存档文件与出具时不一致，不能打印。请报告系统管理员，从备份恢复。", number=row.number
        )
    return pdf


def _watermarked(row: IssuedPaper) -> bytes:
    content = content_kept(row)
    known = kinds.papers(row.region).get(row.kind) or FORM
    return rendered(
        Sheet(
            template=kinds.template_of(row.region, known),
            title=row.title,
            number=row.number,
            content=content,
            code=row.code,
            mark=row.mark,
            at=row.issued_at,
            is_sealed=kinds.is_sealed(known),
            is_test=row.is_test,
            by_hand=row.handwritten,
            is_void=True,
        )
    )


def void(row: IssuedPaper, *, reason: str, actor: Actor, now: datetime) -> IssuedPaper:
    """Declare a paper void: the public page says so from now on. It cannot be taken back, and what was issued stays."""
    said = reason.strip()
    if not said or len(said) > 300:
        raise PaperVoid("请写明作废的原因，不超过300字。", field="reason")
    with transaction.atomic():
        held = IssuedPaper.objects.select_for_update().get(pk=row.pk)
        if held.is_void:
            raise PaperVoid("这份文书已经作废，不必再办。", number=held.number)
        held.voided_at, held.voided_by, held.void_reason = now, actor.id, said
        held.save(update_fields=["voided_at", "voided_by", "void_reason"])
    audit.record(actor=actor.id, kind=VOIDED, subject=f"paper:{held.code}", detail=said, now=now)
    return held


def void_subjects(
    subjects: Iterable[str], *, region: str, kind: str, reason: str, actor: int, now: datetime
) -> int:
    """Declare void what was issued about these: their register holds them for void; how many papers it were.

    Joins the caller's transaction, so a paper is void exactly when its subject is.
    """
    found = IssuedPaper.objects.filter(region=region, kind=kind, case=None, voided_at=None)
    codes = list(found.filter(subject__in=list(subjects)).values_list("code", flat=True))
    IssuedPaper.objects.filter(code__in=codes).update(voided_at=now, voided_by=actor, void_reason=reason)

    def written_down() -> None:
        for code in codes:
            audit.record(actor=actor, kind=VOIDED, subject=f"paper:{code}", detail=reason, now=now)

    transaction.on_commit(written_down)
    return len(codes)


def reseal_papers() -> Resealed:
    """After the key was changed: contents and files of older keys under the current one.

    A damaged one stops no other; its whole half is sealed anew all the same.
    """
    changed, damaged = 0, []
    for row in IssuedPaper.objects.order_by("id").iterator(chunk_size=200):
        token, name = bytes(row.content), row.file
        try:
            token = reseal(token, context=_context(row.code))
        except SealBroken:
            damaged.append(row.code)
        try:
            name = archive.resealed(name)
        except (SealBroken, OSError):
            damaged.append(row.code)
        if token == bytes(row.content) and name == row.file:
            continue
        IssuedPaper.objects.filter(pk=row.pk).update(content=token, file=name)
        if name != row.file:
            archive.drop(row.file)
        changed += 1
    return Resealed(changed, tuple(dict.fromkeys(damaged)))


def _code() -> str:
    return "".join(secrets.choice(QUERY_ALPHABET) for _ in range(CODE_LENGTH))


def _context(code: str) -> bytes:
    return f"paper:{code}".encode()
