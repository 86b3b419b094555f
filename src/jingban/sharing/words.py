"""The registers of other departments by the names that people read."""

from __future__ import annotations

REGISTERS = {
    "birth-registry": "出生医学证明登记",
    "civil-affairs": "民政部门救助对象登记",
    "civil-registry": "公安人口库",
    "company-registry": "市场监管部门企业登记",
    "insurance-platform": "国家医保信息平台",
    "marriage-registry": "民政部门婚姻登记",
    "tax": "税务部门缴费记录",
}


def register_name(register: str) -> str:
    """公安人口库 …; a register without words shows its own name."""
    return REGISTERS.get(register, register)
