"""Every article a rule cites has a statement and years, and the rule cites it in no year it is not in force."""

from __future__ import annotations

import pytest

from fundeval.core.law import LegalBasis
from fundeval.quality.catalogue import load_catalogue
from fundeval.quality.provisions import load_provisions, provision_of

CITED = [
    pytest.param(rule.id, basis, id=f"{rule.id}: {basis}")
    for rule in load_catalogue().rules
    for basis in rule.entry.legal_basis
]


@pytest.mark.parametrize(("rule", "basis"), CITED)
def test_a_cited_article_says_something_and_is_in_force(rule: str, basis: LegalBasis) -> None:
    provision = provision_of(basis)
    assert provision is not None, f"{basis} is not in provisions.yaml"
    assert provision.says.endswith("。")
    assert provision.document_no == basis.document_no
    if basis.from_year is not None:
        assert basis.from_year >= provision.in_force.first
    assert basis.to_year == provision.in_force.last


def test_no_article_is_listed_that_is_cited_nowhere_but_the_exemption_of_classified_projects() -> None:
    cited = {(basis.title, basis.article) for basis in (param.values[1] for param in CITED)}
    assert load_provisions().keys() - cited == {("中华人民共和国政府采购法", "第八十五条")}
