"""What stands below the inputs of an act, and the answers to choose from."""

from __future__ import annotations

HINTS = {
    "reason": "写明事实和理由，会写入文书",
    "basis": "写明法律、法规、规章的名称和条款",
    "owed_due": "年月日8位数字，例如 20260930",
    "working_days": "1至90",
    "amount": "元，例如 1234.50",
    "reward_grade": "线索和证据详实的程度：一级填1，二级填2，三级填3",
    "reward_insider": "举报人是该机构职工等内部人员的填“是”，其他填“否”",
    "payee_name": "与银行卡的户名一致",
    "bank": "写到支行，例如某某银行某某支行",
    "bank_account": "银行卡或存折上的账号",
    "household_authorised_on": "核查委托授权书上的日期，年月日8位数字",
    "household_people": "共同生活的家庭成员人数",
    "household_income": "元，全家上一年",
    "household_property": "元，存款、房产、车辆等",
    "household_spending": "元，扣除医保报销后自付的部分",
}
CHOICES = {
    "receiver_agreed": {"no": "没有代领，各人的奖励由各人领取", "yes": "由他人代领，已收齐各人的书面同意"},
}
"""Needs that are chosen, the usual answer first."""
