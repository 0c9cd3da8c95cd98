"""The redaction gate: what must not leave is found wherever it hides, and nothing else is held back."""

from __future__ import annotations

import io
from pathlib import Path

import msoffcrypto
import pikepdf
import pytest
import xlsxwriter

from fundeval.core.errors import ConfigurationError
from fundeval.release.redaction.scan import scan_folder
from fundeval.release.redaction.secrets import Secret, SecretList, read_names
from fundeval.release.redaction.sources import secrets_of
from release.invented import (
    SECRET_ACCOUNT,
    SECRET_IP,
    SECRET_NAMES,
    SECRET_PHONE,
    invented_tables,
    make_run,
)
from release.planted import PLANTERS, docx_bytes, pdf_bytes, xlsx_bytes, zip_bytes

NAME = SECRET_NAMES[1]


def names(*texts: str, kind="listed", public: tuple[str, ...] = ()) -> SecretList:
    return SecretList(tuple(Secret(kind, text) for text in texts), frozenset(public))


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.mark.parametrize("way", PLANTERS)
def test_a_name_is_found_however_it_got_there(way, tmp_path):
    name, content = PLANTERS[way](NAME)
    report = scan_folder(put(tmp_path / "out", name, content), names(NAME))
    assert report.hits
    assert not report.unreadable
    assert NAME not in repr(report) + "".join(report.problems()) + repr(report.as_dict())


@pytest.mark.parametrize("way", PLANTERS)
def test_the_same_files_about_something_else_are_clean(way, tmp_path):
    name, content = PLANTERS[way]("泵站自动化改造及运维")
    report = scan_folder(put(tmp_path / "out", name, content), names(NAME, SECRET_ACCOUNT, "P-000901"))
    assert report.problems() == []


def test_every_planted_leak_of_a_folder_is_counted(tmp_path, record_property):
    folder = tmp_path / "out"
    for way, plant in PLANTERS.items():
        name, content = plant(NAME)
        put(folder, f"{way}/{name}", content)
    report = scan_folder(folder, names(NAME))
    found = {hit.place.split(" › ")[1] for hit in report.hits}
    record_property("planted leaks found", f"{len(found & PLANTERS.keys())} of {len(PLANTERS)}")
    assert found == PLANTERS.keys()


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        (SECRET_ACCOUNT, "6228480402564890018"),
        (SECRET_ACCOUNT, "6228 4804 0256 4890 018"),
        (SECRET_ACCOUNT, "账号:6228-4804-0256-4890-018,开户行"),
        (SECRET_ACCOUNT, "".join(chr(ord(digit) + 0xFEE0) for digit in SECRET_ACCOUNT)),
        (SECRET_ACCOUNT, "1,6228480402564890018,2"),
        (SECRET_PHONE, "电话139 0736 1188。"),
        (SECRET_PHONE, "139-0736-1188"),
        (SECRET_PHONE, "tel=13907361188"),
        (SECRET_IP, "来自111.8.77.205(湖南)"),
        (SECRET_IP, "111\uff0e8\uff0e77\uff0e205"),
        ("2001:db8::8a2e:7334", "from 2001:DB8::8A2E:7334 port 80"),
        ("P-000901", "凭证P000901号"),
        ("P-000901", "p - 000901"),
        ("绿财指〔2031〕88号", "依据绿财指[2031]88号下达"),
        ("绿财指〔2031〕88号", "绿财指(2031) 88 号"),
        ("20310088", "文号 2031-0088"),
        ("HT-17", "合同 HT17;"),
    ],
)
def test_numbers_are_found_in_the_ways_people_write_them(secret, text, tmp_path):
    assert scan_folder(put(tmp_path / "o", "a.txt", text), names(secret), patterns=False).hits


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        (SECRET_IP, "111.8.77.20 111.8.77.2051 1.111.8.77.205"),
        ("20310088", "2031年,0088;120310088;203100881"),
        ("HT-17", "HT-170 XHT-17 HT-1-7X"),
        (SECRET_PHONE, "139073611880 113907361188"),
    ],
)
def test_longer_numbers_that_only_contain_a_secret_one_are_no_finding(secret, text, tmp_path):
    assert scan_folder(put(tmp_path / "o", "a.txt", text), names(secret), patterns=False).is_clean


