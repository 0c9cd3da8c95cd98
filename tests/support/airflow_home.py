"""Gives this test process an Airflow of its own: importing this module settles its home and every setting.

Airflow reads its configuration when it is first imported, so a conftest imports this module before any test.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from fundeval.airflow import environment

if "airflow" in sys.modules:
    raise RuntimeError("airflow was imported before its test home was settled")

HOME = Path(tempfile.mkdtemp(prefix="fundeval-airflow-"))
for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
os.environ["AIRFLOW_HOME"] = str(HOME)
environment.configure("tests.db")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
