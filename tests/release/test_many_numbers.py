"""Numbers too many to be listed are found just as listed ones are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.release.redaction import sources
from fundeval.release.redaction.matching import Matcher
from fundeval.release.redaction.numbers import NumberIndex
from fundeval.release.redaction.scan import scan_folder
from fundeval.release.redaction.secrets import Secret, SecretList
from fundeval.release.redaction.sources import secrets_of
from release.invented import make_run

_NUMBERS = st.from_regex(r"[0-9]{5,19}", fullmatch=True)


def index_of(numbers: list[str]) -> NumberIndex:
    columns = {
        "length": pa.array([len(number) for number in numbers], pa.uint8()),
        "number": pa.array([int(number) for number in numbers], pa.uint64()),
    }
    return NumberIndex([pa.table(columns)])


@settings(deadline=None)
@given(st.lists(_NUMBERS, max_size=30), st.lists(_NUMBERS, max_size=10))
def test_an_index_holds_what_a_set_holds(numbers: list[str], others: list[str]) -> None:
    index = index_of(numbers)
    assert len(index) == len(set(numbers))
    for text in [*numbers, *others, *(f"0{number}" for number in numbers)]:
        assert (text in index) == (text in set(numbers))


@settings(deadline=None)
@given(st.lists(_NUMBERS, min_size=1, max_size=10), st.data())
def test_a_text_gives_away_the_same_whether_numbers_are_listed_or_indexed(
    numbers: list[str], data: st.DataObject
) -> None:
    number = data.draw(st.sampled_from(numbers))
    text = data.draw(
        st.sampled_from([f"收款人账号{number}。", f"{number[:4]} {number[4:]}", f"x{number}9", "无"])
    )
    listed = Matcher(SecretList(tuple(Secret("account", each) for each in numbers)), patterns=False)
    indexed = Matcher(SecretList((), many=(("account", index_of(numbers)),)), patterns=False)
    assert {secret.kind for secret in indexed.find(text)} == {secret.kind for secret in listed.find(text)}
    assert bool(indexed.find_in_bytes(text.encode())) == bool(listed.find_in_bytes(text.encode()))


def test_a_run_keeps_the_same_secrets_listed_or_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path).run
    listed = secrets_of(run)
    monkeypatch.setattr(sources, "MOST_LISTED", 0)
    indexed = secrets_of(run)
    assert indexed.public == listed.public
    assert len(indexed) == len(listed)
    held = dict(indexed.many)
    for secret in set(listed.secrets) - set(indexed.secrets):
        assert secret.text in held[secret.kind]


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_a_parquet_file_hides_nothing_in_values_gaps_or_metadata(tmp_path: Path, compression: str) -> None:
    names = SecretList((Secret("project", "绝密观测工程"), Secret("account", "6222000011112222333")))
    account = 6222000011112222333
    harmless = pa.table({"row": pa.array([1, 20_315], pa.int32()), "name": ["公开工程", "另一工程"]})
    planted = {
        "a value": harmless.append_column("note", pa.array(["绝密观测工程", ""])),
        "a number": harmless.append_column("number", pa.array([account, 1], pa.uint64())),
        "metadata": harmless.replace_schema_metadata({"remark": "绝密观测工程"}),
    }
    pq.write_table(harmless, tmp_path / "harmless.parquet", compression=compression)
    assert scan_folder(tmp_path / "harmless.parquet", names).is_clean
    for where, table in planted.items():
        path = tmp_path / f"{where}.parquet"
        pq.write_table(table, path, compression=compression)
        assert not scan_folder(path, names).is_clean, where


def test_bytes_no_column_of_a_parquet_file_owns_are_searched_too(tmp_path: Path) -> None:
    path = tmp_path / "gap.parquet"
    pq.write_table(pa.table({"row": pa.array([1], pa.int32())}), path)
    content = path.read_bytes()
    hidden = "绝密观测工程".encode()
    at = content.rindex(b"PAR1") - 4 - int.from_bytes(content[-8:-4], "little")
    path.write_bytes(content[: at + 4] + hidden + content[at + 4 :])
    names = SecretList((Secret("project", "绝密观测工程"),))
    assert not scan_folder(path, names).is_clean
