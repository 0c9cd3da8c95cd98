"""Nothing published of 2022 names a classified project, an account, a payee, a respondent's address or telephone."""

from __future__ import annotations

import json
import re

import pytest

from support.evaluation import Outcome
from support.fundgen.facts import FundYearFacts
from support.release import Release
from support.sample import read_sample

MOBILE_NUMBER = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
IP_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


@pytest.fixture(scope="module")
def facts(sample_outcome: Outcome) -> FundYearFacts:
    return read_sample(sample_outcome.context.sources)


@pytest.fixture(scope="module")
def secrets(facts: FundYearFacts) -> set[str]:
    """Everything of the sources that must never be published, word by word."""
    classified = [project for project in facts.projects if project.is_classified]
    assert classified
    return {
        *(project.name for project in classified),
        *(project.code for project in classified),
        *(voucher.payee_account for voucher in facts.vouchers),
        *(response.respondent_ip for response in facts.responses),
        *(
            found
            for response in facts.responses
            for answer in response.answers[-1]
            for found in MOBILE_NUMBER.findall(answer)
        ),
    }


def _leaks(secrets: set[str], text: str) -> list[str]:
    plain = text.replace(" ", "")
    return [secret for secret in secrets if secret in text or secret in plain]


def test_secrets_are_there_to_be_leaked(secrets: set[str]) -> None:
    assert len(secrets) > 300


def test_no_published_file_holds_a_secret(release: Release, secrets: set[str]) -> None:
    places = {place: _leaks(secrets, text) for place, text in release.texts()}
    assert len(places) > 20
    # A failure must not print the secret itself into a log of tests.
    assert [place for place, found in places.items() if found] == []


def test_no_published_file_holds_any_telephone_number(release: Release) -> None:
    assert [
        place for place, text in release.texts() if place.endswith(".csv") and MOBILE_NUMBER.search(text)
    ] == []


def test_no_published_table_holds_any_ip_address(release: Release) -> None:
    assert [
        place for place, text in release.texts() if place.endswith(".csv") and IP_ADDRESS.search(text)
    ] == []


def test_what_stages_tell_an_operator_holds_no_secret(sample_outcome: Outcome, secrets: set[str]) -> None:
    assert _leaks(secrets, json.dumps(sample_outcome.results, ensure_ascii=False, default=str)) == []


def test_staging_holds_no_row_of_a_classified_project(sample_outcome: Outcome, facts: FundYearFacts) -> None:
    run = sample_outcome.context.run
    codes = {project.code for project in facts.projects if project.is_classified}
    for layer in ("staging", "marts", "scores", "checks"):
        for table in run.tables(layer):
            named = {row.get("project_code") for row in run.rows(layer, table)}
            assert not named & codes, f"{layer}.{table}"
