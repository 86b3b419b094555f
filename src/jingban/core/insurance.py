"""Names that several apps share: whose money it is, and who is in need. Each stands here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class FundName(NamedTuple):
    """``full`` as the books and the papers to other authorities have it, ``short`` as a person reads it."""

    full: str
    short: str


FUNDS: Mapping[str, FundName] = MappingProxyType(
    {
        "employee": FundName("职工基本医疗保险统筹基金", "职工医保统筹基金"),
        "supplement": FundName("职工大额医疗费用补助", "大额医疗补助"),
        "civil": FundName("公务员医疗补助", "公务员医疗补助"),
        "enterprise": FundName("企业补充医疗保险", "企业补充医疗保险"),
        "resident": FundName("城乡居民基本医疗保险基金", "居民医保基金"),
        "serious": FundName("城乡居民大病保险", "居民大病保险"),
        "maternity": FundName("生育保险待遇", "生育保险"),
        "aid": FundName("医疗救助基金", "医疗救助"),
        "reward": FundName("举报奖励资金", "举报奖励"),
        "personal": FundName("职工医保个人账户", "个人账户"),
    }
)
"""Funds by their key, in the order in which they pay. Each is accounted for by itself (社会保险法 art. 64)."""

AID_CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "extreme-poverty": "特困人员",
        "orphan": "孤儿",
        "minimum-living": "最低生活保障对象",
        "marginal": "低保边缘家庭成员",
        "monitored": "返贫致贫监测对象",
        "illness-poverty": "因病致贫重病患者",
    }
)
"""The kinds of persons in need (救助对象类别), as the register and the form have them."""
