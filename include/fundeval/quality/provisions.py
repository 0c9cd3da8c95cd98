"""What the provisions say that rules cite: sql/checks/provisions.yaml, one entry per article."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from fundeval.core.datafile import Strict, read_model
from fundeval.core.law import LegalBasis
from fundeval.core.places import sql_folder


class InForce(Strict):
    """Years in which an article has had its number and meaning.

    Attributes:
        first: First year.
        last: Last year; None while it is in force.
    """

    first: int = Field(alias="from")
    last: int | None = Field(default=None, alias="to")


class Provision(Strict):
    """One article.

    Attributes:
        title: Name of the law or document.
        document_no: Document number, empty for a law.
        article: Article; empty where the document as a whole is meant.
        in_force: Years it applies in.
        says: Chinese sentence on what it says, in this project's words.
        checked: Text it was held against (Chinese), or ``not found``.
    """

    title: str
    document_no: str = ""
    article: str = ""
    in_force: InForce
    says: str
    checked: str


class _ProvisionsFile(Strict):
    provisions: tuple[Provision, ...]


@cache
def load_provisions() -> dict[tuple[str, str], Provision]:
    """Return the provisions by title and article.

    Raises:
        ConfigurationError: The file is unsound.
    """
    read = read_model(sql_folder() / "checks" / "provisions.yaml", _ProvisionsFile)
    return {(each.title, each.article): each for each in read.provisions}


def provision_of(basis: LegalBasis) -> Provision | None:
    """Return what is known of the article a rule cites; None for one of a fund's own rules."""
    return load_provisions().get((basis.title, basis.article))
