"""Files that cannot be used as a whole: each ends in one clear sentence, and the reader lives on."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import msoffcrypto.format.ooxml as ooxml
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundeval.core.errors import InputError
from fundeval.sources.grid import read_grid
from sources.conftest import workbook

ROWS = [["指标文号", "下达日期"], ["样指1号", "2031-02-11"]]


def refusal(path: Path, tmp_path: Path) -> str:
    """Return the code of the one problem reading the file ends in."""
    folder = tmp_path / "grid"
    folder.mkdir(exist_ok=True)
    with pytest.raises(InputError) as caught:
        read_grid(path, path.name, folder)
    (problem,) = caught.value.problems
    assert problem.file == path.name
    assert problem.message
    assert problem.remedy
    return problem.code


def made(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def repacked(path: Path, change: dict[str, bytes]) -> Path:
    """Replace parts of a workbook."""
    content = {}
    with zipfile.ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in {**content, **change}.items():
            package.writestr(name, data)
    return path


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n  \r\n"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    assert refusal(made(tmp_path / "a.csv", content), tmp_path) == "empty_file"


def test_truncated_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"表": ROWS})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refusal(path, tmp_path) == "truncated_file"


def test_truncated_part_inside_a_whole_package(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"表": ROWS})
    repacked(path, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='1'><c r='A1' t='inl"})
    assert refusal(path, tmp_path) == "truncated_file"


def test_truncated_legacy_workbook(tmp_path: Path, sample_xls: bytes) -> None:
    assert refusal(made(tmp_path / "a.xls", sample_xls[:3000]), tmp_path) == "truncated_file"


def test_encrypted_workbook(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "plain.xlsx", {"表": ROWS})
    locked = io.BytesIO()
    with plain.open("rb") as handle:
        ooxml.OOXMLFile(handle).encrypt("secret", locked)
    assert refusal(made(tmp_path / "a.xlsx", locked.getvalue()), tmp_path) == "encrypted_file"


def test_csv_called_xlsx(tmp_path: Path) -> None:
    assert (
        refusal(made(tmp_path / "a.xlsx", "指标文号,下达日期\n1,2\n".encode()), tmp_path) == "misnamed_file"
    )


def test_workbook_called_csv(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", {"表": ROWS})
    assert refusal(path.rename(tmp_path / "b.csv"), tmp_path) == "misnamed_file"


def test_html_table_called_xls(tmp_path: Path) -> None:
    assert (
        refusal(made(tmp_path / "a.xls", b"<html><table><tr><td>1</td></tr></table></html>"), tmp_path)
        == "markup_file"
    )


def test_any_other_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("readme.txt", "x")
    assert refusal(tmp_path / "a.xlsx", tmp_path) == "not_a_workbook"


def test_zip_bomb(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"表": ROWS})
    repacked(path, {"xl/worksheets/sheet1.xml": b"<row/>" * 100_000_000})
    assert path.stat().st_size < 3_000_000
    assert refusal(path, tmp_path) == "oversized_workbook"


@pytest.mark.parametrize(
    "head",
    [
        b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>',
        b'<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities(tmp_path: Path, head: bytes) -> None:
    path = workbook(tmp_path / "a.xlsx", {"表": ROWS})
    with zipfile.ZipFile(path) as package:
        strings = package.read("xl/worksheets/sheet1.xml")
    repacked(path, {"xl/worksheets/sheet1.xml": head + strings})
    assert refusal(path, tmp_path) == "dangerous_xml"


def test_a_cell_in_the_last_corner(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "指标文号"
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert refusal(tmp_path / "a.xlsx", tmp_path) == "far_cell"


def test_unknown_encoding(tmp_path: Path) -> None:
    assert refusal(made(tmp_path / "a.csv", b"a,b\n\xff\xfe\x80\x81,\x80\n"), tmp_path) == "unknown_encoding"


def test_a_sheet_name_is_text_and_nothing_else(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"=cmd ..": ROWS})
    folder = tmp_path / "grid"
    folder.mkdir()
    assert read_grid(path, path.name, folder).sheets[0].name == "=cmd .."


@pytest.fixture(scope="module")
def sample_xls(repository_samples: Path) -> bytes:
    return next(repository_samples.glob("*.xls")).read_bytes()


@pytest.fixture(scope="module")
def repository_samples() -> Path:
    return Path(__file__).resolve().parents[2] / "include" / "samples" / "changde-smart-city" / "2022"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_sample_is_read_or_refused(
    tmp_path: Path, repository_samples: Path, data: st.DataObject
) -> None:
    """Whatever happened to the bytes, reading answers with rows or with the typed error."""
    source = data.draw(st.sampled_from(sorted(repository_samples.iterdir())))
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 3))
    folder = tmp_path / "mutated"
    folder.mkdir(exist_ok=True)
    path = made(tmp_path / source.name, bytes(content[: len(content) // cut if cut else None]))
    try:
        grid = read_grid(path, path.name, folder)
    except InputError as error:
        assert error.problems
    else:
        assert grid.sheets
