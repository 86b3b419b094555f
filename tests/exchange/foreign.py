"""An agency of another installation, as this one sees it: an address, a key, letters signed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from jingban.core.signing import ALGORITHMS, PublicKey, SigningKey
from jingban.exchange.agencies import Details, add_agency
from jingban.exchange.envelope import signed
from jingban.exchange.errors import DeliveryFailed
from tests.builders import MONDAY
from tests.registry import factories


def new_key() -> SigningKey:
    private = ALGORITHMS["ed25519"].new()
    return SigningKey("ed25519", private, PublicKey("ed25519", ALGORITHMS["ed25519"].public(private)))


@dataclass
class Foreign:
    """An agency in Shandong. ``post`` stands for the line to it: it keeps what came and answers as told."""

    code: str = "qingshan"
    place: str = "370199"
    name: str = "青山县医疗保障局"
    key: SigningKey = field(default_factory=new_key)
    state: str = "applied"
    words: str = "已登记。"
    down: bool = False
    got: list[Mapping[str, Any]] = field(default_factory=list)
    counter: int = 0

    def introduce(self, *, now: datetime = MONDAY, url: str = "https://qingshan.example") -> Foreign:
        add_agency(
            Details(self.code, name=self.name, admin_code=self.place, url=url, key=self.key.public.text),
            now=now,
        )
        return self

    def post(self, url: str, envelope: Mapping[str, Any]) -> dict[str, Any]:
        if self.down:
            raise DeliveryFailed("连不上对方的系统（OSError），稍后自动重发。")
        self.got.append(envelope)
        said = {"from": self.code, "to": envelope["from"], "state": self.state, "words": self.words}
        return signed({"uuid": envelope["uuid"], **said}, self.key)

    def letter(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        to: str,
        answers: Mapping[str, Any] | None = None,
        **rest: Any,
    ) -> dict[str, Any]:
        self.counter += 1
        content = {
            "format": 1,
            "uuid": str(uuid4()),
            "kind": kind,
            "version": 1,
            "from": self.code,
            "to": to,
            "number": body.get("letter_number", "") if kind == "contact-letter" else f"QS-{self.counter}",
            "refers_to": answers["uuid"] if answers else None,
            "refers_number": answers["number"] if answers else "",
            "sent_at": MONDAY.isoformat(),
            "body": dict(body),
        }
        return signed({**content, **rest}, self.key)

    def contact(
        self, n: int, *, to: str = "puyang", number: str = "LX370199-1", **rest: Any
    ) -> dict[str, Any]:
        """《联系函》: person ``n`` moves to this agency."""
        body = {
            "letter_number": number,
            "person": person(n),
            "from_insurance": "employee",
            "to_insurance": "employee",
            "transferor": {"name": "转出地", "admin_code": "410928"},
            "transferee": self.office,
            "payee": {"name": self.name, "bank": "青山银行", "account": "6200000000000001"},
            "date": "2026-03-02",
        }
        kind = rest.pop("kind", "contact-letter")
        return self.letter(kind, {**body, **rest.pop("body", {})}, to=to, **rest)

    def sheet(self, asked: Mapping[str, Any], *, amount: str = "500.00", **rest: Any) -> dict[str, Any]:
        """《信息表》 in answer to a letter that was sent here: two years paid."""
        body = {**self.answer_to(asked), "result": "arrived" if float(amount) else "no-balance"}
        body |= {"sheet": sheet(asked, self.place, amount), "date": "2026-03-04"}
        return self.letter(
            "info-sheet", {**body, **rest.pop("body", {})}, to=asked["from"], answers=asked, **rest
        )

    def refusal(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        body = {**self.answer_to(asked), "result": "refused", "reason": "查无此人", "date": "2026-03-04"}
        return self.letter("info-sheet", body, to=asked["from"], answers=asked)

    def funds(self, asked: Mapping[str, Any], amount: str = "500.00", **rest: Any) -> dict[str, Any]:
        body = {**self.answer_to(asked), "amount": amount, "paid_on": "2026-03-05", **rest}
        return self.letter("transfer-funds", body, to=asked["from"], answers=asked)

    def answer_to(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        body = asked["body"]
        return {
            "letter_number": body["letter_number"],
            "person": body["person"],
            "transferor": self.office,
            "transferee": {key: body["transferee"][key] for key in ("name", "admin_code", "code")},
        }

    @property
    def office(self) -> dict[str, str]:
        return {"name": self.name, "admin_code": self.place, "code": self.code}


def person(n: int) -> dict[str, str]:
    said = factories.who(n)
    return {"name": said["name"], "id_kind": "01", "id_number": said["id_number"], "phone": said["phone"]}


def sheet(asked: Mapping[str, Any], place: str, amount: str) -> dict[str, Any]:
    """The sheet itself, as ``registry.sheets`` describes it."""
    who = asked["body"]["person"]
    return {
        "letter_number": asked["body"]["letter_number"],
        "person": {
            "name": who["name"], "sex": "male", "born_on": "1980-05-01",
            "id_kind": who["id_kind"], "id_number": who["id_number"],
        },
        "transferor": {"place": place, "name": "青山县医疗保障局"},
        "transferee": {"place": asked["body"]["transferee"]["admin_code"], "name": "转入地"},
        "insurance": "310",
        "periods": [
            {
                "insurance": "310", "first": "2023-01", "last": "2024-12", "months": 24, "kind": "paid",
                "base": "5000.00", "place": place,
            }
        ],
        "months_paid": 24,
        "months_deemed": 0,
        "account_balance": amount,
        "transfer_amount": amount,
        "date": "2026-03-04",
    }  # fmt: skip
