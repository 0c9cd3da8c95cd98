"""Loading releases into the serving database: each in one transaction, each once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from fundeval.core.errors import ReleaseError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.release.dictionary import Dictionary, load_dictionary
from fundeval.release.editions.tables import read_dataset
from fundeval.release.manifest import MANIFEST
from fundeval.release.serving.database import database_url, open_database
from fundeval.release.serving.schema import KEY, RELEASES, serving_schema
from fundeval.release.versions import Release, list_releases, release_of, verify_release


def load_release(
    rooms: Rooms, fund_year: FundYear, version: int, url: sa.URL | None = None
) -> dict[str, Any]:
    """Load one release, whole or not at all; loading it again only brings a withdrawal up to date.

    Args:
        rooms: The storage root.
        fund_year: Fund and year.
        version: Number of the release.
        url: The database; the configured one by default.

    Returns:
        is_new and rows per table loaded.

    Raises:
        ReleaseError: There is no such release, it is not as it was published, the database holds another content
            under its number, or the database cannot be used.
    """
    release = release_of(rooms, fund_year, version)
    database = open_database(url or database_url(rooms))
    try:
        with database.begin() as connection:
            return _load(connection, fund_year, release)
    except IntegrityError:
        # Somebody else loaded it between the look and the insert: then it is there.
        with database.begin() as connection:
            return _load(connection, fund_year, release)
    except SQLAlchemyError as error:
        raise ReleaseError(
            f"{fund_year} 第 {version} 版已经发布,但未能载入服务数据库;重新运行发布步骤即可补载,不会产生新版本。"
        ) from error
    finally:
        database.dispose()


def load_releases(rooms: Rooms, url: sa.URL | None = None) -> list[dict[str, Any]]:
    """Load every release of the storage root; those already there stay as they are."""
    return [
        {"fund": one["fund"], "year": one["year"], "version": one["version"]}
        | load_release(rooms, FundYear(one["fund"], one["year"]), one["version"], url)
        for one in list_releases(rooms)
    ]


def _load(connection: sa.Connection, fund_year: FundYear, release: Release) -> dict[str, Any]:
    dictionary = load_dictionary()
    schema = serving_schema(dictionary)
    releases = schema.tables[RELEASES]
    key = dict(zip(KEY, (fund_year.fund, fund_year.year, release.version), strict=True))
    sha256 = file_sha256(release.path / MANIFEST)
    here = sa.and_(*(releases.c[name] == value for name, value in key.items()))
    known = connection.execute(sa.select(releases.c.release_sha256).where(here)).scalar()
    if known is not None and known != sha256:
        raise ReleaseError(
            f"服务数据库中 {fund_year} 第 {release.version} 版的内容与发布文件夹不同,未作改动。"
        )
    if known is None:
        rows = _insert(connection, schema, dictionary, key, release, sha256)
    connection.execute(releases.update().where(here).values(_withdrawal(release)))
    return {"is_new": known is None, "rows": rows if known is None else {}}


def _insert(
    connection: sa.Connection,
    schema: sa.MetaData,
    dictionary: Dictionary,
    key: dict[str, Any],
    release: Release,
    sha256: str,
) -> dict[str, int]:
    problems = verify_release(release.path)
    if problems:
        raise ReleaseError(f"第 {release.version} 版与发布时不一致,未载入服务数据库:" + "".join(problems))
    connection.execute(schema.tables[RELEASES].insert(), {**key, "release_sha256": sha256, **_about(release)})
    counts = {}
    for name, rows in read_dataset(release.path / "dataset", dictionary).items():
        if rows:
            numbered = [{**key, "row_no": number, **row} for number, row in enumerate(rows, 1)]
            connection.execute(schema.tables[name].insert(), numbered)
        counts[name] = len(rows)
    return counts


def _about(release: Release) -> dict[str, Any]:
    manifest = release.manifest
    scheme = manifest["scheme"]
    return {
        "run_id": manifest["run_id"],
        "published_at": manifest["published_at"],
        "scheme_year": scheme["year"],
        "scheme_sha256": scheme["sha256"],
        "scheme_is_fallback": scheme["is_fallback"],
        "code_version": manifest["code_version"],
    }


def _withdrawal(release: Release) -> dict[str, Any]:
    mark = release.withdrawal
    return {
        "withdrawn_at": mark["withdrawn_at"] if mark else None,
        "withdrawn_reason": mark["reason"] if mark else None,
    }
