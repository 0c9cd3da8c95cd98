"""The published dataset: which rows and columns leave, in which editions, written how."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import docx
import duckdb
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st

from fundeval.core.errors import ReleaseError
from fundeval.core.places import repository, sql_folder
from fundeval.release.dataset import build_dataset, draft_folder
from fundeval.release.dictionary import load_dictionary
from fundeval.release.dictionary_document import dictionary_markdown, write_dictionary_docx
from fundeval.release.editions.tables import read_csv, read_parquet, write_csv
from fundeval.release.editions.workbook import read_workbook
from fundeval.release.fields import guard, unguard
from release.invented import FUND_YEAR, SECRET_NAMES, invented_tables, make_draft, make_run

TABLES = ("metrics", "projects", "indicators", "findings", "months", "units", "services", "survey")


def built(root: Path, tables=None, run_id: str = "first") -> Path:
    context = make_run(root, run_id, tables)
    build_dataset(context)
    return draft_folder(context) / "dataset"


def lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8-sig").split("\r\n")


def test_projects_are_the_public_ones_and_one_row_of_classified_sums(tmp_path):
    assert lines(built(tmp_path) / "projects.csv") == [
        "project_code,project_name,category,unit,released,paid,carry_over,project_nature,planned,applied,"
        "execution_rate,project_status,unfinished_cause,contract_amount,reviewed_on,awarded_on,signed_on,"
        "contract_finish_on,started_on,finished_on,acceptance_result,test_result,settlement_planned,"
        "settlement_audited,benefit_code,benefit_level",
        "LH31-A01,河道水质在线监测平台,软件平台开发,市水利局,800000.00,600000.00,200000.00,续建,900000.00,800000.00,"
        "75.00,已完工,,850000.00,2030-05-06,2030-09-01,2030-09-20,2031-10-31,2030-10-08,2031-10-20,合格,合格,"
        "850000.00,816000.00,D11,全部实现",
        "LH31-B01,泵站自动化改造,信息化硬件建设,市水利局,300000.00,300000.00,0.00,新建,500000.00,300000.00,"
        "100.00,在建,'=汛期停工,480000.00,,2031-03-01,2031-04-15,2032-03-31,2031-05-01,,,,,,D12,部分实现",
        "LH31-C01,沿河监控运维服务,运维及监测服务,市城管局,0.00,0.00,0.00,续建,100000.00,0.00,"
        ",未启动,未按计划启动,,,,,,,,,,,,,未实现",
        "CLASSIFIED,涉密项目\uff08合计\uff09,涉密,,500000.00,300000.00,200000.00,,700000.00,500000.00,60.00,,,,,,,,,,,,,,,",
        "",
    ]


def test_metrics_carry_their_unit_numerator_and_denominator(tmp_path):
    folder = built(tmp_path)
    rows = read_csv(load_dictionary().tables["metrics"], folder / "metrics.csv")
    shown = {row["metric"]: (row["value"], row["unit"], row["numerator"], row["denominator"]) for row in rows}
    assert shown == {
        "budget": ("3000000.00", "元", None, None),
        "applied": ("1600000.00", "元", None, None),
        "released": ("1600000.00", "元", None, None),
        "paid": ("1200000.00", "元", None, None),
        "carry_over": ("400000.00", "元", None, None),
        "unreleased": ("1400000.00", "元", None, None),
        "arrival_rate": ("100.00", "%", Decimal(1600000), Decimal(1600000)),
        "execution_rate": ("75.00", "%", Decimal(1200000), Decimal(1600000)),
        "satisfaction_rate": ("85.71", "%", Decimal(6), Decimal(7)),
        "cost_saving_rate": ("4.00", "%", Decimal(34000), Decimal(850000)),
        "quality_rate": ("100.00", "%", Decimal(1), Decimal(1)),
        "projects": ("5", "个", None, None),
        "projects_new": ("1", "个", None, None),
        "projects_continuing": ("4", "个", None, None),
        "projects_classified": ("2", "个", None, None),
        "implementing_units": ("3", "家", None, None),
        "settled_projects": ("1", "个", None, None),
        "quality_checked": ("1", "个", None, None),
        "quality_passed": ("1", "个", None, None),
        "respondents": ("4", "人", None, None),
        "service_indicators": ("2", "个", None, None),
        "service_indicators_met": ("1", "个", None, None),
        "plan_lag_months": ("3", "个月", None, None),
        "score": ("85.00", "分", None, None),
        "grade": ("良", None, None, None),
    }


def test_a_rate_with_nothing_to_divide_by_is_empty(tmp_path):
    tables = invented_tables()
    tables["marts"]["fund_facts"][0] |= {
        "settlement_planned_yuan": 0,
        "settlement_audited_yuan": 0,
        "satisfied_answers": 0,
        "satisfaction_answers": 0,
    }
    rows = read_csv(load_dictionary().tables["metrics"], built(tmp_path, tables) / "metrics.csv")
    values = {row["metric"]: row["value"] for row in rows}
    assert (values["cost_saving_rate"], values["satisfaction_rate"]) == (None, None)
    assert values["execution_rate"] == "75.00"


def test_a_saving_rate_may_be_negative_and_is_not_taken_for_a_formula(tmp_path):
    tables = invented_tables()
    tables["marts"]["fund_facts"][0] |= {"settlement_planned_yuan": 100, "settlement_audited_yuan": 104}
    folder = built(tmp_path, tables)
    assert "cost_saving_rate,-4.00,%,-4,100," in (folder / "metrics.csv").read_text("utf-8-sig")


def test_months_units_services_and_survey(tmp_path):
    folder = built(tmp_path)
    assert lines(folder / "months.csv")[:3] == ["month,paid", "2031-01,100000.00", "2031-02,100000.00"]
    assert lines(folder / "units.csv")[1:] == [
        "市城管局,1,0.00,0.00,0.00,",
        "市水利局,2,1100000.00,900000.00,200000.00,81.82",
        "CLASSIFIED,2,500000.00,300000.00,200000.00,60.00",
        "",
    ]
    assert lines(folder / "services.csv")[1:] == [
        "断面监测频次,次,≥,1200,1288,是",
        "故障率,%,≤,1.5,2.25,否",
        "",
    ]
    assert lines(folder / "survey.csv")[1:] == [
        "1,您的身份是,单选,居民,4",
        "2,对水质的满意程度,满意度,满意,4",
        "3,对服务的满意程度,满意度,非常满意,2",
        "3,对服务的满意程度,满意度,不满意,1",
        "4,您的意见,意见建议,,3",
        "",
    ]


def test_without_classified_projects_no_row_speaks_of_them(tmp_path):
    tables = invented_tables()
    tables["marts"]["classified"][0]["projects"] = 0
    folder = built(tmp_path, tables)
    for name in ("projects", "units"):
        assert "CLASSIFIED" not in (folder / f"{name}.csv").read_text("utf-8-sig")


def test_every_edition_holds_the_same_rows(tmp_path):
    folder = built(tmp_path)
    dictionary = load_dictionary()
    workbook = read_workbook(dictionary, folder / "dataset.xlsx")
    for name in TABLES:
        table = dictionary.tables[name]
        rows = read_parquet(table, folder / f"{name}.parquet")
        assert rows
        assert read_csv(table, folder / f"{name}.csv") == rows
        assert workbook[name] == rows


def test_parquet_has_exact_types(tmp_path):
    schema = pq.read_schema(built(tmp_path) / "projects.parquet")
    types = {name: str(schema.field(name).type) for name in ("paid", "execution_rate", "started_on", "unit")}
    assert types == {
        "paid": "decimal128(18, 2)",
        "execution_rate": "decimal128(18, 2)",
        "started_on": "date32[day]",
        "unit": "string",
    }


def test_frictionless_accepts_the_package_and_would_notice_a_changed_cell(tmp_path):
    folder = built(tmp_path)
    descriptor = folder / "datapackage.json"
    assert Package(str(descriptor)).validate().valid
    months = folder / "months.csv"
    months.write_bytes(months.read_bytes().replace(b"100000.00", b"10000X.00", 1))
    report = Package(str(descriptor)).validate()
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert not report.valid
    assert {"hash-count", "type-error"} <= kinds


def test_the_package_explains_every_column_in_both_languages(tmp_path):
    package = Package(str(built(tmp_path) / "datapackage.json")).to_dict()
    fields = [field for resource in package["resources"] for field in resource["schema"]["fields"]]
    assert [resource["name"] for resource in package["resources"]] == list(TABLES)
    assert all(field["title"] and field["description"] and field["description_en"] for field in fields)
    paid = next(field for field in fields if field["name"] == "paid")
    assert (paid["unit"], paid["unit_en"]) == ("元", "CNY yuan")


def test_only_what_the_dictionary_lists_is_published(tmp_path):
    tables = invented_tables()
    for row in tables["marts"]["projects"]:
        row["payee_account"] = "6217003810026896707"
    folder = built(tmp_path, tables)
    for name in TABLES:
        columns = [column.name for column in load_dictionary().tables[name].columns]
        assert pq.read_schema(folder / f"{name}.parquet").names == columns
        assert lines(folder / f"{name}.csv")[0] == ",".join(columns)


def test_the_same_run_gives_the_same_bytes(tmp_path):
    first = {path.name: path.read_bytes() for path in built(tmp_path / "one").iterdir()}
    second = {path.name: path.read_bytes() for path in built(tmp_path / "two", run_id="other").iterdir()}
    assert first == second
    assert len(first) == 2 * len(TABLES) + 4


def test_the_order_of_rows_in_the_marts_does_not_matter(tmp_path):
    tables = invented_tables()
    for rows in (*tables["marts"].values(), *tables["scores"].values()):
        rows.reverse()
    first = {path.name: path.read_bytes() for path in built(tmp_path / "one").iterdir()}
    assert {path.name: path.read_bytes() for path in built(tmp_path / "two", tables).iterdir()} == first


def test_building_again_takes_an_outdated_report_away(tmp_path):
    context = make_run(tmp_path)
    build_dataset(context)
    report = draft_folder(context) / "report" / "report.docx"
    report.parent.mkdir()
    report.write_text("old")
    build_dataset(context)
    assert not report.exists()


def test_everything_that_is_wrong_is_said_at_once_in_chinese(tmp_path):
    tables = invented_tables()
    del tables["marts"]["services"]
    tables["marts"]["projects"][0]["project_status"] = "half_done"
    for row in tables["marts"]["units"]:
        del row["paid_yuan"]
    with pytest.raises(ReleaseError) as caught:
        built(tmp_path, tables)
    for part in ("缺少 marts.services", "half_done", "marts.units 缺少列 paid_yuan"):
        assert part in str(caught.value)


def test_an_empty_cell_where_a_value_is_due_names_table_row_and_column(tmp_path):
    tables = invented_tables()
    tables["scores"]["indicators"][1]["level2"] = None
    with pytest.raises(ReleaseError, match="indicators 第 2 行的“二级指标”为空"):
        built(tmp_path, tables)


def test_restricted_rows_never_reach_the_dataset(tmp_path):
    for path in built(tmp_path).iterdir():
        content = path.read_bytes()
        assert not any(name.encode() in content for name in SECRET_NAMES), path.name


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-无", "'-无"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("'quoted", "''quoted"),
        ("智慧", "智慧"),
        ("A=1", "A=1"),
    ],
)
def test_texts_that_look_like_formulas_are_guarded(text, cell):
    assert guard(text) == cell


@given(st.text())
def test_guarding_can_always_be_undone(text):
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1), min_size=1, max_size=5))
def test_any_text_survives_the_csv_edition(tmp_path_factory, texts):
    table = load_dictionary().tables["survey"]
    rows = [
        {
            "question_no": number,
            "question_text": text,
            "question_type": "单选",
            "option_text": None,
            "answers": 1,
        }
        for number, text in enumerate(texts)
    ]
    path = tmp_path_factory.mktemp("csv") / "survey.csv"
    write_csv(table, rows, path)
    assert read_csv(table, path) == rows


def test_dates_and_decimals_survive_the_csv_edition(tmp_path):
    rows = read_csv(load_dictionary().tables["projects"], built(tmp_path) / "projects.csv")
    assert (rows[0]["started_on"], rows[0]["paid"]) == (dt.date(2030, 10, 8), Decimal("600000.00"))


def test_published_words_are_those_of_the_findings():
    connection = duckdb.connect()
    connection.execute((sql_folder() / "macros" / "figures.sql").read_text("utf-8"))
    codes = load_dictionary().codes
    for macro, words in (("status_zh", codes["project_status"]), ("benefit_zh", codes["benefit_level"])):
        for code, word in words.items():
            assert connection.execute(f"select {macro}(?)", [code]).fetchone() == (word,)


def test_the_printed_dictionary_is_up_to_date():
    printed = (repository() / "docs" / "data-dictionary.md").read_text("utf-8")
    assert printed == dictionary_markdown(load_dictionary())


def test_the_dictionary_comes_as_a_word_file_with_every_table_column_and_metric(tmp_path):
    folder = draft_folder(make_draft(tmp_path)) / "dataset"
    document = docx.Document(str(folder / "data-dictionary.docx"))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    dictionary = load_dictionary()
    expected = [[column.name for column in table.columns] for table in dictionary.tables.values()]
    expected += [[metric.metric for metric in dictionary.metrics], list(dictionary.codes)]
    assert [[row[0] for row in table[1:]] for table in tables] == expected
    assert tables[1][1][:3] == ["project_code", "项目编码", "文本"]
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings[:2] == ["一、主要指标", "二、项目情况"]
    assert len(headings) == len(tables)


def test_the_word_dictionary_is_the_same_bytes_every_time(tmp_path):
    for name in ("a", "b"):
        write_dictionary_docx(load_dictionary(), tmp_path / name, FUND_YEAR, "某事务所")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
