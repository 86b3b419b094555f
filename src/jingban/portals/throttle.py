"""How often somebody may try: counted in the cache by what is tried and from where, forgotten after a while."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

from jingban.core.counting import count, counted
from jingban.core.crypto import blind_index
from jingban.portals.public.progress import TooManyTries


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most so many failures in so many seconds; keys hold digests, not names."""

    name: str
    most: int
    seconds: int
    words: str

    def hold(self, *parts: str) -> None:
        """TooManyTries where it is enough."""
        if counted(self._key(parts)) >= self.most:
            raise TooManyTries(self.words)

    def failed(self, *parts: str) -> None:
        count(self._key(parts), seconds=self.seconds)

    def spend(self, *parts: str) -> None:
        """One more of what is counted whether it comes to something or not; TooManyTries where it is enough."""
        self.hold(*parts)
        self.failed(*parts)

    def clear(self, *parts: str) -> None:
        cache.delete(self._key(parts))

    def _key(self, parts: tuple[str, ...]) -> str:
        return f"{self.name}:{blind_index('throttle', '|'.join(parts)).hex()}"


def place_of(request: HttpRequest) -> str:
    """The address that a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


SIGN_IN = Throttle("sign-in", 10, 900, "输错的次数太多，请十五分钟后再试，或用手机验证码登录。")
"""Of one user name from one address."""
SIGN_IN_PLACE = Throttle("sign-in-place", 100, 900, "从这里登录失败的次数太多，请十五分钟后再试。")
"""Of all names from one address: an office behind one address has many people."""
REAL_NAME = Throttle("real-name", 5, 86_400, "今天核验的次数太多，请明天再试，或带身份证到窗口核验。")
TICKETS = Throttle("tickets", 300, 900, "从这里取的号太多，请十五分钟后再取，或直接到窗口请工作人员安排。")
"""Of one address: behind a hall's stand all its machines and telephones, each hands one to somebody every ten seconds."""
