"""Fund-years of any size, and how long and how much memory each stage of an evaluation takes on them.

The facts of a fund-year come from the generator the tests use; its folder is put on the path here.
"""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))
