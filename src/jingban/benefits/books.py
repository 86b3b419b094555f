"""The parameters as they were: each decision keeps the book that it was worked out by, under its hash."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from jingban.benefits.models import FigureBook
from jingban.core.parameters import Parameter
from jingban.rulebook.figures import figures

Table = Mapping[str, Parameter]

_last: dict[str, tuple[Table, str, bytes]] = {}
"""The book of each region as it was frozen last: the parameters, their hash, and the text."""


def current(region: str) -> Table:
    """The parameters of a region as its files say them now."""
    return figures(region)


def keep(region: str, now: datetime) -> FigureBook:
    """The book of today's parameters; the same content is one row."""
    digest, content = _frozen(region)
    book, _ = FigureBook.objects.get_or_create(
        region=region, digest=digest, defaults={"content": content, "kept_at": now}
    )
    return book


def digest(region: str) -> str:
    """The hash of today's parameters."""
    return _frozen(region)[0]


def table(book: FigureBook) -> Table:
    """The parameters of a kept book."""
    return _opened(book.pk, book.digest)


def is_whole(book: FigureBook) -> bool:
    """Whether a book still says what its hash was made of."""
    return hashlib.sha256(zlib.decompress(bytes(book.content))).hexdigest() == book.digest


def _frozen(region: str) -> tuple[str, bytes]:
    """Frozen once for as long as the files stay as they are: edited ones come as another table."""
    now = figures(region)
    if region not in _last or _last[region][0] is not now:
        found = {name: parameter.model_dump(mode="json") for name, parameter in sorted(now.items())}
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        _last[region] = (now, hashlib.sha256(text).hexdigest(), zlib.compress(text, 9))
    return _last[region][1:]


@lru_cache(maxsize=64)
def _opened(pk: int, digest: str) -> dict[str, Parameter]:
    content = FigureBook.objects.values_list("content", flat=True).get(pk=pk, digest=digest)
    data = json.loads(zlib.decompress(bytes(content)))
    return {name: Parameter.model_validate(parameter) for name, parameter in data.items()}
