"""A task that carries out one stage of an evaluation."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context

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
        super().__init__(**kwargs)
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
            return run_stage(self.stage, run)
        except FundevalError:
            raise
        except Exception as error:
            fault = fault_of(self.stage, run, error)
        # Raised outside the handler: the original error must not be chained into the task's log.
        raise fault
