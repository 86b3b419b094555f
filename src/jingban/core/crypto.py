"""Field encryption for personal data: sealed values, blind indexes for search, digests for events.

A token is ``version(1) algorithm(1) key id(1) nonce(12) ciphertext tag(16)``; the head and the caller's
context (``b"case:12:applicant_name"``) are authenticated, so a token moved to another row or another
field does not open. Nonces are random: change the key long before 2**32 tokens (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jingban.core.errors import DomainError

VERSION = 1
ALGORITHMS = {"aes-256-gcm": 1, "sm4-gcm": 2}
_KEY_BYTES = {1: 32, 2: 16}
_HEAD, _NONCE, _TAG = 3, 12, 16


class SealBroken(DomainError):
    """A sealed value does not open: wrong key, wrong place, or somebody changed it."""

    code = "seal_broken"


class KeysWrong(DomainError):
    """The key setting cannot be used."""

    code = "keys_wrong"


class _Sm4Gcm:
    """SM4-GCM (GB/T 32907) with the interface of ``AESGCM``."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        work = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(associated)
        return work.update(data) + work.finalize() + work.tag

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        work = Cipher(self._algorithm, modes.GCM(nonce, data[-_TAG:])).decryptor()
        work.authenticate_additional_data(associated)
        return work.update(data[:-_TAG]) + work.finalize()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the ring."""

    id: int
    algorithm: int
    cipher: AESGCM | _Sm4Gcm = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """Several keys, one of them current: what older keys sealed still opens (rotation)."""

    current: Key
    keys: Mapping[int, Key] = field(repr=False)
    index_key: bytes = field(repr=False)
    _index_keys: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_setting(cls, setting: Mapping[str, Any]) -> Keyring:
        """``{"current": 1, "keys": {"1": {"algorithm": …, "key": base64}}, "index_key": base64}``."""
        try:
            keys = {int(name): _key(int(name), spec) for name, spec in setting["keys"].items()}
            current = keys[int(setting["current"])]
            index_key = _decode(setting["index_key"], 32, "index_key")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise KeysWrong(
                "密钥设置 JINGBAN_KEYS 不完整，应有 current、keys、index_key，请对照 docs/operations 检查。"
            ) from error
        return cls(current=current, keys=keys, index_key=index_key)

    def seal(self, plaintext: str, *, context: bytes) -> bytes:
        """Encrypt a text for one place only."""
        return self.seal_bytes(plaintext.encode(), context=context)

    def seal_bytes(self, plain: bytes, *, context: bytes) -> bytes:
        """Encrypt the content of a file for one place only."""
        key = self.current
        head = bytes((VERSION, key.algorithm, key.id))
        nonce = secrets.token_bytes(_NONCE)
        return head + nonce + key.cipher.encrypt(nonce, plain, head + context)

    def open_sealed(self, token: bytes, *, context: bytes) -> str:
        """Decrypt what ``seal`` gave for the same context."""
        try:
            return self.open_bytes(token, context=context).decode()
        except UnicodeDecodeError:
            raise _spoilt() from None

    def open_bytes(self, token: bytes, *, context: bytes) -> bytes:
        """Decrypt what ``seal_bytes`` gave for the same context."""
        token = bytes(token)  # PostgreSQL hands over a memoryview
        head, nonce = token[:_HEAD], token[_HEAD : _HEAD + _NONCE]
        if len(token) < _HEAD + _NONCE + _TAG or head[0] != VERSION:
            raise SealBroken("加密的内容不完整或格式不认识，不能打开。请报告系统管理员。", reason="form")
        key = self.keys.get(head[2])
        if key is None or key.algorithm != head[1]:
            raise SealBroken(
                f"加密的内容要用第{head[2]}号密钥打开，现在没有这把密钥。请系统管理员恢复密钥。",
                reason="key",
                key=head[2],
            )
        try:
            return key.cipher.decrypt(nonce, token[_HEAD + _NONCE :], head + context)
        except InvalidTag:
            raise _spoilt() from None

    def reseal(self, token: bytes, *, context: bytes) -> bytes:
        """The same content under the current key; unchanged where it already is."""
        token = bytes(token)
        if token[:_HEAD] == bytes((VERSION, self.current.algorithm, self.current.id)):
            return token
        return self.seal_bytes(self.open_bytes(token, context=context), context=context)

    def blind_index(self, kind: str, value: str) -> bytes:
        """Sixteen bytes by which an encrypted value can be found again; equal values of one kind agree."""
        normal = unicodedata.normalize("NFKC", value)
        return hmac.digest(self._derived(f"index:{kind}"), normal.encode(), "sha256")[:16]

    def digest(self, value: str | bytes) -> bytes:
        """What an event keeps of a personal value: nobody without the key can try values against it."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.digest(self._derived("digest"), data, "sha256")

    def _derived(self, purpose: str) -> bytes:
        key = self._index_keys.get(purpose)
        if key is None:
            key = hmac.digest(self.index_key, b"jingban:" + purpose.encode(), "sha256")
            self._index_keys[purpose] = key
        return key


