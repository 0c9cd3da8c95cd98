"""The serving database: every release, once, exact, with views of the latest; embedded and on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from fundeval.core.errors import ReleaseError
from fundeval.release.dictionary import load_dictionary
from fundeval.release.editions.tables import read_dataset
from fundeval.release.publish import publish
from fundeval.release.serving.database import VERSION_TABLE, database_url, open_database
from fundeval.release.serving.load import load_release, load_releases
from fundeval.release.serving.schema import serving_schema
from fundeval.release.versions import release_of, withdraw_release
from release.invented import FUND_YEAR, invented_tables, make_draft
from support.servers import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """Start a PostgreSQL server of its own."""
    with postgres_server() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.URL]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield sa.URL.create("sqlite", database=str(tmp_path / "empty.sqlite"))
        return
    server = sa.create_engine(request.getfixturevalue("postgres"), isolation_level="AUTOCOMMIT")
    name = f"db{os.urandom(4).hex()}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    yield server.url.set(database=name)
    with server.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    server.dispose()


def rows(url: sa.URL, table: str) -> list[dict]:
    """Return every row of a table or view of the serving database, typed as the schema says."""
    database = open_database(url)
    schema = serving_schema(load_dictionary())
    stored = schema.tables["releases" if table == "latest_releases" else table.removeprefix("latest_")]
    columns = [sa.column(column.name, column.type) for column in stored.columns]
    order = [sa.column(column.name) for column in stored.primary_key]
    with database.connect() as connection:
        found = (
            connection.execute(sa.select(*columns).select_from(sa.table(table)).order_by(*order))
            .mappings()
            .all()
        )
    database.dispose()
    return [dict(row) for row in found]


def everything(url: sa.URL) -> dict[str, list[dict]]:
    return {table: rows(url, table) for table in serving_schema(load_dictionary()).tables}


def published(root: Path, run_id: str = "first", tables=None):
    context = make_draft(root, run_id, tables)
    publish(context)
    return context


def test_every_value_of_a_release_comes_back_exactly(url, tmp_path):
    context = published(tmp_path)
    counts = load_release(context.rooms, FUND_YEAR, 1, url)
    dataset = read_dataset(release_of(context.rooms, FUND_YEAR, 1).path / "dataset", load_dictionary())
    assert counts == {"is_new": True, "rows": {name: len(found) for name, found in dataset.items()}}
    for name, expected in dataset.items():
        key = {"fund": "green-river", "year": 2031, "version": 1}
        assert rows(url, name) == [{**key, "row_no": at, **row} for at, row in enumerate(expected, 1)]
    (release,) = rows(url, "releases")
    assert (release["run_id"], release["scheme_year"], release["scheme_is_fallback"]) == ("first", 2030, True)


def test_money_with_many_digits_stays_exact(url, tmp_path):
    tables = invented_tables()
    most = 1234567890123456
    cents = Decimal("0.07")
    tables["marts"]["fund_facts"][0] |= {
        "budget_yuan": f"{most + cents}",
        "unreleased_yuan": f"{most + cents - 1600000}",
    }
    tables["staging"]["budget_approval"][0]["budget_yuan"] = f"{most + cents}"
    context = published(tmp_path, tables=tables)
    load_release(context.rooms, FUND_YEAR, 1, url)
    budget = next(row for row in rows(url, "metrics") if row["metric"] == "budget")
    assert budget["value"] == "1234567890123456.07"
    assert {type(row["paid"]) for row in rows(url, "projects")} == {Decimal}


def test_loading_again_changes_nothing(url, tmp_path):
    context = published(tmp_path)
    load_release(context.rooms, FUND_YEAR, 1, url)
    before = everything(url)
    assert load_release(context.rooms, FUND_YEAR, 1, url) == {"is_new": False, "rows": {}}
    assert load_releases(context.rooms, url) == [
        {"fund": "green-river", "year": 2031, "version": 1, "is_new": False, "rows": {}}
    ]
    assert everything(url) == before


def test_views_show_the_latest_release_that_stands(url, tmp_path):
    context = published(tmp_path, "a")
    published(tmp_path, "b")
    load_releases(context.rooms, url)
    assert [row["version"] for row in rows(url, "releases")] == [1, 2]
    assert {row["version"] for row in rows(url, "latest_projects")} == {2}
    withdraw_release(context.rooms, FUND_YEAR, 2, "有误")
    load_release(context.rooms, FUND_YEAR, 2, url)
    assert {row["version"] for row in rows(url, "latest_projects")} == {1}
    assert [row["version"] for row in rows(url, "latest_releases")] == [1]
    assert rows(url, "releases")[1]["withdrawn_reason"] == "有误"


def test_another_content_under_a_number_that_is_taken_is_refused(url, tmp_path):
    load_release(published(tmp_path / "here").rooms, FUND_YEAR, 1, url)
    before = everything(url)
    other = published(tmp_path / "elsewhere", "other")
    with pytest.raises(ReleaseError, match="内容与发布文件夹不同"):
        load_release(other.rooms, FUND_YEAR, 1, url)
    assert everything(url) == before


def test_a_release_that_was_tampered_with_is_not_loaded(url, tmp_path):
    context = published(tmp_path)
    months = release_of(context.rooms, FUND_YEAR, 1).path / "dataset" / "months.parquet"
    months.chmod(0o644)
    months.write_bytes(months.read_bytes() + b" ")
    with pytest.raises(ReleaseError, match="months.parquet"):
        load_release(context.rooms, FUND_YEAR, 1, url)
    assert everything(url)["releases"] == []


def test_a_failure_half_way_leaves_nothing_of_the_release(url, tmp_path):
    context = published(tmp_path)
    database = open_database(url)
    with database.begin() as connection:
        # The last table to be filled is not there: everything before it has to go as well.
        connection.exec_driver_sql("drop view latest_survey")
        connection.exec_driver_sql("drop table survey")
    database.dispose()
    with pytest.raises(ReleaseError, match="未能载入服务数据库"):
        load_release(context.rooms, FUND_YEAR, 1, url)
    assert rows(url, "releases") == rows(url, "projects") == []


def test_the_migrations_make_the_schema_of_the_dictionary(url):
    database = open_database(url)
    with database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, serving_schema(load_dictionary())) == []
    database.dispose()


def test_publishing_loads_the_embedded_database_without_being_told(tmp_path):
    context = published(tmp_path)
    assert database_url(context.rooms).database == str(tmp_path / "serving.sqlite")
    assert [row["version"] for row in rows(database_url(context.rooms), "releases")] == [1]


def test_a_release_whose_loading_failed_is_loaded_when_the_task_runs_again(tmp_path, monkeypatch):
    context = make_draft(tmp_path)
    monkeypatch.setenv("FUNDEVAL_DATABASE_URL", "postgresql://nobody:geheim@127.0.0.1:1/none")
    with pytest.raises(ReleaseError, match="无法使用") as caught:
        publish(context)
    assert "geheim" not in str(caught.value)
    monkeypatch.delenv("FUNDEVAL_DATABASE_URL")
    assert publish(context)["version"] == 1
    assert [row["version"] for row in rows(database_url(context.rooms), "releases")] == [1]


@pytest.mark.servers
def test_publishing_loads_the_configured_postgresql(postgres, tmp_path, monkeypatch):
    address = postgres.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("FUNDEVAL_DATABASE_URL", address)
    context = published(tmp_path)
    assert not (tmp_path / "serving.sqlite").exists()
    assert len(rows(database_url(context.rooms), "latest_metrics")) == len(load_dictionary().metrics)
    publish(context)
    assert len(rows(database_url(context.rooms), "releases")) == 1


def test_an_address_that_is_none_is_an_error_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNDEVAL_DATABASE_URL", "nonsense")
    with pytest.raises(ReleaseError, match="不是有效的数据库地址"):
        publish(make_draft(tmp_path))
