"""Where the repository keeps what is data: funds, samples and SQL."""

from __future__ import annotations

import os
from pathlib import Path


def repository() -> Path:
    """Return the root of the checkout the package was installed from (editable)."""
    return Path(__file__).resolve().parents[3]


def sql_folder() -> Path:
    """Return the folder of macros, models and rules in SQL."""
    return repository() / "sql"


def funds_folder() -> Path:
    """Return the folder of the registered funds; FUNDEVAL_FUNDS names another one."""
    configured = os.environ.get("FUNDEVAL_FUNDS")
    return Path(configured) if configured else repository() / "include" / "funds"


def samples_folder() -> Path:
    """Return the folder of the bundled source exports."""
    return repository() / "include" / "samples"