def _spoilt() -> SealBroken:
    text = "加密的内容被改动过，或不属于这条记录，不能打开。请报告系统管理员。"
    return SealBroken(text, reason="tag")


def _key(number: int, spec: Mapping[str, str]) -> Key:
    if not 0 < number < 256:
        raise KeysWrong(f"密钥编号“{number}”不对，应在1至255之间。")
    algorithm = ALGORITHMS.get(spec["algorithm"])
    if algorithm is None:
        raise KeysWrong(f"第{number}号密钥的算法“{spec['algorithm']}”不认识，可用：{'、'.join(ALGORITHMS)}。")
    raw = _decode(spec["key"], _KEY_BYTES[algorithm], f"第{number}号密钥")
    return Key(id=number, algorithm=algorithm, cipher=AESGCM(raw) if algorithm == 1 else _Sm4Gcm(raw))


def _decode(text: str, size: int, name: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise KeysWrong(f"{name}不是base64，请重新生成。") from None
    if len(raw) != size:
        raise KeysWrong(f"{name}应为{size}字节，现在是{len(raw)}字节，请重新生成。")
    return raw


def new_setting(algorithm: str = "aes-256-gcm") -> dict[str, Any]:
    """A fresh key setting with one key, for a new installation; write it where only the server reads it."""
    size = _KEY_BYTES[ALGORITHMS[algorithm]]
    return {
        "current": 1,
        "keys": {"1": {"algorithm": algorithm, "key": _encode(secrets.token_bytes(size))}},
        "index_key": _encode(secrets.token_bytes(32)),
    }


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def keyring() -> Keyring:
    """The ring of ``settings.JINGBAN_KEYS``; built once for one setting."""
    from django.conf import settings

    setting = settings.JINGBAN_KEYS
    if not _rings or _rings[0][0] is not setting:
        _rings[:] = [(setting, Keyring.from_setting(setting))]
    return _rings[0][1]


# The setting is kept beside its ring, so that its identity cannot be taken over by another object.
_rings: list[tuple[Mapping[str, Any], Keyring]] = []


def seal(plaintext: str, *, context: bytes) -> bytes:
    """``Keyring.seal`` by the configured keys."""
    return keyring().seal(plaintext, context=context)


def seal_bytes(plain: bytes, *, context: bytes) -> bytes:
    """``Keyring.seal_bytes`` by the configured keys."""
    return keyring().seal_bytes(plain, context=context)


def open_bytes(token: bytes, *, context: bytes) -> bytes:
    """``Keyring.open_bytes`` by the configured keys."""
    return keyring().open_bytes(token, context=context)


def open_sealed(token: bytes, *, context: bytes) -> str:
    """``Keyring.open_sealed`` by the configured keys."""
    return keyring().open_sealed(token, context=context)


def reseal(token: bytes, *, context: bytes) -> bytes:
    """``Keyring.reseal`` by the configured keys."""
    return keyring().reseal(token, context=context)


def blind_index(kind: str, value: str) -> bytes:
    """``Keyring.blind_index`` by the configured keys."""
    return keyring().blind_index(kind, value)


def digest(value: str | bytes) -> bytes:
    """``Keyring.digest`` by the configured keys."""
    return keyring().digest(value)
