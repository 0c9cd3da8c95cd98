"""Whatever a rule over rows finds can be put into words: problem and recommendation of its own, in a known group."""

from __future__ import annotations

import pytest

from fundeval.quality.catalogue import Rule, load_catalogue
from fundeval.report.wording import problem_wording

# Rules of the last phase are about waivers, not about how the money was spent.
RULES = [rule for rule in load_catalogue().rules if rule.check is None and rule.phase != "last"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_words_of_its_own(rule: Rule) -> None:
    words = problem_wording().rules[rule.id]
    assert bool(words.predicate) == (words.about != "fund")
    assert words.recommendation.endswith("。")


def test_no_words_are_kept_for_a_rule_that_does_not_exist() -> None:
    assert set(problem_wording().rules) == {rule.id for rule in RULES}


def test_no_two_rules_share_a_heading() -> None:
    titles = [words.title for words in problem_wording().rules.values()]
    assert len(set(titles)) == len(titles)
