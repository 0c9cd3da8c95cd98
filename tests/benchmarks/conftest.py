"""Makes benchmarks/ importable. This folder is no package: it would hide the one it tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
