"""``fundeval rules``: the list, one rule explained, and the page of the documentation."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from fundeval.cli import main
from fundeval.core.places import repository
from fundeval.quality.catalogue import load_catalogue

RULES = load_catalogue().rules


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


def test_the_list_names_every_rule_with_its_severity() -> None:
    lines = call().output.splitlines()
    assert len(lines) == len(RULES) + 1
    assert any(line.startswith("阻断  voucher_conflict") for line in lines)


def test_the_list_as_json_holds_all_that_an_entry_says() -> None:
    listed = {each["id"]: each for each in json.loads(call("--json").output)}
    assert listed.keys() == {rule.id for rule in RULES}
    for each in listed.values():
        for said in ("version", "title", "message", "remedy", "severity", "scope", "legal_basis", "owner"):
            assert each[said], (each["id"], said)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_explained_with_sql_and_an_example_of_each_outcome(rule) -> None:  # type: ignore[no-untyped-def]
    text = call("show", rule.id).output
    for part in (
        rule.entry.message,
        rule.entry.remedy,
        rule.sql.strip(),
        "结果:查出",
        "结果:通过",
        "结果:不适用",
    ):
        assert part in text


def test_a_rule_as_json_holds_sql_and_examples() -> None:
    told = json.loads(call("show", "voucher_sign", "--json").output)
    assert told["sql"].startswith("-- voucher_sign")
    assert told["examples"][0]["finds"]


def test_an_unknown_rule_is_told_the_known_ones() -> None:
    result = call("show", "nowhere")
    assert result.exit_code == 2
    assert "voucher_conflict" in result.output


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    written = (repository() / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == call("page").output, "fundeval rules page --out docs/rules.md"
