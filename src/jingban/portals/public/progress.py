"""Progress by number and query code: no sign-in, one answer for every wrong pair, few tries."""

from __future__ import annotations

import secrets

from django.core.cache import cache
from django.http import HttpRequest

from jingban.cases.errors import CaseNotFound
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read
from jingban.core.checkdigit import QueryCodeWrong, normalise_query_code
from jingban.core.errors import DomainError
from jingban.portals.numbers import CaseNumberWrong, typed_number

SEEN = "progress"
"""Session key of the case numbers whose query code this visitor has shown."""
TRIES, WINDOW = 10, 600
WRONG = "编号或查询码不对。请对照受理通知书或提交成功页重新输入；查询码共9位，不含0、1等易混的字符。"


class TooManyTries(DomainError):
    """Too many wrong pairs from one place."""

    code = "too_many_tries"


def shown_case(request: HttpRequest, number: str, code: str) -> CaseView:
    """The case of this number if the code belongs to it; which of the two is wrong is not said."""
    key = f"progress-tries:{request.META.get('REMOTE_ADDR', '')}"
    if int(cache.get(key, 0)) >= TRIES:
        raise TooManyTries("输错的次数太多，请十分钟后再查，或拨打受理窗口电话。")
    asked = typed_number(number)  # a slip of the pen costs no try: the check digit betrays no case
    row = Case.objects.filter(number=asked).values_list("pk", "query_code").first()
    if row is None or not secrets.compare_digest(row[1], _code(code)):
        cache.add(key, 0, WINDOW)
        cache.incr(key)
        raise CaseNotFound(WRONG)
    view = read(row[0])[0]
    request.session[SEEN] = [*request.session.get(SEEN, [])[-9:], view.number]
    return view


def _code(text: str) -> str:
    try:
        return normalise_query_code(text)
    except QueryCodeWrong:
        return ""


def has_shown(request: HttpRequest, number: str) -> bool:
    """Whether this visitor showed the query code of the case before."""
    try:
        return typed_number(number) in request.session.get(SEEN, [])
    except CaseNumberWrong:
        return False