@pytest.mark.parametrize(
    "text", ["手机号13873612345可回访", "联系 +86 138-7361-2345", "身份证11010519491231002X"]
)
def test_telephone_and_identity_numbers_are_found_without_a_list(text, tmp_path):
    assert scan_folder(put(tmp_path / "o", "a.txt", text), names("无关内容")).hits


@pytest.mark.parametrize(
    "text",
    [
        "合计13873612345.00元",
        "13,873,612,345",
        "20220000252",
        "110105194912310021",
        "run_13873612345",
        "订单DZMC13873612345",
    ],
)
def test_amounts_and_document_numbers_do_not_read_as_telephone_or_identity_numbers(text, tmp_path):
    assert scan_folder(put(tmp_path / "o", "a.txt", text), names("无关内容")).is_clean


def test_a_large_amount_in_a_numeric_cell_is_no_telephone_number_but_a_text_cell_is(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_number("A1", 13873612345)
    assert scan_folder(put(tmp_path / "number", "a.xlsx", out.getvalue()), names("无关内容")).is_clean
    text = xlsx_bytes(lambda book: book.active.append(["13873612345"]))
    assert scan_folder(put(tmp_path / "text", "a.xlsx", text), names("无关内容")).hits


def test_a_listed_number_is_found_in_a_numeric_cell_too(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_number("A1", 13873612345)
    assert scan_folder(put(tmp_path / "o", "a.xlsx", out.getvalue()), names("13873612345")).hits


def test_a_secret_inside_a_longer_public_name_is_no_disclosure_but_alone_it_is(tmp_path):
    listed = names("安全平台", public=("网络安全平台(二期)",))
    assert scan_folder(put(tmp_path / "a", "a.txt", "建设网络安全平台(二期)一个"), listed).is_clean
    assert scan_folder(put(tmp_path / "b", "a.txt", "网络安全平台(二期)和安全平台"), listed).hits


def encrypted_xlsx() -> bytes:
    plain, out = io.BytesIO(xlsx_bytes(lambda book: book.active.append(["x"]))), io.BytesIO()
    msoffcrypto.OfficeFile(plain).encrypt("secret", out)
    return out.getvalue()


def encrypted_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_bytes())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def encrypted_zip() -> bytes:
    content = bytearray(zip_bytes({"a.txt": b"x"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return bytes(content)


def dumb_font_pdf() -> bytes:
    def change(pdf):
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing:
                del thing["/ToUnicode"]

    return pdf_bytes("字", change)


def nested(depth: int) -> bytes:
    content = b"x"
    for _ in range(depth):
        content = zip_bytes({"a": content})
    return content


def bomb() -> bytes:
    """Make an archive whose directory promises two gigabytes."""
    content = bytearray(zip_bytes({"a.txt": b"x"}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (2 << 30).to_bytes(4, "little")
    return bytes(content)


CLOSED = {
    "encrypted workbook": encrypted_xlsx,
    "encrypted pdf": encrypted_pdf,
    "encrypted zip": encrypted_zip,
    "truncated docx": lambda: docx_bytes(lambda document: None)[:-400],
    "truncated pdf": lambda: pdf_bytes()[:300],
    "pdf whose glyphs have no text": dumb_font_pdf,
    "unknown bytes": lambda: bytes(range(256)) * 4,
    "broken parquet": lambda: b"PAR1" + bytes(60) + b"PAR1",
    "broken image": lambda: b"\x89PNG\r\n\x1a\n" + bytes(40),
    "xml with entities": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "too deep": lambda: nested(12),
    "bomb": bomb,
}


@pytest.mark.parametrize("case", CLOSED)
def test_what_cannot_be_opened_is_held_back(case, tmp_path):
    report = scan_folder(put(tmp_path / "out", "file.bin", CLOSED[case]()), names(NAME))
    assert not report.is_clean
    assert report.unreadable
    assert "无法检查" in report.problems()[-1]


def test_a_link_is_held_back(tmp_path):
    put(tmp_path / "elsewhere", "a.txt", "x")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").symlink_to(tmp_path / "elsewhere" / "a.txt")
    assert not scan_folder(tmp_path / "out", names(NAME)).is_clean


def test_the_place_is_named_down_to_the_inner_part_and_secret_names_in_it_are_hidden(tmp_path):
    put(tmp_path / "out", "report/r.docx", PLANTERS["docx_comment"](NAME)[1])
    put(tmp_path / "out", f"{NAME}/x.csv", NAME)
    places = {hit.place for hit in scan_folder(tmp_path / "out", names(NAME)).hits}
    assert "out › report › r.docx › word/comments.xml" in places
    assert any("名称已隐去" in place for place in places)


def test_a_folder_that_does_not_exist_is_an_error_not_a_clean_result(tmp_path):
    with pytest.raises(ConfigurationError, match="不存在"):
        scan_folder(tmp_path / "nowhere", names(NAME))


def test_a_list_of_names_is_read_line_by_line(tmp_path):
    path = tmp_path / "名单.txt"
    path.write_bytes(f"{NAME}\n\n{SECRET_IP}\n".encode("gb18030"))
    report = scan_folder(put(tmp_path / "o", "a.txt", f"x {SECRET_IP}"), read_names(path))
    assert [(hit.kind, hit.label) for hit in report.hits] == [("名单所列内容", "名单第 3 行")]


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "是空的"), ("甲\n".encode(), "第 1 行太短"), (b"\xff\x00\xff", "不是文本")]
)
def test_a_list_that_could_find_nothing_is_refused(content, said, tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        read_names(path)


def test_a_run_gives_every_secret_it_knows(tmp_path):
    found = {(secret.kind, secret.text) for secret in secrets_of(make_run(tmp_path).run).secrets}
    assert found == {
        ("project", "LH31-Z01"),
        ("project", "LH31-Z02"),
        ("project", "赤松山岭光缆复线"),
        ("project", "玉衡机要楼加固工程"),
        ("project", "玉衡机要楼加固工程(一期)"),
        ("project", "玉衡机要楼加固"),
        ("identifier", "P-000901"),
        ("identifier", "P-000902"),
        ("identifier", "绿财指〔2031〕88号"),
        ("supplier", "隐泉安防设备公司"),
        ("account", SECRET_ACCOUNT),
        ("account", "6217003810026896707"),
        ("ip", SECRET_IP),
        ("phone", SECRET_PHONE),
    }


def test_what_public_rows_have_too_is_no_secret(tmp_path):
    tables = invented_tables()
    public = {"voucher_no": "P-1", "quota_doc_no": "绿财指[2031]88号", "payee_name": "隐泉安防设备公司"}
    tables["staging"]["vouchers"].append(tables["staging"]["vouchers"][0] | public)
    kinds = {secret.kind for secret in secrets_of(make_run(tmp_path, tables=tables).run).secrets}
    assert "supplier" not in kinds
    found = {secret.text for secret in secrets_of(make_run(tmp_path, tables=tables).run).secrets}
    assert "绿财指〔2031〕88号" not in found


def test_an_alias_that_a_public_name_contains_is_not_searched_for(tmp_path):
    tables = invented_tables()
    tables["staging"]["plan_projects"][0]["project_name"] = "玉衡机要楼加固配套道路"
    found = {secret.text for secret in secrets_of(make_run(tmp_path, tables=tables).run).secrets}
    assert "玉衡机要楼加固" not in found
    assert "玉衡机要楼加固工程" in found


def test_a_classified_project_left_in_staging_is_a_secret_all_the_same(tmp_path):
    tables = invented_tables()
    tables["staging"]["plan_projects"].append(
        {**tables["restricted"]["plan_projects"][0], "project_name": "丹砂值守点", "project_code": "LH31-Z09"}
    )
    listed = secrets_of(make_run(tmp_path, tables=tables).run)
    assert {"丹砂值守点", "LH31-Z09"} <= {secret.text for secret in listed.secrets}
    assert not {"丹砂值守点", "LH31-Z09"} & listed.public
