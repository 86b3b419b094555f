"""For an agency's server: everything secret comes from the environment, and PostgreSQL is required."""

from __future__ import annotations

import json
import os

from django.core.exceptions import ImproperlyConfigured

from jingban.settings.base import *  # noqa: F403
from jingban.settings.base import DATABASES


def required(name: str, what: str = "") -> str:
    """An environment variable that has no default on purpose."""
    value = os.environ.get(name)
    if not value:
        raise ImproperlyConfigured(
            f"请设置环境变量 {name}{f'（{what}）' if what else ''}，见 docs/operations.md。"
        )
    return value


SECRET_KEY = required("JINGBAN_SECRET_KEY")
JINGBAN_KEYS = json.loads(required("JINGBAN_KEYS"))
JINGBAN_SIGNING_KEYS = json.loads(required("JINGBAN_SIGNING_KEYS"))
ALLOWED_HOSTS = required("JINGBAN_HOSTS").split(",")
JINGBAN_SITE = os.environ.get("JINGBAN_SITE") or f"https://{ALLOWED_HOSTS[0]}"
# Nobody is reached by the console, and codes would stand in the server's output: whoever wants that says so.
JINGBAN_SMS = required(
    "JINGBAN_SMS",
    "写明发短信的类；确实没有短信通道的，写 jingban.messaging.backends.Console，消息和验证码就只打印在服务器上",
)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
JINGBAN_PAYS_ILLUSTRATIVE = False
# Whether a case may end as paid without the bank is nothing to be left to a default: the agency says it.
_LIVE = required("JINGBAN_FUNDS_LIVE", "写 1，款都由资金室经银行付出；只试走流程、不真付款的写 0")
if _LIVE not in ("0", "1"):
    raise ImproperlyConfigured("环境变量 JINGBAN_FUNDS_LIVE 只能写 1 或 0，见 docs/operations.md。")
JINGBAN_FUNDS_LIVE = _LIVE == "1"
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# One count for all processes; `jingban migrate` makes the table. Above MAX_ENTRIES counters are dropped, hence so many.
CACHES = {
    "default": {
        "BACKEND": "jingban.core.counting.CountingCache",
        "LOCATION": "jingban_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    raise ImproperlyConfigured("生产环境请用 PostgreSQL：设置 DATABASE_URL=postgres://…")
