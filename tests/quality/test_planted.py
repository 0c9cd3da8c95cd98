"""Every rule catches the fault it is for, alone and beside all others.

Planted alone, nothing but the rule and its listed relatives speak; planted all together, every one is still found;
planted in classified projects, nothing is told of them. The ground is a generated fund-year in order, written as nine
files and read once; faults are planted in what was read.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fundeval.core.context import RunContext
from fundeval.core.engine import engine
from fundeval.core.funds import load_scheme
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder
from fundeval.measures import measure, seal_classified
from fundeval.quality.catalogue import load_catalogue
from fundeval.quality.rules import examine, show_whole
from fundeval.sources.contract import KINDS
from fundeval.sources.ingest import ingest
from support.fundgen.habits import AS_SAMPLE
from support.fundgen.invent import invent
from support.fundgen.story import SPOTLESS, Size
from support.fundgen.tables import source_files
from support.fundgen.tidy import tidy
from support.fundgen.write import write_files
from support.planted import FAULTS, YEAR, Fault, Tables, classify, plant
from support.staged import typed_table

FUNDS = Path(__file__).parents[1] / "scoring" / "funds"
FUND_YEAR = FundYear("specimen", YEAR)
SIZE = Size(software=40, hardware=20, services=4, classified=2, units=6, vouchers=1, respondents=40)
CATALOGUE = load_catalogue()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """The fund-year in order, read from its files."""
    root = tmp_path_factory.mktemp("ground")
    facts = tidy(invent("样例数字资金", YEAR, 1, SIZE, replace(SPOTLESS, settled=0)))
    write_files(source_files(facts, AS_SAMPLE, 1), root / "sources")
    context = RunContext(FUND_YEAR, root / "sources", Rooms(root / "out"), "ground")
    for kind in KINDS:
        ingest(context, kind)
    context.run.write("staging", "earlier_projects", typed_table("earlier_projects", ()))
    return context


@pytest.fixture(scope="module")
def tables(ground: RunContext) -> Tables:
    """The rows that were read, per layer and table."""
    return {
        f"{layer}.{name}": ground.run.rows(layer, name)
        for layer in ("staging", "restricted")
        for name in ground.run.tables(layer)
    }


def rules_that_speak(ground: RunContext, tables: Tables, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Measure and examine the ground with these rows; return what each rule found, of those that found anything."""
    context = RunContext(FUND_YEAR, ground.sources, Rooms(tmp_path), "planted")
    shutil.copytree(ground.run.path, context.run.path)
    _write(context.run, ground.run, tables)
    seal_classified(context)
    measure(context)
    parameters = load_scheme(FUND_YEAR).parameters()
    with engine(context.run, layers=("staging", "restricted", "marts")) as connection:
        show_whole(connection)
        made = [examine(connection, rule, parameters, YEAR) for rule in CATALOGUE.rules]
    return {each.rule.id: list(each.rows) for each in made if each.outcome == "fail"}


def _write(run: RunFolder, like: RunFolder, tables: Tables) -> None:
    for place, rows in tables.items():
        layer, name = place.split(".")
        if rows != like.rows(layer, name):
            run.write(layer, name, pa.Table.from_pylist(rows, like.read("staging", name).schema))


@pytest.fixture(autouse=True)
def specimen_fund(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))


def test_nothing_is_found_in_a_year_in_order(ground: RunContext, tables: Tables, tmp_path: Path) -> None:
    assert rules_that_speak(ground, plant(tables, ()), tmp_path) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.rule)
def test_a_fault_alone_is_found_by_its_rule(
    fault: Fault, ground: RunContext, tables: Tables, tmp_path: Path
) -> None:
    found = rules_that_speak(ground, plant(tables, (fault,)), tmp_path)
    assert set(found) == {fault.rule, *fault.also}
    assert all(row["detail"] and row["source_file"] for row in found[fault.rule])


def test_all_faults_together_are_all_found(ground: RunContext, tables: Tables, tmp_path: Path) -> None:
    together = [fault for fault in FAULTS if not fault.apart]
    found = rules_that_speak(ground, plant(tables, together), tmp_path)
    assert {fault.rule for fault in together} - set(found) == set()
    assert set(found) == {fault.rule for fault in together}


def test_of_classified_projects_no_fault_is_told(ground: RunContext, tables: Tables, tmp_path: Path) -> None:
    """政府采购法 art. 85 exempts them, and no name, code or voucher of theirs may be told by any rule."""
    planted = plant(tables, (fault for fault in FAULTS if not fault.apart))
    found = rules_that_speak(ground, classify(planted), tmp_path)
    told = str(found)
    codes = {row["project_code"] for row in planted["staging.plan_projects"]}
    vouchers = {row["voucher_no"] for row in planted["staging.vouchers"] if row["project_code"] in codes}
    names = {row["project_name"] for row in planted["staging.plan_projects"]}
    assert [secret for secret in sorted(codes | vouchers | names) if secret in told] == []


def test_every_rule_over_rows_has_a_planted_fault() -> None:
    planted = {fault.rule for fault in FAULTS}
    # Rules of the last phase are about waivers, not about what offices send.
    over_rows = {rule.id for rule in CATALOGUE.rules if rule.check is None and rule.phase != "last"}
    assert over_rows - planted == set()


def test_related_rules_are_listed_as_such() -> None:
    """A rule that speaks beside another is named among its relatives, or through one of them."""
    for fault in FAULTS:
        known = _reachable(fault.rule)
        assert set(fault.also) <= known, fault.rule


def _reachable(rule: str) -> set[str]:
    links = {each.id: set(each.entry.related) for each in CATALOGUE.rules}
    for each in CATALOGUE.rules:
        for other in each.entry.related:
            links[other].add(each.id)
    found, wanted = set(), {rule}
    while wanted:
        one = wanted.pop()
        found.add(one)
        wanted |= links.get(one, set()) - found
    return found
