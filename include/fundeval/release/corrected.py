"""What a draft changes against what was published before, as the report tells it."""

from __future__ import annotations

from fundeval.core.context import RunContext
from fundeval.release.correction_note import correction_sentences
from fundeval.release.dictionary import Dictionary
from fundeval.release.diff import ReleaseDiff, diff_datasets, diff_inputs
from fundeval.release.editions.tables import read_dataset
from fundeval.release.fields import Dataset
from fundeval.release.manifest import input_entries, plain
from fundeval.release.versions import releases_of
from fundeval.report.notes import Corrected


def corrected_since(context: RunContext, dictionary: Dictionary, dataset: Dataset) -> Corrected | None:
    """Compare a draft's tables and inputs with the newest release that differs from them.

    A release of the very same content is passed over: a run that is cleared after it published has to come to the
    same report again, and two runs of the same files to the same bytes.

    Returns:
        Version and changes; None where nothing was published before or nothing differs.
    """
    inputs = plain(input_entries(context.run))
    for before in reversed(releases_of(context.rooms, context.fund_year)):
        diff = ReleaseDiff(
            before.version,
            before.version + 1,
            diff_inputs(before.manifest["inputs"], inputs),
            diff_datasets(dictionary, read_dataset(before.path / "dataset", dictionary), dataset),
        )
        if diff.inputs or diff.cells:
            return Corrected(version=before.version, changes=tuple(correction_sentences(dictionary, diff)))
    return None
