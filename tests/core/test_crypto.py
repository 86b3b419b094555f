"""Sealed fields: only the right key, place and bytes open them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.core import crypto
from jingban.core.crypto import Keyring, KeysWrong, SealBroken, new_setting

CONTEXT = b"case:12:applicant_name"
SETTINGS = {name: new_setting(name) for name in crypto.ALGORITHMS}
RINGS = {name: Keyring.from_setting(setting) for name, setting in SETTINGS.items()}


@pytest.fixture(params=sorted(RINGS))
def ring(request: pytest.FixtureRequest) -> Keyring:
    return RINGS[request.param]


@given(text=st.text(), context=st.binary(max_size=40))
@pytest.mark.parametrize("algorithm", sorted(RINGS))
def test_opens_what_it_sealed(algorithm: str, text: str, context: bytes) -> None:
    ring = RINGS[algorithm]
    token = ring.seal(text, context=context)
    assert ring.open_sealed(token, context=context) == text
    assert ring.open_sealed(memoryview(token), context=context) == text  # type: ignore[arg-type]
    assert len(token) == len(text.encode()) + 31
    assert token != ring.seal(text, context=context)


def test_every_changed_bit_is_noticed(ring: Keyring) -> None:
    token = ring.seal("张三", context=CONTEXT)
    for place in range(len(token) * 8):
        changed = bytearray(token)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            ring.open_sealed(bytes(changed), context=CONTEXT)


def test_every_cut_is_noticed(ring: Keyring) -> None:
    token = ring.seal("张三", context=CONTEXT)
    for length in range(len(token)):
        with pytest.raises(SealBroken):
            ring.open_sealed(token[:length], context=CONTEXT)


def test_another_row_does_not_open_it(ring: Keyring) -> None:
    token = ring.seal("张三", context=CONTEXT)
    with pytest.raises(SealBroken, match="不属于这条记录") as caught:
        ring.open_sealed(token, context=b"case:13:applicant_name")
    assert caught.value.details["reason"] == "tag"


def test_another_installation_does_not_open_it(ring: Keyring) -> None:
    other = Keyring.from_setting(new_setting())
    with pytest.raises(SealBroken):
        other.open_sealed(ring.seal("张三", context=CONTEXT), context=CONTEXT)


def test_rotation_keeps_old_tokens_open_and_reseals_them() -> None:
    setting = SETTINGS["aes-256-gcm"]
    old = RINGS["aes-256-gcm"]
    fresh: dict[str, Any] = new_setting("sm4-gcm")
    both = {**setting, "current": 2, "keys": {**setting["keys"], "2": fresh["keys"]["1"]}}
    ring = Keyring.from_setting(json.loads(json.dumps(both)))
    token = old.seal("张三", context=CONTEXT)
    assert ring.open_sealed(token, context=CONTEXT) == "张三"
    resealed = ring.reseal(token, context=CONTEXT)
    assert resealed[:3] == bytes((1, 2, 2))
    assert ring.reseal(resealed, context=CONTEXT) == resealed
    assert ring.blind_index("citizen_id", "1") == old.blind_index("citizen_id", "1")
    only_new = Keyring.from_setting({**both, "keys": {"2": fresh["keys"]["1"]}})
    assert only_new.open_sealed(resealed, context=CONTEXT) == "张三"
    with pytest.raises(SealBroken, match="第1号密钥"):
        only_new.open_sealed(token, context=CONTEXT)


def test_sm4_gcm_agrees_with_rfc_8998() -> None:
    # RFC 8998, appendix A.1.
    cipher = crypto._Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = cipher.encrypt(nonce, plain, associated)
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert cipher.decrypt(nonce, sealed, associated) == plain


def test_blind_index_finds_equal_values_of_one_kind_only(ring: Keyring) -> None:
    index = ring.blind_index("name", "张三１")
    assert len(index) == 16
    assert index == ring.blind_index("name", "张三1")
    assert index != ring.blind_index("phone", "张三1")
    assert index != Keyring.from_setting(new_setting()).blind_index("name", "张三1")
    assert len(ring.digest("张三")) == 32
    assert ring.digest("张三") == ring.digest("张三".encode())


def test_keys_do_not_show_in_a_repr(ring: Keyring) -> None:
    assert repr(ring.index_key) not in repr(ring)
    assert "keys" not in repr(ring).replace("Keyring", "")


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {**SETTINGS["sm4-gcm"], "current": 9},
        {**SETTINGS["sm4-gcm"], "index_key": "kurz"},
        {**SETTINGS["sm4-gcm"], "keys": {"1": {"algorithm": "des", "key": ""}}},
        {**SETTINGS["sm4-gcm"], "keys": {"1": {"algorithm": "sm4-gcm", "key": "AAAA"}}},
        {**SETTINGS["sm4-gcm"], "keys": {"300": SETTINGS["sm4-gcm"]["keys"]["1"]}},
    ],
)
def test_an_unusable_setting_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(KeysWrong):
        Keyring.from_setting(setting)


def test_the_configured_ring_follows_its_setting(settings: Any) -> None:
    settings.JINGBAN_KEYS = SETTINGS["aes-256-gcm"]
    token = crypto.seal("张三", context=CONTEXT)
    assert crypto.open_sealed(token, context=CONTEXT) == "张三"
    assert crypto.keyring() is crypto.keyring()
    assert crypto.reseal(token, context=CONTEXT) == token
    assert crypto.blind_index("a", "b") == crypto.keyring().blind_index("a", "b")
    assert crypto.digest("b") == crypto.keyring().digest("b")
    settings.JINGBAN_KEYS = new_setting()
    with pytest.raises(SealBroken):
        crypto.open_sealed(token, context=CONTEXT)
