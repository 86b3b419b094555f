"""What is personal in the funds: who is paid on which account, and the files that say it."""

from __future__ import annotations

import json

from jingban.core.crypto import open_bytes, open_sealed, seal, seal_bytes
from jingban.funds.payees import Payee


def sealed_payee(region: str, subject: str, attempt: int, payee: Payee) -> bytes:
    """The payee of one attempt; moved to another it does not open."""
    text = json.dumps([payee.name, payee.bank, payee.account], ensure_ascii=False)
    return seal(text, context=payee_context(region, subject, attempt))


def opened_payee(region: str, subject: str, attempt: int, token: bytes | memoryview) -> Payee:
    """The payee again, for whoever may see it."""
    name, bank, account = json.loads(
        open_sealed(bytes(token), context=payee_context(region, subject, attempt))
    )
    return Payee(name, bank, account)


def sealed_file(what: str, content: bytes) -> bytes:
    """A file as the table keeps it; ``what`` says which one it is."""
    return seal_bytes(content, context=file_context(what))


def opened_file(what: str, token: bytes | memoryview) -> bytes:
    """Its bytes again."""
    return open_bytes(bytes(token), context=file_context(what))


def sealed_number(region: str, kind: str, number: str) -> bytes:
    """The number of an own account."""
    return seal(number, context=number_context(region, kind))


def opened_number(region: str, kind: str, token: bytes | memoryview) -> str:
    """The number again."""
    return open_sealed(bytes(token), context=number_context(region, kind))


def payee_context(region: str, subject: str, attempt: int) -> bytes:
    return f"funds:payee:{region}:{subject}:{attempt}".encode()


def file_context(what: str) -> bytes:
    return f"funds:file:{what}".encode()


def number_context(region: str, kind: str) -> bytes:
    return f"funds:own:{region}:{kind}".encode()


def return_name(region: str, digest: bytes) -> str:
    """What a file of the bank is sealed under: there is one of a content."""
    return f"return:{region}:{digest.hex()}"
