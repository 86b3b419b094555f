"""Accounts of those who reported together, as rows of inputs: a name, a bank and a number each (F26)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.http import QueryDict

from jingban.benefits import service as benefits
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.processes.needs import MOST_PAYEES, PAYEE_PARTS, payees_of
from jingban.rulebook import publish

NEED = "reward_payees"
KEYS = ("name", "bank", "number")
KEPT = "不用更正的，开户行和账号留空，仍付到原来登记的账户"
HINTS = ("与银行卡的户名一致", "写到支行，例如某某银行某某支行", "银行卡或存折上的账号")


def inputs(
    view: CaseView, act: str, typed: QueryDict | None, said: Mapping[str, str] | None
) -> Iterator[tuple[str, str, str, str]]:
    """Id, label, hint and value of each input: a row for each who reported, by name until somebody typed another."""
    if said is None:
        said = answers_of(view, publish.version(view.version_id).item)
    names = benefits.reporters_named(said.get("reporter_name", ""), said.get("joint_reporters", "")) or ("",)
    known = len(names) > 1 and len(payees_of(said.get(NEED, ""))) == len(names)
    for n, name in enumerate(names[:MOST_PAYEES], start=1):
        whose = f"第{n}举报人的" if len(names) > 1 else ""
        for key, what, hint in zip(KEYS, PAYEE_PARTS, HINTS, strict=True):
            own = f"{act}.{NEED}.{n}.{key}"
            value = typed.get(own, "") if typed is not None else name if key == "name" else ""
            yield own, f"{whose}{what}", KEPT if known and key == "number" else hint, str(value)


def read(view: CaseView, act: str, typed: QueryDict) -> list[list[str]]:
    """The rows that were filled in; where only the name stands as the page wrote it, the row is none.

    Beside one that was filled in, an account that was named before stays as it is: only what the bank refused is typed
    anew, and no number has to be shown for it. Not where one receives for all.
    """
    found = {n: _row(act, typed, n) for n in range(1, MOST_PAYEES + 1)}
    rows = {n: row for n, row in found.items() if any(row[1:])}
    if rows and typed.get(f"{act}.receiver_agreed") != "yes":
        said = answers_of(view, publish.version(view.version_id).item)
        for n, known in enumerate(payees_of(said.get(NEED, "")), start=1):
            if n not in rows and found[n][0] == known[0]:
                rows[n] = list(known)
    return [rows[n] for n in sorted(rows)]


def _row(act: str, typed: QueryDict, n: int) -> list[str]:
    return [str(typed.get(f"{act}.{NEED}.{n}.{key}", "")).strip() for key in KEYS]
