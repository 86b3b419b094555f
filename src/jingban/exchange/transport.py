"""A letter by HTTP: one POST, no redirects, no proxies of the environment, a limited answer."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jingban.core.signing import canonical
from jingban.exchange.errors import DeliveryFailed

PATH = "/exchange/letters"
TIMEOUT_SECONDS = 20
LARGEST_ANSWER = 64 * 1024
Post = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""The address of an agency and an envelope; what the other side answers, or DeliveryFailed."""


def post(url: str, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the envelope over and read the answer."""
    status, text = _exchanged(url, canonical(envelope))
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise DeliveryFailed(
            f"对方的答复（状态{status}）认不出来，稍后自动重发；多次不成请联系对方的系统管理员。"
        )
    if status != http.client.OK:
        words = str(answer.get("words", ""))[:400] or "没有说明"
        raise DeliveryFailed(f"对方没有收下（状态{status}）：{words}")
    return answer


def _exchanged(url: str, body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    )
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
    try:
        connection.request("POST", parts.path + PATH, body, headers)
        response = connection.getresponse()
        text = response.read(LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(
            f"连不上对方的系统（{type(error).__name__}），稍后自动重发；多次不成请核对接收地址。"
        ) from None
    finally:
        connection.close()
    if len(text) > LARGEST_ANSWER:
        raise DeliveryFailed("对方的答复太长，没有读完，稍后自动重发。")
    return response.status, text
