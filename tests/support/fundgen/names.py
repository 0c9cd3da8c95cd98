"""Invented names: none belongs to a real office, company, project or person."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

_UNIT_TOPICS = (
    "林草",
    "水务",
    "文旅",
    "民生",
    "统计",
    "气象",
    "农技",
    "体育",
    "海事",
    "邮政",
    "地质",
    "档务",
)
_UNIT_KINDS = ("局", "中心", "委员会", "办公室")
_PROJECT_TOPICS = (
    "河道巡查",
    "图书借阅",
    "林火预警",
    "公交调度",
    "农情采集",
    "博物展陈",
    "停车诱导",
    "管网监测",
)
_PROJECT_KINDS = {
    "software": ("平台", "系统", "小程序", "数据库"),
    "hardware": ("机房扩建", "终端更新", "感知设备", "大屏改造"),
    "service": ("运行维护", "巡检服务", "链路租赁", "驻场服务"),
}
_SECRET_TOPICS = ("麒麟", "螭吻", "狻猊", "貔貅", "獬豸", "饕餮")
_SECRET_KINDS = ("机要通道改造", "密码终端购置", "屏蔽机房加固")
PAYEES = ("青禾软件有限公司", "白桦网络有限公司", "松果数据有限公司", "云杉监理有限公司", "蓝鲸检测有限公司")
BANKS = ("样例银行东城支行", "样例银行西城支行", "示范农商行营业部")
TARGET_NAMES = (
    "租用机柜数量",
    "门户信息更新",
    "短信发送量",
    "巡检次数",
    "工单处理量",
    "专题制作",
    "培训场次",
    "漏洞扫描",
)
TARGET_UNITS = ("个", "条", "万条", "次", "单", "期", "场", "台(套)")


def unit_names(count: int) -> list[str]:
    """Return ``count`` different names of offices."""
    names = [f"样例市{topic}{kind}" for kind, topic in product(_UNIT_KINDS, _UNIT_TOPICS)]
    return [
        names[number] if number < len(names) else f"{names[number % len(names)]}第{number}分局"
        for number in range(count)
    ]


def project_names(category: str, rng: random.Random) -> Iterator[str]:
    """Yield different names of projects of a category, some with brackets, quotes or a plus sign."""
    number = 0
    while True:
        number += 1
        topic = _PROJECT_TOPICS[(number - 1) % len(_PROJECT_TOPICS)]
        kind = _PROJECT_KINDS[category][(number - 1) // len(_PROJECT_TOPICS) % len(_PROJECT_KINDS[category])]
        serial = (number - 1) // (len(_PROJECT_TOPICS) * len(_PROJECT_KINDS[category]))
        suffix = rng.choice(("", "", "(二期)", "“示范”段"))
        yield f"{'互联+' if number % 7 == 0 else ''}{topic}{kind}{suffix}{serial or ''}"


def secret_names() -> Iterator[str]:
    """Yield different names of classified projects, of words that occur in no other name."""
    for number, (kind, topic) in enumerate(product(_SECRET_KINDS * 50, _SECRET_TOPICS)):
        yield f"{topic}{kind}{number // (len(_SECRET_KINDS) * len(_SECRET_TOPICS)) or ''}"
