"""A task that carries out one stage of an evaluation."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context

from fundeval.airflow import lineage, metrics
from fundeval.airflow.contexts import run_context
from fundeval.airflow.faults import fault_of
from fundeval.airflow.links import links_of
from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError
from fundeval.pipeline import StageResult, run_stage


class StageOperator(BaseOperator):
    """Run one stage for the fund-year of the DAG run.

    What it returns goes to XCom and may be seen by every operator: counts, paths and hashes, never rows.

    Args:
        stage: Name of the stage in ``fundeval.pipeline.STAGES``.
    """

    custom_operator_name = "评价步骤"
    ui_color = "#e8f0fe"

    def __init__(self, *, stage: str, **kwargs: Any) -> None:
        """Keep the name of the stage; the function behind it is looked up when the task runs."""
        super().__init__(**{**lineage.assets_of(stage), **kwargs})
        self.stage = stage
        # The run the task is about, for its links: they are asked for after it has run, also where it failed.
        self.evaluation: RunContext | None = None
        self.operator_extra_links = links_of(stage)

    def execute(self, context: Context) -> StageResult:
        """Carry out the stage and return its counts.

        Raises:
            FundevalError: What offices sent, or how the installation is configured, cannot be used.
            MachineFault: Something outside this program failed; another try may help.
            ProgramFault: This program is wrong.
        """
        run = self.evaluation = run_context(context["params"], context["run_id"])
        try:
            result = run_stage(self.stage, run)
            metrics.count_success(self.stage, run, result)
            lineage.announce(self.stage, run, result, context["outlet_events"])
            return result
        except FundevalError as error:
            metrics.count_failure(self.stage, run, error)
            raise
        except Exception as error:
            fault = fault_of(self.stage, run, error)
        # Raised outside the handler: the original error must not be chained into the task's log.
        raise fault

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Name to OpenLineage what the stage read and made; asked by the provider where it is installed."""
        from airflow.providers.openlineage.extractors import OperatorLineage
        from openlineage.client.event_v2 import Dataset

        if self.evaluation is None:
            return OperatorLineage()
        fund_year = self.evaluation.fund_year
        upstream = [name for name in self.upstream_task_ids if name != "approve"]
        inputs, outputs = lineage.datasets_of(self.stage, upstream, fund_year)
        return OperatorLineage(
            inputs=[Dataset(namespace=lineage.NAMESPACE, name=name) for name in inputs],
            outputs=[Dataset(namespace=lineage.NAMESPACE, name=name) for name in outputs],
        )
