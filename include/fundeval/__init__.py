"""fundeval: how a government special fund was spent in a year and what came of it (项目支出绩效评价)."""

__version__ = "0.1.0"
