"""Progress by number and query code: no sign-in, one answer for every wrong pair, few tries."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.http import HttpRequest

from jingban.cases.errors import CaseNotFound
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read
from jingban.core.checkdigit import QueryCodeWrong, normalise_query_code
from jingban.core.counting import count, counted
from jingban.core.errors import DomainError
from jingban.portals import doors
from jingban.portals.numbers import CaseNumberWrong, typed_number

SEEN = "progress"
"""Session key: when this visitor showed the query code of which case number."""
SHOWN_FOR = timedelta(minutes=30)
"""So long a case stays open by its code: the next one at the same screen has not shown it."""
MOST_SHOWN = 10
TRIES, WINDOW = 10, 600
WRONG = "编号或查询码不对。请对照受理通知书或提交成功页重新输入；查询码共9位，不含0、1等易混的字符。"


class TooManyTries(DomainError):
    """Too many wrong pairs from one place."""

    code = "too_many_tries"


def shown_case(request: HttpRequest, number: str, code: str) -> CaseView:
    """The case of this number if the code belongs to it; which of the two is wrong is not said."""
    key = f"progress-tries:{request.META.get('REMOTE_ADDR', '')}"
    if counted(key) >= TRIES:
        raise TooManyTries("输错的次数太多，请十分钟后再查，或拨打受理窗口电话。")
    asked = typed_number(number)  # a slip of the pen costs no try: the check digit betrays no case
    row = Case.objects.filter(number=asked).values_list("pk", "query_code").first()
    if row is None or not secrets.compare_digest(row[1], _code(code)):
        count(key, seconds=WINDOW)
        raise CaseNotFound(WRONG)
    view = read(row[0])[0]
    latest = sorted(_shown(request).items(), key=lambda one: one[1])[1 - MOST_SHOWN :]
    request.session[SEEN] = {**dict(latest), view.number: doors.now().timestamp()}
    return view


def _shown(request: HttpRequest) -> dict[str, float]:
    """Numbers whose code was shown a short while ago, each with the instant."""
    held, since = request.session.get(SEEN), (doors.now() - SHOWN_FOR).timestamp()
    if not isinstance(held, dict):  # sessions of older versions held numbers without an instant
        return {}
    return {number: at for number, at in held.items() if at > since}


def _code(text: str) -> str:
    try:
        return normalise_query_code(text)
    except QueryCodeWrong:
        return ""


def has_shown(request: HttpRequest, number: str) -> bool:
    """Whether this visitor showed the query code of the case within the last half hour."""
    try:
        return typed_number(number) in _shown(request)
    except CaseNumberWrong:
        return False
