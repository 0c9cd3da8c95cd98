"""Where a run's Data Docs are, and how Great Expectations is told to build them: offline, in the run's folder."""

from __future__ import annotations

import shutil
from typing import Any

from fundeval.core.rooms import RunFolder
from fundeval.quality.catalogue import Catalogue
from fundeval.quality.outcomes import AT_GATE, WHOLE
from fundeval.quality.table_checks import contract_columns

# Suites and results, which Great Expectations keeps so that a later task of the run can add to the same site.
_STORE = ".expectations"
_VIEWS = "fundeval.quality.data_docs_view"


class DataDocs:
    """The Data Docs of one run: a folder of pages that load nothing from elsewhere."""

    def __init__(self, run: RunFolder, catalogue: Catalogue) -> None:
        """Keep site and results in the folder of ``run``; the catalogue knows the Chinese name of each table."""
        self._site = run.data_docs.parent
        self._store = run.path / _STORE
        self._titles = {
            **{column.field: column.title for column in contract_columns().values()},
            **{name: table.title for name, table in catalogue.tables.items()},
            AT_GATE.rule_rows: "逐行规则(计算之前)",
            WHOLE.rule_rows: "逐行规则(计算之后)",
        }

    def clear(self, suite: str = "") -> None:
        """Forget what was validated before: by one suite, or by all, where the gate begins anew."""
        if not suite:
            shutil.rmtree(self._store, ignore_errors=True)
            return
        shutil.rmtree(self._store / "results" / suite, ignore_errors=True)
        (self._store / "suites" / f"{suite}.json").unlink(missing_ok=True)

    def build(self, context: Any) -> None:
        """Build the site of everything validated in this run so far.

        Fonts and pictures no page of ours uses are left out; they are ten times the size of the pages.
        """
        shutil.rmtree(self._site, ignore_errors=True)
        context.build_data_docs()
        shutil.rmtree(self._site / "static", ignore_errors=True)

    def project_config(self) -> Any:
        """Return the configuration of a context that keeps suites, results and site in the run's folder."""
        from great_expectations.data_context.types.base import DataContextConfig

        return DataContextConfig(
            expectations_store_name="suites",
            validation_results_store_name="results",
            checkpoint_store_name="checkpoints",
            stores={
                "suites": {"class_name": "ExpectationsStore", "store_backend": self._files("suites")},
                "results": {"class_name": "ValidationResultsStore", "store_backend": self._files("results")},
                "checkpoints": {
                    "class_name": "CheckpointStore",
                    "store_backend": {"class_name": "InMemoryStoreBackend"},
                },
                "validation_definition_store": {
                    "class_name": "ValidationDefinitionStore",
                    "store_backend": {"class_name": "InMemoryStoreBackend"},
                },
            },
            data_docs_sites={"本次运行": self._site_config()},
            analytics_enabled=False,
        )

    def _files(self, name: str) -> dict[str, str]:
        return {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(self._store / name),
        }

    def _site_config(self) -> dict[str, Any]:
        page = {"module_name": _VIEWS, "class_name": "OfflinePageView", "titles": self._titles}
        index = {"module_name": _VIEWS, "class_name": "OfflineIndexView", "titles": self._titles}
        return {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(self._site),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": index},
            "site_section_builders": {
                "expectations": {
                    "class_name": "DefaultSiteSectionBuilder",
                    "source_store_name": "suites",
                    "renderer": {"class_name": "ExpectationSuitePageRenderer"},
                    "view": page,
                },
                "validations": {
                    "class_name": "DefaultSiteSectionBuilder",
                    "source_store_name": "results",
                    "renderer": {"class_name": "ValidationResultsPageRenderer"},
                    "view": page,
                },
            },
        }
