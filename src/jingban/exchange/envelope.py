"""The signed whole around a letter's body: who to whom, what, which number, in answer to what.

Signed is the canonical text of everything but ``digest`` and ``signature``; ``digest`` is its SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from jingban.core.crypto import open_sealed, seal
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.signing import SigningKey, canonical, signing_ring
from jingban.exchange.agencies import Party, agency, keys_of
from jingban.exchange.errors import EnvelopeWrong, SenderUnknown, SignatureWrong
from jingban.exchange.models import Letter

FORMAT = 1
LARGEST = 512 * 1024
"""Bytes of an envelope: 600 spans of months are a tenth of it."""
_UNSIGNED = frozenset({"digest", "signature"})


class Envelope(BaseModel):
    """What travels between agencies."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    format: Literal[1]
    uuid: UUID
    kind: Annotated[str, Field(pattern=r"^[a-z-]{1,24}$")]
    version: Annotated[int, Field(ge=1, le=1000, strict=True)]
    from_code: Annotated[str, Field(alias="from", pattern=r"^[a-z0-9-]{1,32}$")]
    to_code: Annotated[str, Field(alias="to", pattern=r"^[a-z0-9-]{1,32}$")]
    number: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,40}$")]
    refers_to: UUID | None = None
    refers_number: Annotated[str, Field(max_length=40)] = ""
    sent_at: AwareDatetime
    body: dict[str, Any]
    algorithm: Annotated[str, Field(max_length=16)]
    key: Annotated[str, Field(max_length=16)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(max_length=128)]


def signed(content: Mapping[str, Any], key: SigningKey | None = None) -> dict[str, Any]:
    """The content with key, digest and signature; by the installation's own key unless another is given."""
    key = key or signing_ring().current
    whole = {**content, "algorithm": key.algorithm, "key": key.public.id}
    text = canonical(whole)
    return {
        **whole,
        "digest": hashlib.sha256(text).hexdigest(),
        "signature": base64.b64encode(key.sign(text)).decode(),
    }


def read_envelope(data: Any) -> Envelope:
    """What came, as an envelope; anything else is refused and not kept."""
    try:
        return Envelope.model_validate(data)
    except (ValidationError, RecursionError):
        raise EnvelopeWrong(
            f"收到的不是可以识别的函件（格式第{FORMAT}版），没有登记。请核对双方系统的版本。"
        ) from None


def checked_sender(data: Mapping[str, Any], from_code: str, now: datetime) -> Party:
    """The agency that signed these data, proved by its key; otherwise nothing is taken."""
    day = local_day(now)
    party = agency(from_code, day)
    if party is None:
        raise SenderUnknown(f"发函机构“{from_code}”没有在本机构登记，函件没有收下。请先互相登记机构和公钥。")
    keys = {key.id: key for key in keys_of(party, day)}
    key = keys.get(str(data.get("key", "")))
    if key is None or key.algorithm != data.get("algorithm"):
        raise SenderUnknown(
            f"“{party.name}”用的签名公钥没有在本机构登记或已过有效期，函件没有收下。请重新登记公钥。"
        )
    try:
        text = canonical({name: value for name, value in data.items() if name not in _UNSIGNED})
        signature = base64.b64decode(str(data.get("signature", "")), validate=True)
    except (DomainError, ValueError, RecursionError):  # also what is no base64 and no Unicode
        raise SignatureWrong(_CHANGED) from None
    if hashlib.sha256(text).hexdigest() != data.get("digest") or not key.verifies(signature, text):
        raise SignatureWrong(_CHANGED)
    return party


_CHANGED = "函件的签名对不上，内容可能在途中被改动，没有收下。请对方核对密钥后重发。"


def sealed_envelope(direction: str, uuid: UUID, envelope: Mapping[str, Any]) -> bytes:
    """The whole envelope as its row keeps it."""
    return seal(canonical(envelope).decode(), context=context_of(direction, uuid))


def opened_envelope(letter: Letter) -> dict[str, Any]:
    """The envelope again, for the delivery and for whoever may see the case."""
    text = open_sealed(bytes(letter.envelope), context=context_of(letter.direction, letter.uuid))
    found: dict[str, Any] = json.loads(text)
    return found


def context_of(direction: str, uuid: UUID) -> bytes:
    """Where a sealed envelope belongs; moved elsewhere it does not open."""
    return f"letter:{direction}:{uuid.hex}".encode()
