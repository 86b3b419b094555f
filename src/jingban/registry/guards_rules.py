"""What the database refuses in the registers, in words, and over which tables; the two dialects say it in SQL.

A refusal reads ``registry: RULE (TABLE)`` on both databases, so that ``guards.refused`` can translate it.
"""

from __future__ import annotations

SLOTTED = ("enrolment", "contribution", "offsitefiling", "recognition", "aidstatus")
"""Two rows of one person with the same slot never share a day."""
SPELLS = ("enrolment", "offsitefiling", "recognition", "aidstatus")
"""Nothing of it reaches beyond the death of the person."""
PERSONAL = (*SPELLS, "identitydocument", "kinship", "bankaccount", "helper")
"""Of the person's own region; open only while the person is not merged into another."""
PERIODS = (*PERSONAL, "contribution", "unitoperator")
"""Removed only after the history says so."""
KEPT = ("person", "unit")
"""Never removed."""
FIXED = ("change", "issued", "transfersheet", "unitseal")
"""Only ever added to."""
OF_REGION = {
    "kinship": ("person", ("relative_id",)),
    "duplicatepair": ("person", ("first_id", "second_id")),
    "meanscheck": ("person", ("person_id",)),
    "paidbenefit": ("person", ("person_id",)),
    "levy": ("person", ("person_id",)),
    "unitlink": ("unit", ("unit_id", "other_id")),
    "unitoperator": ("unit", ("unit_id",)),
    "unitseal": ("unit", ("unit_id",)),
}
"""Further columns that must name somebody of the row's own region."""
OF_UNIT_REGION = {"levy": ("unit", ("unit_id",)), "contribution": ("unit", ("unit_id",))}

MONTHS_AHEAD = 16
"""How many months from that of the record on, itself included, may be paid: the residents' window for the next year
opens in September (resident-enrolment), and December of that year is the sixteenth month. A run that is made longer
is held against the person's last change of the history."""

REMOVED = "removed"
"""The field under which the history says that a row was removed; ``before`` holds the whole row."""

WORDS = {
    "append_only": "登记册的历史、凭证、信息表和盖章确认只能增加，不能改动或删除；有错的另行登记更正。",
    "kept": "登记在册的个人和单位不能删除；重复的人请合并，单位请办理注销。",
    "untold": "没有先记入变动历史，不能撤销这条登记；请按撤销办理，系统会先留下原来的内容。",
    "benefit": "这段参保期间已经付过待遇，不能撤销；请先核对待遇。",
    "identity": "登记的编号和地区不能改动。",
    "region": "登记册按地区分开，不能引用别的地区的个人或单位；请核对，需要的先办理转移接续。",
    "beyond_death": "登记的期限超过了死亡日期；请核对死亡日期，或先把参保、备案和待遇终止到死亡当日。",
    "merged": "这个人已并入另一人的登记，不能再有未终止的登记；请在合并后的登记上办理。",
    "merged_into": "只能并入同一地区的另一个人；请核对要合并的两个人。",
    "unit_ended": "单位已经注销，不能有仍在参保的职工；请先办理职工的终止或转出，或核对单位。",
    "whole_months": "缴费按整月登记，止期应为当月最后一天；请核对起止月份。",
    "months_ahead": f"从登记当月算起，最多登记{MONTHS_AHEAD}个月的缴费；请核对起止月份。",
    "not_a_day": "日期或编号的写法不对，没有登记；请核对后重新填写。",
    "there_already": "这条登记已经在册，不能重复写入；请核对后再办。",
}
"""What each refusal says to people."""

OVERLAPS = {
    "enrolment": "这段时间已经有参保登记，不能重复参保；请核对日期，或先终止原来的参保。",
    "contribution": "有的月份已经登记过缴费，同一个月只能算一次；请核对起止月份。",
    "offsitefiling": "这段时间已经有同类的异地就医备案；请核对日期，或先变更、终止原来的备案。",
    "recognition": "这个病种在这段时间已经认定过；请核对日期，或先终止原来的认定。",
    "aidstatus": "这段时间已经有同类的救助对象身份；请核对日期，或先终止原来的身份。",
}

CONSTRAINTS = {
    "one_holder_a_number": "这个证件号码已经登记在另一个人名下；请核对号码。",
    "one_number_a_kind": "这个人已经有同一种类的有效证件；请按证件变更办理。",
    "one_unit_a_code": "这个统一社会信用代码的单位已经登记在册；请核对代码。",
    "employee_has_unit": "在职职工要有用人单位；请填写单位。",
    "enrolment_kind_fits": "人员类别和险种不符；请核对险种、人员类别和单位。",
    "benefit_not_before_enrolment": "待遇起始日不能早于参保起始日；请核对日期。",
    "contribution_whole_months": "缴费按整月登记，起期应为当月1日；请核对起止月份。",
    "person_dies_after_birth": "死亡日期不能早于出生日期；请核对日期。",
    "unit_ended_with_day": "单位注销要有注销日期，没有注销的不能填；请核对单位状态。",
    "one_sheet_a_letter": "这份联系函的信息表已经登记过，不能重复登记。",
}
"""Words for the models' own constraints, where these come last."""
