"""运行监控: how a fund's year is going, from plan, releases and vouchers to date; nothing of it is published."""

from __future__ import annotations

from fundeval.monitoring.stage import monitor

__all__ = ["monitor"]
