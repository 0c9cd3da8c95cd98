"""What the environment says of the serving database; nothing that speaks to one is loaded here."""

from __future__ import annotations

import os

from fundeval.core.errors import ConfigurationError
from fundeval.core.rooms import Rooms

URL_VARIABLE = "FUNDEVAL_DATABASE_URL"


def require_shared_database(rooms: Rooms) -> None:
    """Refuse to work on a storage root in a store without a database server: no embedded database can live there.

    Raises:
        ConfigurationError: None is configured, or an embedded one.
    """
    configured = os.environ.get(URL_VARIABLE, "")
    if rooms.store is not None and (not configured or configured.startswith("sqlite")):
        raise ConfigurationError(
            f"存放位置在对象存储中时,服务数据库不能用嵌入式的:请在环境变量 {URL_VARIABLE} 中配置 PostgreSQL 的地址。"
        )
