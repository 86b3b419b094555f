"""What every contestant does: the standard procedure, in the same mix, with the same texts.

Of ten cases seven go straight, two are sent back once, one is refused: 3.4 acts a case on average.
"""

from __future__ import annotations

from functools import cache

STRAIGHT, SENT_BACK, REFUSED = "straight", "sent_back", "refused"
MIX = (STRAIGHT,) * 3 + (SENT_BACK,) + (STRAIGHT,) * 2 + (REFUSED,) + (STRAIGHT,) * 2 + (SENT_BACK,)
STEPS = {
    STRAIGHT: ("apply", "accept", "approve"),
    SENT_BACK: ("apply", "notify", "resubmit", "accept", "approve"),
    REFUSED: ("apply", "accept", "refuse"),
}
APPLICANTS = 500
_DIGITS = "零一二三四五六七八九"
FIRST_CLERK, FIRST_REVIEWER = 1_000_000, 2_000_000

_REMARK = "本人因工作单位变更，原登记的联系地址和联系电话已经停用，现按要求提供新的信息，请予以核对更新；"
NOTE = (_REMARK * 7)[:280]
REASON = "经核对，所交材料与登记信息不一致，不能证明变更事项"[:26] + "。"
BASIS = "社会保险经办条例第十条及本市办事指南所列受理条件部分"[:26] + "。"


def kind_of(count: int) -> str:
    """Which way the lifecycle of this number takes."""
    return MIX[count % len(MIX)]


def entry_of(process: int, count: int, entries: int) -> int:
    """Which of the published entries the lifecycle is of: processes begin at different ones."""
    return (process * 3 + count) % entries


@cache
def form(number: int) -> dict[str, str]:
    """The answers of an applicant: about 1 kB as JSON. Invented; the identity number is only well-formed."""
    return {
        "name": "演练" + "".join(_DIGITS[int(digit)] for digit in f"{number:03d}"),
        "id_number": identity_number(number), "phone": f"010{number:08d}", "note": NOTE,
    }  # fmt: skip


def identity_number(number: int) -> str:
    """A citizen number with the right check digit (GB 11643), made from a count."""
    body = f"110105{1950 + number % 50}0101{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return body + "10X98765432"[rest]
