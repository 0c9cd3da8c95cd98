"""Which finished work of a run may stand: what each stage reads and writes, and the decision to do it again.

The patterns are those of docs/architecture.md. A stage that names too little would keep what is outdated; that each
needs nothing beyond what it names is tested by running it with everything else taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError
from fundeval.core.footprint import (
    Footprint,
    StageRecord,
    changed_inputs,
    code_sha256,
    fund_sha256,
    read_record,
)
from fundeval.core.rooms import DATA_DOCS, RunFolder
from fundeval.core.run_record import read_run

INGEST = "ingest."
_SOURCES = "sources/"
_CODE = "code"
_FUND = "fund"


@dataclass(frozen=True)
class Decision:
    """What is to be done about a stage.

    Attributes:
        record: The record whose work stands; None where the stage has to work.
        reasons: Names of the inputs that changed since the stage last ended well; empty where it never did.
        passed_over: Source files that changed but are not among the kinds the operator asked for.
    """

    record: StageRecord | None
    reasons: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()


def ingest_footprint(context: RunContext, kind: str) -> Footprint:
    """Return what reading a kind of file depends on: its files and the list of classified projects."""
    from fundeval.sources.contract import load_contract
    from fundeval.sources.ingest import staging_tables

    tables = staging_tables(load_contract(kind))
    return Footprint(
        reads=() if kind == "budget_plan" else ("restricted/plan_projects.parquet",),
        writes=(
            *(f"{layer}/{table}.parquet" for layer in ("staging", "restricted") for table in tables),
            f"staging/stated_totals_{kind}.parquet",
            f"rejects/{kind}.parquet",
            f"checks/ingest_{kind}.parquet",
            f"checks/corrections_{kind}.parquet",
        ),
        outside={_CODE: code_sha256(), **_source_hashes(context, kind)},
    )


def quality_footprint(context: RunContext) -> Footprint:
    """Return what the gate depends on: every row read or refused, the names in the folder, lists of corrections."""
    from fundeval.sources.selection import correction_hashes, inbox_problems

    told = sorted(str(problem) for problem in inbox_problems(context))
    lists = {f"lists/{name}": sha256 for name, sha256 in correction_hashes(context).items()}
    return _footprint(
        context,
        reads=("staging/*", "restricted/*", "rejects/*", "checks/ingest_*", "checks/corrections_*"),
        writes=("checks/gate_*", "checks/problems.parquet"),
        outside={"folder": "\n".join(told), **lists},
    )


def sealed_footprint(context: RunContext) -> Footprint:
    """Return what the sealing stage depends on: the tables its models name."""
    return _models_footprint(context, is_sealed=True)


def measure_footprint(context: RunContext) -> Footprint:
    """Return what the measures depend on: the tables their models name."""
    return _models_footprint(context, is_sealed=False)


def examine_footprint(context: RunContext) -> Footprint:
    """Return what the rules after the measures depend on: every row, all measures, what the gate found."""
    return _footprint(
        context,
        reads=("staging/*", "restricted/*", "marts/*", "checks/gate_*"),
        writes=(
            *(f"checks/{table}.parquet" for table in ("rules", "rule_rows", "waived_rows", "waivers")),
            f"{DATA_DOCS}/**/*",
        ),
    )


def score_footprint(context: RunContext) -> Footprint:
    """Return what scoring depends on: every public row, all measures, what the rules found, the scheme."""
    return _footprint(
        context,
        reads=("staging/*", "marts/*", "checks/rules.parquet", "checks/rule_rows.parquet"),
        writes=("scores/*",),
    )


def dataset_footprint(context: RunContext) -> Footprint:
    """Return what the published dataset, its public evidence and what it corrects depend on."""
    return _footprint(
        context,
        reads=("staging/*", "marts/*", "scores/*"),
        writes=("draft/dataset/**/*", "draft/evidence/**/*", "draft/corrections.json"),
        outside={"releases": _releases_of_others(context)},
    )


def report_footprint(context: RunContext) -> Footprint:
    """Return what the report depends on: the dataset, and what was read, refused and checked."""
    return _footprint(
        context,
        reads=(
            "draft/dataset/**/*",
            "draft/evidence/**/*",
            "draft/corrections.json",
            "marts/fund_facts.parquet",
            "staging/*",
            "checks/*",
        ),
        writes=("draft/report/**/*",),
    )


def publish_footprint(context: RunContext) -> Footprint:
    """Return what publishing depends on: the draft, what must not be found in it, and who approved it."""
    return _footprint(
        context,
        reads=("draft/**/*", "staging/*", "restricted/*", "marts/*", "checks/*", "approval.json"),
        writes=(),
    )


def require_known_kinds(context: RunContext) -> None:
    """Refuse kinds of file there are none of, before anything is read.

    Raises:
        ConfigurationError: Names the unknown ones and lists the known.
    """
    from fundeval.sources.contract import KINDS

    unknown = [kind for kind in context.only if kind not in KINDS]
    if unknown:
        raise ConfigurationError(
            f"“只更新”中没有这样的文件类别:{'、'.join(unknown)}。可填:{'、'.join(KINDS)}。"
        )


def decide(context: RunContext, stage: str, inputs: Mapping[str, str]) -> Decision:
    """Decide whether a stage has to work.

    Args:
        context: The run; ``force`` lets nothing stand, ``only`` names the kinds of file that may be read again.
        stage: Name of the stage.
        inputs: What it would stand on now.

    Raises:
        ConfigurationError: A kind that was not asked for has to be read again, but its file is another one now.
    """
    record = read_record(context.run, stage)
    if context.force or record is None or not record.is_intact(context.run):
        return Decision(None)
    changed = changed_inputs(record, inputs)
    if not changed:
        return Decision(record)
    sources = tuple(name.removeprefix(_SOURCES) for name in changed if name.startswith(_SOURCES))
    if sources and context.only and stage.removeprefix(INGEST) not in context.only:
        if len(sources) == len(changed):
            return Decision(record, passed_over=sources)
        raise ConfigurationError(
            f"{'、'.join(f'《{name}》' for name in sources)}已经更换,但不在“只更新”之列;"
            "而名单或程序的变化要求重新读取这类文件。请把这一类加入“只更新”,或者不填“只更新”重新运行。"
        )
    return Decision(None, reasons=tuple(changed))


def _footprint(
    context: RunContext,
    reads: tuple[str, ...],
    writes: tuple[str, ...],
    outside: Mapping[str, str] | None = None,
) -> Footprint:
    fund = {_CODE: code_sha256(), _FUND: fund_sha256(context.fund_year.fund)}
    return Footprint(reads, writes, {**fund, **(outside or {})})


def _models_footprint(context: RunContext, *, is_sealed: bool) -> Footprint:
    from fundeval.core.shared import tables_of
    from fundeval.measures.models import load_models

    models = [model for model in load_models() if model.is_sealed == is_sealed]
    behind = {tuple(table.split(".")) for model in models for table in tables_of(model.sql)}
    reads = sorted(behind.union(*(model.reads for model in models)))
    # Where no row of a kind was classified, the empty table takes its columns from the public twin.
    twins = [("staging", table) for layer, table in reads if layer == "restricted"]
    return _footprint(
        context,
        reads=tuple(f"{layer}/{table}.parquet" for layer, table in (*reads, *twins)),
        writes=tuple(f"marts/{model.name}.parquet" for model in models),
    )


def _releases_of_others(context: RunContext) -> str:
    """Name the releases a draft is held against, but for those of the run and of the runs it started from.

    Against its own a draft is compared only when something else has changed, and then the stage works anyway.
    """
    from fundeval.release.versions import releases_of

    family = set(_family(context))
    manifests = (release.manifest for release in releases_of(context.rooms, context.fund_year))
    return " ".join(each["content_sha256"] for each in manifests if each["run_id"] not in family)


def _family(context: RunContext) -> Iterator[str]:
    """Yield the run, the run it started from, and so on."""
    run: RunFolder | None = context.run
    while run is not None:
        yield run.run_id
        if run != context.run:
            context.rooms.bring(run.path / "run.json")
        based_on = read_run(run).get("based_on") if (run.path / "run.json").is_file() else None
        run = context.rooms.run(context.fund_year, based_on) if based_on else None


def _source_hashes(context: RunContext, kind: str) -> dict[str, str]:
    from fundeval.sources.selection import ingest_inputs

    # What was never read will be, whatever its hash; in a store, what is archived is asked for and sent.
    is_new = context.rooms.store is None and read_record(context.run, f"{INGEST}{kind}") is None
    inputs = ingest_inputs(context, kind, archive=is_new)
    return {f"{_SOURCES}{name}": sha256 for name, sha256 in inputs.items()}


def unchanged(result: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """Return the recorded result of work that stands, marked as such."""
    passed_over = {"passed_over": list(decision.passed_over)} if decision.passed_over else {}
    return {**result, "unchanged": True, **passed_over}
