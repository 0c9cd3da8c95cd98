"""The stage that writes the published dataset into the run's draft."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import replacing, write_json
from fundeval.release.corrected import corrected_since
from fundeval.release.dictionary import Dictionary, load_dictionary
from fundeval.release.dictionary_document import dictionary_markdown, write_dictionary_docx
from fundeval.release.editions.datapackage import write_descriptor
from fundeval.release.editions.tables import write_csv, write_parquet
from fundeval.release.editions.workbook import write_workbook
from fundeval.release.evidence.halves import PUBLIC, write_public_half
from fundeval.release.fields import Dataset
from fundeval.release.projection import published_tables
from fundeval.report.checked import CORRECTIONS

WORKBOOK = "dataset.xlsx"
DICTIONARY_DOCUMENT, DICTIONARY_DOCX = "data-dictionary.md", "data-dictionary.docx"

_FACTS_ABOUT = ("fund_name", "department", "evaluator", "plan_doc_no", "budget_approved_on", "plan_issued_on")


def draft_folder(context: RunContext) -> Path:
    """Return the folder where the run's release is prepared."""
    return context.run.path / "draft"


def build_dataset(context: RunContext) -> dict[str, Any]:
    """Write every published table of the run to ``draft/dataset`` in all its editions, and its public evidence.

    A report drawn from an older dataset would contradict the new one, so ``draft/report`` is taken away.

    Returns:
        Rows per table.

    Raises:
        ReleaseError: The marts do not hold what the dictionary publishes.
    """
    dictionary = load_dictionary()
    dataset = published_tables(context.run, dictionary)
    facts = context.run.rows("marts", "fund_facts")[0]
    about = _about(context.fund_year, facts)
    draft = draft_folder(context)
    with replacing(draft / "dataset") as tables, replacing(draft / PUBLIC) as evidence:
        tables.mkdir(parents=True)
        evidence.mkdir()
        write_editions(dictionary, dataset, tables, context.fund_year, about)
        write_public_half(context.run, dictionary, dataset, evidence)
        for outdated in ("dataset", PUBLIC, "report"):
            shutil.rmtree(draft / outdated, ignore_errors=True)
    _write_corrected(context, dictionary, dataset)
    return {"rows": {name: len(rows) for name, rows in dataset.items()}}


def _write_corrected(context: RunContext, dictionary: Dictionary, dataset: Dataset) -> None:
    """Write for the report what changed against the release before; nothing where nothing did."""
    path = draft_folder(context) / CORRECTIONS
    found = corrected_since(context, dictionary, dataset)
    if found is None:
        path.unlink(missing_ok=True)
    else:
        write_json(path, found.model_dump())


def write_editions(
    dictionary: Dictionary, dataset: Dataset, folder: Path, fund_year: FundYear, about: dict[str, Any]
) -> None:
    """Write CSV, Parquet, workbook, both data dictionaries and datapackage.json into an existing folder."""
    for name, table in dictionary.tables.items():
        write_csv(table, dataset[name], folder / f"{name}.csv")
        write_parquet(table, dataset[name], folder / f"{name}.parquet")
    write_workbook(dictionary, dataset, folder / WORKBOOK, fund_year.last_day)
    (folder / DICTIONARY_DOCUMENT).write_text(dictionary_markdown(dictionary), encoding="utf-8")
    author = str(about.get("evaluator") or "")
    write_dictionary_docx(dictionary, folder / DICTIONARY_DOCX, fund_year, author)
    write_descriptor(dictionary, folder, about)


def _about(fund_year: FundYear, facts: dict[str, Any]) -> dict[str, Any]:
    known = {name: facts.get(name) for name in _FACTS_ABOUT}
    return {
        "name": f"{fund_year.fund}-{fund_year.year}",
        "title": f"{fund_year.year}年{known['fund_name'] or fund_year.fund}绩效评价数据集",
        "fund": fund_year.fund,
        "year": fund_year.year,
        **{name: None if value is None else str(value) for name, value in known.items()},
    }
