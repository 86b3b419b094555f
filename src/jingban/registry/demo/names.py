"""Invented names: of people, put together from syllables; of units and villages, from words.

About one in two hundred has a rare character (beyond the first plane of Unicode too), and one in a hundred
a name in parts with a middle dot, so that every screen and file meets them.
"""

from __future__ import annotations

from random import Random

from jingban.core.names import MIDDLE_DOT, person_name

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
DOUBLE = ("欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "公孙", "慕容")
HER = "秀兰英梅桂芳玉珍凤淑敏静丽燕红霞娟莉萍艳洁雪琳倩蕾薇颖雅婷妍欣怡思涵语桐若瑶梓萱诗"
HIS = "伟强军勇刚建国明志华平海林山峰涛斌鹏辉波浩宇轩泽昊然博文俊杰子豪铭睿嘉翔旭东晨阳"
BOTH = "永春新德文学清云宁安华瑞庆元光长广仁义和"
RARE = ("龘", "䶮", "㛃", "堃", "喆", "淼", "𠅤", "𬱖", "𫖮", "𬍛", "𬸚")
HER_PARTS = ("阿依古丽", "古丽娜尔", "热依汗", "玛依拉", "阿孜古丽", "帕提古丽")
HIS_PARTS = ("艾力", "吐尔逊", "库尔班", "买买提", "托合提", "艾合买提", "阿不都拉")

_PLACE = ("柳", "杏", "槐", "桑", "石", "沙", "泉", "河", "岭", "湾", "庄", "桥", "店", "营", "屯", "坡")
_SIDE = ("东", "西", "南", "北", "上", "下", "大", "小", "前", "后")
_TRADE = ("机械", "纺织", "食品", "建材", "运输", "商贸", "电子", "农机", "包装", "印刷", "家具", "服装")
_WORD = ("晨", "启", "衡", "润", "拓", "锐", "恒", "悦", "宏", "远", "博", "嘉", "诚", "佳", "盛", "源")


def name_of(rng: Random, sex: str, surname: str = "") -> str:
    """A name; with a surname for the children of one father."""
    drawn = rng.random()
    if not surname and drawn < 0.01:
        own = rng.choice(HIS_PARTS if sex == "male" else HER_PARTS)
        return person_name(f"{own}{MIDDLE_DOT}{rng.choice(HIS_PARTS)}")
    family = surname or surname_of(rng)
    own = HIS if sex == "male" else HER
    given = rng.choice(own if rng.random() < 0.7 else BOTH)
    if rng.random() < 0.8:
        given += rng.choice(own)
    if drawn > 0.995:
        given = rng.choice(RARE) + given[1:]
    return person_name(family + given)


def surname_of(rng: Random) -> str:
    return rng.choice(DOUBLE) if rng.random() < 0.005 else rng.choice(SURNAMES)


def surname_in(name: str) -> str:
    """What a child takes over: one or two characters; a name in parts hands nothing down."""
    if MIDDLE_DOT in name:
        return ""
    return name[:2] if name[:2] in DOUBLE else name[:1]


def village_of(rng: Random) -> str:
    """A village or, one time in four, a community of the town."""
    if rng.random() < 0.25:
        return f"{rng.choice(_WORD)}{rng.choice(_WORD)}社区"
    return f"{rng.choice(_SIDE)}{rng.choice(_PLACE)}{rng.choice(_PLACE)}村"


def unit_name_of(rng: Random, kind: str) -> str:
    """A unit's name, said to be invented."""
    word = rng.choice(_WORD) + rng.choice(_WORD)
    if kind == "enterprise":
        return f"演示{word}{rng.choice(_TRADE)}有限公司"
    return f"演示{word}{'学校' if kind == 'institution' else '服务中心'}"


OWN_VILLAGE = "演示村"
INSTITUTION = "演示第一医院"
"""The village of the demo sign-in of each region: some of the invented people live there."""
