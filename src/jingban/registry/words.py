"""The registers and their columns in the words that people read."""

from __future__ import annotations

from datetime import date

REGISTERS = {
    "person": "个人信息",
    "identitydocument": "身份证件",
    "kinship": "亲属关系",
    "bankaccount": "银行账户",
    "unit": "单位信息",
    "unitlink": "单位沿革",
    "unitoperator": "单位经办人",
    "unitseal": "单位盖章确认",
    "enrolment": "参保",
    "contribution": "缴费",
    "levy": "征缴单",
    "offsitefiling": "异地就医备案",
    "recognition": "门诊慢特病待遇",
    "aidstatus": "救助对象身份",
    "meanscheck": "家庭经济状况核查",
    "helper": "代办人",
    "issued": "出具的凭证",
    "transfersheet": "转移信息表",
    "account": "个人账户",
    "duplicatepair": "疑似重复",
}
FIELDS = {
    "name": "姓名",
    "sex": "性别",
    "born_on": "出生日期",
    "died_on": "死亡日期",
    "id_kind": "证件种类",
    "id_number": "证件号码",
    "phone": "电话",
    "address": "地址",
    "place": "村（社区）",
    "bank": "开户行",
    "bank_account": "银行账号",
    "start_on": "起",
    "end_on": "止",
    "standing": "参保状态",
    "kind": "类别",
    "status": "状态",
    "credit_code": "统一社会信用代码",
    "legal_representative": "法定代表人",
    "contact": "联系人",
    "wage_fen": "月缴费工资",
    "places": "就医地",
    "basis": "依据",
    "promise_due": "承诺核实期限",
    "recheck_on": "复审日期",
    "institution": "定点医疗机构",
    "flagged": "身份标识",
    "aided": "资助参保",
    "items": "事项",
    "insurance": "险种",
    "benefit_from": "待遇起始日",
    "end_reason": "终止原因",
    "end_why": "终止原因",
    "unit": "单位",
    "deemed": "视同缴费",
    "base_fen": "缴费基数",
    "month": "费款所属期起",
    "until": "费款所属期止",
    "headcount": "人数",
    "unit_fen": "单位应缴",
    "person_fen": "个人应缴",
    "subsidy_fen": "资助",
    "illustrative": "按示例值计算",
    "number": "编号",
    "group": "人群",
    "category": "类型",
    "locked_until": "变更锁定至",
    "broken_why": "失效原因",
    "disease": "病种",
    "relation": "关系",
    "relative": "亲属",
    "guardian": "监护人",
    "holder": "户名",
    "proof": "依据材料",
    "user": "账号",
    "may_declare": "可申报",
    "may_query": "可查询",
    "may_seal": "可确认盖章",
    "may_manage": "可管理经办人",
    "other": "另一方",
    "parent_code": "上级单位代码",
    "legal_representative_number": "法定代表人证件号码",
    "balance": "余额",
    "removed": "删除",
    "why": "原因",
    "merged_into": "并入",
    "on": "日期",
    "paid_on": "到账日",
    "transfer_amount": "划转金额",
}


def register_name(register: str) -> str:
    """个人信息, 参保 …; a register without words shows its own name."""
    return REGISTERS.get(register, register)


def field_name(register: str, field: str) -> str:
    """参保·止, or the register alone where a whole row is meant."""
    return f"{register_name(register)}·{FIELDS.get(field, field)}" if field else register_name(register)


def day_text(day: date) -> str:
    """2026年3月2日."""
    return f"{day:%Y年%-m月%-d日}"
