"""Signatures over messages: an installation's own keys, the keys of others, one canonical text to sign.

A public key is written ``ed25519:<base64>``; its id is the start of its hash, so both sides name it alike.
Another algorithm (SM2) is one more entry in ``ALGORITHMS``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jingban.core.errors import DomainError


class SigningKeysWrong(DomainError):
    """The installation's own signing keys cannot be used."""

    code = "signing_keys_wrong"


class PublicKeyWrong(DomainError):
    """A text that is no public key."""

    code = "public_key_wrong"


class NotCanonical(DomainError):
    """A value that has no single written form (a fraction as a float)."""

    code = "not_canonical"


class Algorithm(Protocol):
    """A way to sign, on raw bytes."""

    def new(self) -> bytes:
        """A fresh private key."""
        ...

    def public(self, private: bytes) -> bytes:
        """The public key that belongs to it."""
        ...

    def sign(self, private: bytes, data: bytes) -> bytes:
        """The signature over the data."""
        ...

    def verifies(self, public: bytes, signature: bytes, data: bytes) -> bool:
        """Whether the signature is right; a key or signature of a wrong form is not."""
        ...


class _Ed25519:
    """RFC 8032; keys of 32 bytes, signatures of 64."""

    def new(self) -> bytes:
        return Ed25519PrivateKey.generate().private_bytes_raw()

    def public(self, private: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def sign(self, private: bytes, data: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(private).sign(data)

    def verifies(self, public: bytes, signature: bytes, data: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


ALGORITHMS: dict[str, Algorithm] = {"ed25519": _Ed25519()}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signatures can be checked with it is for the caller to know."""

    algorithm: str
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read ``ed25519:<base64>``."""
        algorithm, _, encoded = text.strip().partition(":")
        if algorithm not in ALGORITHMS:
            known = "、".join(ALGORITHMS)
            raise PublicKeyWrong(
                f"公钥应写成“算法:base64”，算法可用：{known}；请向对方索取 jingban exchange key 打印的整行。"
            )
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raw = b""
        if len(raw) != 32:
            raise PublicKeyWrong("公钥不完整，请向对方重新索取 jingban exchange key 打印的整行。")
        return cls(algorithm, raw)

    @property
    def id(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        return f"{self.algorithm}:{base64.b64encode(self.raw).decode()}"

    def verifies(self, signature: bytes, data: bytes) -> bool:
        return ALGORITHMS[self.algorithm].verifies(self.raw, signature, data)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One private key of the installation."""

    algorithm: str
    private: bytes = field(repr=False)
    public: PublicKey

    def sign(self, data: bytes) -> bytes:
        return ALGORITHMS[self.algorithm].sign(self.private, data)


@dataclass(frozen=True, slots=True)
class SigningRing:
    """The installation's keys, one of them current; older ones still verify what they signed."""

    current: SigningKey
    keys: tuple[SigningKey, ...] = field(repr=False)

    @classmethod
    def from_setting(cls, setting: Mapping[str, Any]) -> SigningRing:
        """``{"current": 1, "keys": {"1": {"algorithm": "ed25519", "key": base64}}}``."""
        try:
            keys = {int(number): _signing_key(spec) for number, spec in setting["keys"].items()}
            return cls(keys[int(setting["current"])], tuple(keys.values()))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SigningKeysWrong(
                "签名密钥设置 JINGBAN_SIGNING_KEYS 不完整，应有 current、keys，请对照 docs/operations 检查。"
            ) from error

    @property
    def public_keys(self) -> tuple[PublicKey, ...]:
        return tuple(key.public for key in self.keys)


def _signing_key(spec: Mapping[str, str]) -> SigningKey:
    name, raw = spec["algorithm"], base64.b64decode(spec["key"], validate=True)
    return SigningKey(name, raw, PublicKey(name, ALGORITHMS[name].public(raw)))


def new_signing_setting(algorithm: str = "ed25519") -> dict[str, Any]:
    """A fresh setting with one key, for a new installation; write it where only the server reads it."""
    key = base64.b64encode(ALGORITHMS[algorithm].new()).decode()
    return {"current": 1, "keys": {"1": {"algorithm": algorithm, "key": key}}}


def signing_ring() -> SigningRing:
    """The ring of ``settings.JINGBAN_SIGNING_KEYS``; built once for one setting."""
    from django.conf import settings

    setting = settings.JINGBAN_SIGNING_KEYS
    if not _rings or _rings[0][0] is not setting:
        _rings[:] = [(setting, SigningRing.from_setting(setting))]
    return _rings[0][1]


# The setting is kept beside its ring, so that its identity cannot be taken over by another object.
_rings: list[tuple[Mapping[str, Any], SigningRing]] = []


def canonical(value: Any) -> bytes:
    """The one text of a JSON value: sorted keys, no blanks, UTF-8. Amounts are texts; floats are refused."""
    _no_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _no_floats(value: Any) -> None:
    if isinstance(value, float):
        raise NotCanonical('签名的内容里不能有小数，金额请写成文字，例如 "12.30"。')
    if isinstance(value, Mapping):
        for name, part in value.items():
            if not isinstance(name, str):
                raise NotCanonical("签名的内容里，键应为文字。")
            _no_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _no_floats(part)
