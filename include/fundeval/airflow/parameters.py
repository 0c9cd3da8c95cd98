"""The form an operator fills in to start a run."""

from __future__ import annotations

from airflow.sdk import Param


def form() -> dict[str, Param]:
    """Return the params of an evaluation; fund and year have no default: they are the operator's choice."""
    return {
        "fund": Param(
            type="string",
            title="专项资金",
            description="资金标识,即 include/funds 下的文件夹名,只含小写字母、数字和连字符。",
            pattern="^[a-z0-9][a-z0-9-]*$",
        ),
        "year": Param(
            type="integer",
            title="评价年度",
            description="四位公历年份,如评价上一年度就填上一年。",
            minimum=1995,
        ),
        "sources": Param(
            None,
            type=["null", "string"],
            title="来源文件夹",
            description="存放各单位报送文件的文件夹。不填时用收件箱中该资金该年度的文件夹(<收件箱>/<资金>/<年度>)。",
        ),
        "out": Param(
            None,
            type=["null", "string"],
            title="存放位置",
            description="存放归档、运行数据和发布成果的文件夹。不填时用部署时配置的存放位置。",
        ),
    }
