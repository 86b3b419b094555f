"""The check refuses every fault a procedure can have, each in words that say where and what."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from jingban.processes.check import problems
from tests.builders import merged, process_of

SOUND: dict[str, Any] = {
    "steps": {
        "accept": {
            "name": "受理",
            "by": "window",
            "do": {
                "accept": {"name": "受理", "to": "review", "needs": ["checklist"], "starts": "promise"},
                "notify": {"name": "告知", "to": "supplement", "needs": ["missing_materials"]},
            },
        },
        "supplement": {
            "name": "补正",
            "by": "applicant",
            "paused": "promise",
            "do": {"resubmit": {"name": "补正", "to": "accept", "needs": ["brought_materials"]}},
            "after": {"limit": "supplement-days", "to": "lapsed"},
        },
        "review": {
            "name": "审核",
            "by": "reviewer",
            "not_by": "accept",
            "do": {
                "approve": {
                    "name": "通过",
                    "needs": ["violations"],
                    "to": [{"when": "violations-found", "to": "accept"}, {"to": "close"}],
                },
                "refuse": {"name": "不予", "to": "refused", "needs": ["reason", "basis"]},
            },
        },
        "close": {"name": "登记", "by": "system", "do": {"close": {"name": "登记", "to": "granted"}}},
    },
    "ends": {
        "granted": {
            "name": "办结",
            "outcome": "granted",
            "follows": {"archive": {"name": "归档", "by": "window"}},
        },
        "refused": {"name": "不予办理", "outcome": "refused"},
        "lapsed": {"name": "逾期", "outcome": "lapsed"},
    },
    "common": {
        "extend": {
            "name": "延长",
            "by": "head",
            "where": ["review"],
            "needs": ["working_days"],
            "extends": "promise",
        },
        "promise": {
            "name": "承诺",
            "by": "window",
            "where": ["accept"],
            "records": "owed",
            "needs": ["promised_materials", "owed_due"],
        },
        "fulfil": {
            "name": "核实",
            "by": "window",
            "where": ["review"],
            "records": "settled",
            "needs": ["settled_materials"],
            "on_ends": True,
        },
    },
}


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        *keys, last = path.split("/")
        for key in keys:
            data = data[key]
        if value is None:
            del data[last]
        else:
            data[last] = value

    return change


WAY_OUT = {"name": "出", "to": "granted"}
FAULTS: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("no such target", _set("steps/accept/do/accept/to", "nowhere"), "去往不存在的环节 nowhere"),
    ("no such first step", _set("first", "nowhere"), "去往不存在的环节 nowhere"),
    ("timer to nowhere", _set("steps/supplement/after/to", "nowhere"), "不存在的环节 nowhere"),
    ("common act in no step", _set("common/extend/where", ["nowhere"]), "写在不存在的环节 nowhere"),
    ("common act to nowhere", _set("common/extend/to", "nowhere"), "不存在的环节 nowhere"),
    ("both step and end", _set("ends/review", {"name": "x", "outcome": "ended"}), "既是环节又是结局"),
    (
        "step nobody reaches",
        _set("steps/lost", {"name": "迷", "by": "window", "do": {"out": WAY_OUT}}),
        "lost 无法到达",
    ),
    ("end nobody reaches", _set("ends/lost", {"name": "迷", "outcome": "ended"}), "lost 无法到达"),
    ("no way to an end", _set("steps/review/do/approve/to", "review"), "granted 无法到达"),
    (
        "no way out",
        _set("steps/review/do", {"again": {"name": "再", "to": "review"}}),
        "review 走不到任何结局",
    ),
    ("system circle", _set("steps/close/do/close/to", "close"), "绕回自己"),
    (
        "last way with a condition",
        _set("steps/review/do/approve/to", [{"when": "violations-found", "to": "close"}]),
        "最后一条去向不能带条件",
    ),
    (
        "way without a condition before the last",
        _set("steps/review/do/approve/to", [{"to": "close"}, {"to": "accept"}]),
        "后面的去向永远走不到",
    ),
    ("no way at all", _set("steps/review/do/approve/to", []), "没有写去向"),
    (
        "first way with a condition",
        _set("first", [{"when": "self-service", "to": "accept"}]),
        "首个环节：最后一条",
    ),
    (
        "unknown predicate",
        _set("steps/review/do/approve/to", [{"when": "full-moon", "to": "accept"}, {"to": "close"}]),
        "条件 full-moon 不认识",
    ),
    ("fork by what nobody states", _set("steps/review/do/approve/needs", []), "却没有行为填写它"),
    ("unknown need", _set("steps/accept/do/accept/needs", ["blood"]), "不认识的内容 blood"),
    (
        "unknown need of a common act",
        _set("common/extend/needs", ["working_days", "blood"]),
        "不认识的内容 blood",
    ),
    (
        "unknown need after an end",
        _set("ends/granted/follows/archive/needs", ["blood"]),
        "不认识的内容 blood",
    ),
    ("unknown clock started", _set("steps/accept/do/accept/starts", "sundial"), "不存在的时钟 sundial"),
    ("unknown clock ended", _set("steps/accept/do/accept/ends", "sundial"), "不存在的时钟 sundial"),
    ("unknown clock paused", _set("steps/supplement/paused", "sundial"), "不存在的时钟 sundial"),
    ("unknown clock extended", _set("common/extend/extends", "sundial"), "不存在的时钟 sundial"),
    ("extension without days", _set("common/extend/needs", ["reason"]), "必须写明工作日数"),
    ("refusal without reason", _set("steps/review/do/refuse/needs", ["basis"]), "必须写明理由和依据"),
    ("refusal without basis", _set("steps/review/do/refuse/needs", ["reason"]), "必须写明理由和依据"),
    ("refusal by a timer", _set("steps/supplement/after/to", "refused"), "先经过一个写明理由和依据的环节"),
    ("refusal by a common act", _set("common/extend/to", "refused"), "先经过一个写明理由和依据的环节"),
    (
        "refusal by a vote",
        _set("steps/review/panel", {"seats": 3, "quorum": 3, "pass": 2, "yes": "close", "no": "refused"}),
        "先经过一个写明理由和依据的环节",
    ),
    (
        "refusal by an objection",
        _set("steps/review/notice", {"limit": "supplement-days", "quiet": "close", "objection": "refused"}),
        "先经过一个写明理由和依据的环节",
    ),
    ("nobody's step", _set("steps/accept/by", []), "没有写由谁办理"),
    ("nobody's common act", _set("common/extend/by", []), "没有写由谁办理"),
    ("nobody's follow-up", _set("ends/granted/follows/archive/by", []), "没有写由谁办理"),
    ("nothing to do", _set("steps/review/do", {}), "没有人能做任何事"),
    ("system with two acts", _set("steps/close/do/other", WAY_OUT), "恰有一个行为"),
    ("system that asks", _set("steps/close/do/close/needs", ["reason"]), "由系统办理，不能要求填写"),
    (
        "system that waits",
        _set("steps/close/after", {"limit": "supplement-days", "to": "granted"}),
        "进入即过",
    ),
    (
        "after and notice",
        _set(
            "steps/supplement/notice", {"limit": "supplement-days", "quiet": "accept", "objection": "accept"}
        ),
        "after 与 notice 只能有一个",
    ),
    (
        "panel that cannot pass",
        _set("steps/review/panel", {"seats": 3, "quorum": 2, "pass": 3, "yes": "close", "no": "accept"}),
        "通过票数 ≤ 法定人数 ≤ 席位",
    ),
    (
        "panel larger than its seats",
        _set("steps/review/panel", {"seats": 3, "quorum": 4, "pass": 2, "yes": "close", "no": "accept"}),
        "通过票数 ≤ 法定人数 ≤ 席位",
    ),
    ("not by no such step", _set("steps/review/not_by", "nowhere"), "not_by 写了不存在的环节"),
    ("common act on an end", _set("common/extend/where", ["review", "granted"]), "请改用 on_ends"),
    (
        "act named like a common act",
        _set("steps/accept/do/extend", {"name": "x", "to": "review"}),
        "与共用行为重名",
    ),
    (
        "follow-up named like a common act",
        _set("ends/granted/follows/fulfil", {"name": "x", "by": "window"}),
        "与共用行为重名",
    ),
    (
        "act named like a word of the engine",
        _set("steps/accept/do/after", {"name": "x", "to": "review"}),
        "保留的名称",
    ),
    ("promise without a day", _set("common/promise/needs", ["promised_materials"]), "材料和补交期限"),
    ("settling without materials", _set("common/fulfil/needs", []), "settled_materials"),
    ("unknown limit", _set("steps/supplement/after/limit", "forever"), "期限 forever 没有对应的参数文件"),
    ("unknown limit of a clock", _set("clocks", {"c": {"name": "c", "limit": "forever"}}), "期限 forever"),
    ("unknown role", _set("steps/accept/by", "wizard"), "角色 wizard 不在 roles.yaml 中"),
    ("unknown role of a follow-up", _set("ends/granted/follows/archive/by", "wizard"), "角色 wizard"),
]
ROLES = ("applicant", "window", "reviewer", "head", "system")


def _problems(data: dict[str, Any]) -> list[str]:
    rest = {k: v for k, v in data.items() if k not in ("steps", "ends")}
    return problems(process_of(data["steps"], data["ends"], **rest), limits=("supplement-days",), roles=ROLES)


def test_a_sound_procedure_has_no_problem() -> None:
    assert _problems(SOUND) == []


@pytest.mark.parametrize(("fault", "change", "says"), FAULTS, ids=[f[0] for f in FAULTS])
def test_each_fault_is_found_and_said(
    fault: str, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    data = deepcopy(SOUND)
    change(data)
    found = _problems(data)
    assert any(says in text for text in found), (fault, found)


@pytest.mark.parametrize("name", sorted(merged()))
def test_every_national_procedure_is_sound(name: str) -> None:
    assert problems(merged()[name]) == []


def test_names_of_limits_and_roles_are_checked_only_where_known() -> None:
    data = deepcopy(SOUND)
    data["steps"]["accept"]["by"] = "wizard"
    assert problems(process_of(data["steps"], data["ends"], common=data["common"])) == []
