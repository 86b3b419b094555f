"""The door for letters of other agencies: no session and no page, the signature says who it is."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse, RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jingban.cases.errors import StaleVersion
from jingban.core.errors import DomainError
from jingban.core.faults import trail
from jingban.core.localtime import SHANGHAI
from jingban.exchange.envelope import LARGEST
from jingban.exchange.errors import EnvelopeWrong, NotAddressee, SenderUnknown, SignatureWrong
from jingban.exchange.inbox import Answer, take_in
from jingban.exchange.tax import take_receipt

log = logging.getLogger(__name__)
STATUS: dict[type[DomainError], int] = {
    EnvelopeWrong: 400,
    SenderUnknown: 403,
    SignatureWrong: 403,
    NotAddressee: 404,
    StaleVersion: 409,
}


@csrf_exempt
@require_POST
def letters(request: HttpRequest) -> JsonResponse:
    """Take one letter in; what is not kept is answered with words and a status that is not 200."""
    return _answered(request, take_in)


@csrf_exempt
@require_POST
def tax(request: HttpRequest) -> JsonResponse:
    """Take in one receipt of the tax department, by the same rules."""
    return _answered(request, take_receipt)


def _answered(request: HttpRequest, take: Callable[..., Answer]) -> JsonResponse:
    try:
        answer = take(_read(request), now=datetime.now(SHANGHAI))
        return _json(answer.signed(), 200)
    except tuple(STATUS) as error:
        log.warning("a letter was not taken: %s", error.code)
        return _json({"error": error.code, "words": error.message}, STATUS[type(error)])
    except DomainError as error:
        log.error("a letter could not be taken: %s", trail(error))
        return _json({"error": error.code, "words": "系统出错，函件没有收下，请稍后重发。"}, 500)


def _read(request: HttpRequest) -> dict[str, Any]:
    """The envelope; whatever is too large or no JSON object is refused before anything looks at it."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
        data = json.loads(request.read(LARGEST + 1)) if length <= LARGEST else None
    except (ValueError, RecursionError, RawPostDataException):
        data = None
    if not isinstance(data, dict):
        raise EnvelopeWrong(f"收到的不是函件，或大于{LARGEST // 1024}KB，没有登记；请核对对方系统。")
    return data


def _json(data: dict[str, Any], status: int) -> JsonResponse:
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
