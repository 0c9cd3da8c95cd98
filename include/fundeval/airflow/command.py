"""``python -m fundeval.airflow.command …``: Airflow's own command line on the Airflow of ``make up``."""

from __future__ import annotations

import os
import sys

from fundeval.airflow import environment
from fundeval.airflow.service import DATABASE


def main() -> None:
    """Become ``airflow`` with the environment of this checkout and the arguments given."""
    environment.configure(DATABASE)
    os.execv(sys.executable, [sys.executable, "-m", "airflow", *sys.argv[1:]])


if __name__ == "__main__":
    main()
