"""Provisions of laws and rules as findings cite them."""

from __future__ import annotations

from fundeval.core.datafile import Strict


class LegalBasis(Strict):
    """One provision a finding stands on.

    Attributes:
        title: Name of the law or document, without brackets.
        document_no: Document number, empty for a law.
        article: Article (第四十六条) or part; empty where the document as a whole is meant.
        from_year: First year it applies in; None where it always did.
        to_year: Last year it applies in; None while it is in force.
        case: Key of the rows it is about, as the rule's ``law`` column gives it; empty for every row.
    """

    title: str
    document_no: str = ""
    article: str = ""
    from_year: int | None = None
    to_year: int | None = None
    case: str = ""

    def __str__(self) -> str:
        """Render the provision as it is cited in Chinese."""
        number = f"({self.document_no})" if self.document_no else ""
        return f"《{self.title}》{number}{self.article}"

    def applies(self, year: int, case: str | None) -> bool:
        """Tell whether the provision is in force in ``year`` and about rows of ``case``."""
        in_force = (self.from_year or year) <= year <= (self.to_year or year)
        return in_force and self.case in ("", case or "")
