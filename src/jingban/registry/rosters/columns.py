"""The columns of a roster: the questions of the entry's own form, and what else people call them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from jingban.registry.errors import RegistryError
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem, FormField

UNIT, VILLAGE = "unit", "village"
EFFECTS = {UNIT: "registry.enrol_employee", VILLAGE: "registry.enrol_resident"}
REQUIRED = {
    UNIT: frozenset({"name", "id_number", "from_date"}),
    VILLAGE: frozenset({"name", "id_number", "resident_kind", "insured_year"}),
}
LEFT_OUT = frozenset(
    {"roster", "unit_credit_code", "note", "agent_name", "agent_id_number", "agent_relation"}
)
"""Of the case, not of a line."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "职工姓名", "人员姓名", "参保人姓名", "居民姓名"),
    "id_kind": ("证件种类", "证件类型", "证件类别"),
    "id_number": (
        "证件号码",
        "身份证号码",
        "身份证号",
        "公民身份号码",
        "证件号",
        "社会保障号码",
        "社会保障号",
    ),
    "phone": ("手机号码", "手机号", "手机", "联系电话", "电话"),
    "sex": ("性别",),
    "born_on": ("出生日期", "出生年月日"),
    "address": ("联系地址", "地址", "家庭住址", "住址"),
    "place": ("所在村", "村", "村名称", "社区", "村社区", "行政村"),
    "employee_operation": ("业务类型", "变更类型", "增减类型", "办理类型"),
    "from_date": ("起始日期", "参保日期", "参保时间", "入职日期", "变更日期", "开始日期", "生效日期"),
    "monthly_wage": ("月缴费工资", "缴费工资", "月工资", "缴费基数", "月缴费基数", "工资"),
    "deemed_months": ("视同缴费月数",),
    "resident_kind": ("居民类别", "人员类别", "参保人员类别"),
    "insured_year": ("参保年度", "年度", "缴费年度"),
}
CHOICE_WORDS: dict[str, dict[str, str]] = {
    "id_kind": {
        "身份证": "01", "户口簿": "01", "居民户口簿": "01", "香港通行证": "04", "澳门通行证": "05",
        "台湾通行证": "06", "台胞证": "06", "外国人永居证": "07", "外国人永久居留证": "07", "护照": "08",
    },
    "sex": {"男性": "male", "女性": "female"},
    "employee_operation": {
        "新增": "add", "增员": "add", "新参保": "add", "参保": "add", "减员": "suspend", "停保": "suspend",
        "暂停": "suspend", "续保": "resume", "恢复参保": "resume", "终止参保": "end", "退休": "retire",
    },
    "resident_kind": {
        "学龄前": "child", "中小学": "pupil", "学生": "pupil", "大学": "student", "成年": "adult",
        "成年人": "adult", "老年": "elder", "老年人": "elder", "老人": "elder",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the form's question, its official title first, then what else it is called."""

    field: FormField
    titles: tuple[str, ...]
    required: bool

    @property
    def key(self) -> str:
        return self.field.key

    def code_of(self, word: str) -> str:
        """A choice by its label, its code, or what people write for it; unknown words stay."""
        bare = heading(word)
        for code, label in self.field.choices.items():
            if word == code or bare == heading(label):
                return code
        return CHOICE_WORDS.get(self.key, {}).get(bare, word)

    def label_of(self, code: str) -> str:
        return self.field.choices.get(code, code)


def heading(cell: object) -> str:
    """A column's name, or a choice, without blanks, stars and what stands in brackets."""
    return _bare(cell) if isinstance(cell, str) else ""


@lru_cache(maxsize=4096)
def _bare(cell: str) -> str:
    return re.sub(r"[\s*＊:：\u200b\ufeff]+", "", re.sub(r"[(（].*?[)）]", "", cell))


def known_headings(columns: tuple[Column, ...]) -> dict[str, str]:
    return {heading(title): column.key for column in columns for title in column.titles}


def roster_item(region: str, kind: str) -> EffectiveItem:
    """The entry by which the region takes such a roster."""
    for item in effective_all():
        if item.region == region and EFFECTS[kind] in item.effects and _asks_for_roster(item):
            return item
    raise RegistryError("本地没有可以整批办理的参保登记事项，请逐个办理。", region=region, kind=kind)


def _asks_for_roster(item: EffectiveItem) -> bool:
    return any(question.key == "roster" for question in item.form)


def columns_of(region: str, kind: str) -> tuple[Column, ...]:
    """The columns of a unit's or a village's roster, in the order in which they are exported."""
    return tuple(
        Column(
            field=question,
            titles=tuple(dict.fromkeys((question.label, *SYNONYMS.get(question.key, ())))),
            required=question.key in REQUIRED[kind],
        )
        for question in roster_item(region, kind).form
        if question.key not in LEFT_OUT
    )
