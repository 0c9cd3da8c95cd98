"""Great Expectations is loaded without what only charts and distributions need; that is there when asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest


def said(program: str) -> str:
    """Return what a program says in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_charts_and_statistics_are_not_loaded_with_great_expectations() -> None:
    program = (
        "import sys; from fundeval.quality.loading import load_great_expectations as load; load();"
        "print([name for name in ('altair.vegalite', 'scipy.stats._stats_py') if name in sys.modules])"
    )
    assert said(program) == "[]"


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("altair", "import altair as alt; print(alt.Chart.__name__)"),
        ("altair", "from altair import Chart; print(Chart.__name__)"),
        ("altair", "import altair.vegalite; print(altair.Chart.__name__)"),
        ("scipy.stats", "from scipy import stats; print(stats.entropy.__name__)"),
        ("scipy.stats", "import scipy.stats; print(scipy.stats.entropy.__name__)"),
    ],
)
def test_what_was_put_off_is_there_when_it_is_asked_for(name: str, use: str) -> None:
    assert said(f"from fundeval.quality.loading import put_off; put_off('{name}'); {use}") in (
        "Chart",
        "entropy",
    )


def test_looking_through_all_modules_loads_nothing() -> None:
    program = (
        "import inspect, sys; from fundeval.quality.loading import put_off; put_off('altair');"
        "inspect.getmodule(object()); print('altair.vegalite' in sys.modules)"
    )
    assert said(program) == "False"


def test_the_collector_is_at_work_again_afterwards() -> None:
    assert said(
        "import gc; from fundeval.quality.loading import collector_at_rest\n"
        "with collector_at_rest():\n    print(gc.isenabled())\nprint(gc.isenabled())"
    ).split() == ["False", "True"]
