"""The scheme of a fund-year, as scoring uses it.

The models live in :mod:`fundeval.core`, because measures and checks, which stand below scoring, bind the
thresholds of the scheme too.
"""

from __future__ import annotations

from fundeval.core.funds import FundScheme, known_funds, load_scheme, scheme_years
from fundeval.core.scheme import Indicator, Scheme

__all__ = ["FundScheme", "Indicator", "Scheme", "known_funds", "load_scheme", "scheme_years"]
