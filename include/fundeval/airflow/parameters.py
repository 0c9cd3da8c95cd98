"""The form an operator fills in to start a run."""

from __future__ import annotations

from airflow.sdk import Param

from fundeval.pipeline import KIND_TITLES


def folder_param(title: str, description: str) -> Param:
    """Return a param for a folder that the installation's own stands in for where it is left empty."""
    return Param(None, type=["null", "string"], title=title, description=description)


def storage_param(kept: str) -> Param:
    """Return the param for the storage root; ``kept`` says in Chinese what the run keeps there."""
    return folder_param(
        "存放位置", f"存放{kept}的文件夹,或对象存储中的地址(如 s3://桶/前缀)。不填时用部署时配置的存放位置。"
    )


def funds_param(verb: str) -> Param:
    """Return the param that narrows a run over all registered funds to some; ``verb`` says what is done to them."""
    return Param(
        [],
        type="array",
        items={"type": "string"},
        title="专项资金",
        description=f"只{verb}所填的资金标识(include/funds 下的文件夹名);不填则{verb}全部已登记的资金。",
    )


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
        "sources": folder_param(
            "来源文件夹",
            "存放各单位报送文件的文件夹。不填时用收件箱中该资金该年度的文件夹(<收件箱>/<资金>/<年度>)。",
        ),
        "out": storage_param("归档、运行数据和发布成果"),
        "approval": Param(
            False,
            type="boolean",
            title="发布前须经审核",
            description="选中后,草稿完成时等待有权限的人同意或退回;不选则检查通过后直接发布。",
        ),
        "only": Param(
            [],
            type="array",
            items={"type": "string", "enum": list(KIND_TITLES)},
            examples=list(KIND_TITLES),
            values_display=dict(KIND_TITLES),
            title="只更新",
            description="只重新读取所选的几类文件,其余沿用该资金该年度上一次完成的运行。不选则全部重新评价。",
        ),
        "force": Param(
            False,
            type="boolean",
            title="全部重做",
            description="选中后,内容没有变化的步骤也重新执行。",
        ),
    }
