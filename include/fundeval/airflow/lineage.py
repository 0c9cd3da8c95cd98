"""From submission to release: the assets a stage announces in Airflow and the datasets it names to OpenLineage.

Both use the same names, so what Airflow shows and what a lineage store receives can be held together. Assets of
fund-years nobody knows in advance come through an alias, as those of the submissions do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Asset, AssetAlias

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.reuse import INGEST

NAMESPACE = "fundeval"
READ = AssetAlias("read")
RELEASES = AssetAlias("releases")
PUBLISH = "publish"


def read_asset(fund_year: FundYear, kind: str) -> Asset:
    """Return the asset of what a run has read of a kind for a fund-year."""
    return _asset(f"read/{fund_year}/{kind}", "read")


def release_asset(fund_year: FundYear) -> Asset:
    """Return the asset of the releases of a fund-year."""
    return _asset(f"releases/{fund_year}", "releases")


def assets_of(stage: str) -> dict[str, list[AssetAlias]]:
    """Return inlets and outlets of the task of a stage; only reading and publishing have any."""
    if stage.startswith(INGEST):
        return {"inlets": [AssetAlias("submissions")], "outlets": [READ]}
    if stage == PUBLISH:
        return {"inlets": [READ], "outlets": [RELEASES]}
    return {}


def announce(stage: str, context: RunContext, result: Mapping[str, Any], outlet_events: Any) -> None:
    """Emit the asset event of a stage that has made something new; work left standing is nothing new."""
    if result["unchanged"]:
        return
    fund_year = context.fund_year
    if stage.startswith(INGEST):
        kept = {name: result[name] for name in ("sha256", "rows_accepted", "rows_rejected") if name in result}
        asset = read_asset(fund_year, stage.removeprefix(INGEST))
        outlet_events[READ].add(asset, extra={"run_id": context.run_id, **kept})
    elif stage == PUBLISH:
        extra = {"run_id": context.run_id, "version": result.get("version")}
        outlet_events[RELEASES].add(release_asset(fund_year), extra=extra)


def datasets_of(stage: str, upstream: list[str], fund_year: FundYear) -> tuple[list[str], list[str]]:
    """Return the names of the datasets a stage reads and of the one it makes.

    Args:
        stage: Name of the stage.
        upstream: Names of the stages it stands behind.
        fund_year: Fund and year.
    """
    inputs = [_dataset(name, fund_year) for name in upstream]
    if stage.startswith(INGEST):
        inputs.append(f"submissions/{fund_year}/{stage.removeprefix(INGEST)}")
    return sorted(inputs), [_dataset(stage, fund_year)]


def _dataset(stage: str, fund_year: FundYear) -> str:
    if stage.startswith(INGEST):
        return f"read/{fund_year}/{stage.removeprefix(INGEST)}"
    if stage == PUBLISH:
        return f"releases/{fund_year}"
    return f"{stage}/{fund_year}"


def _asset(name: str, group: str) -> Asset:
    return Asset(name=name, uri=f"{NAMESPACE}://{name}", group=group)
