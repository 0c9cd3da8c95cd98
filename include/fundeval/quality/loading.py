"""How Great Expectations is loaded: quietly, without what only charts and distributions need, in a third of the time.

Its import makes some hundred thousand objects, all of which stay, and takes in a library of charts and one of
statistics for expectations that are not used here. So the collector rests meanwhile, and those two libraries are
loaded when somebody first asks them for something (docs/decisions/0074-what-a-small-year-costs.md).
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# Imported by Great Expectations for the divergence of distributions and for tests of Kolmogorov and Smirnov.
_PUT_OFF = ("altair", "scipy.stats")
# By an import of what is below it, of all it has, or of its version.
_ASKED_FOR = ("__path__", "__all__", "__version__")


def load_great_expectations() -> Any:
    """Import Great Expectations, and its expectations, which it would import at the first of them; return it."""
    quiet_great_expectations()
    for name in _PUT_OFF:
        put_off(name)
    with collector_at_rest():
        loaded = import_module("great_expectations")
        import_module("great_expectations.expectations")
    return loaded


def quiet_great_expectations() -> None:
    """Let Great Expectations call no one, draw no bars and write no lines of its own workings; before its import."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Let the collector of garbage rest while modules are imported: what they make stays, so it would find nothing."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def put_off(name: str) -> None:
    """Put off the import of a module until somebody asks for something of it; then it is imported as ever.

    ``importlib.util.LazyLoader`` would do the same, but Python 3.11 asks such a module for its ``__spec__`` at the next
    ``import`` of it, and that loads it. What a module answers for by ``__getattr__`` is the language's own (PEP 562).
    """
    if name in sys.modules or (spec := find_spec(name)) is None:
        return
    stand_in = ModuleType(name)
    stand_in.__spec__ = spec

    def of_the_module(attribute: str) -> Any:
        # Whoever looks through all modules (for the file of each, for instance) asks this one for nothing of its own.
        if attribute.startswith("__") and attribute not in _ASKED_FOR:
            raise AttributeError(attribute)
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    # Not a setattr of an unknown name: a module is asked for what it lacks by this function of its own.
    stand_in.__getattr__ = of_the_module  # type: ignore[method-assign]
    sys.modules[name] = stand_in
