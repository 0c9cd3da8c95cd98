"""deploy/helm-values.yaml: it says what docker-compose.yaml says, keeps no secret, and names what exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
# Keys of values.yaml of the official chart 1.22 that this file sets; a new one is looked up there first.
KEYS_OF_THE_CHART = {
    "airflowVersion", "defaultAirflowTag", "images", "dags", "uid", "gid", "securityContexts", "allowPodLaunching",
    "data", "fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName", "secret", "extraEnv", "createUserJob",
    "postgresql", "redis", "executor", "env", "config", "volumes", "volumeMounts", "apiServer", "scheduler",
    "dagProcessor", "triggerer", "workers", "statsd",
}  # fmt: skip
SECRET_OF = {
    "FUNDEVAL_DATABASE_URL": "serving-database",
    "AIRFLOW_CONN_SMTP_DEFAULT": "smtp",
    "AIRFLOW_CONN_FUNDEVAL_WEBHOOK": "webhook",
}


@pytest.fixture(scope="module")
def text() -> str:
    return (REPOSITORY / "deploy" / "helm-values.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def values(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8"))
    environment: dict[str, Any] = content["services"]["worker"]["environment"]
    return environment


def image_variables() -> dict[str, str]:
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    return dict(re.findall(r"\b([A-Z_]+)=(\S+)", dockerfile))


def environment(values: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in values["env"]}


def test_every_key_is_one_of_the_chart(values: dict[str, Any]) -> None:
    assert set(values) == KEYS_OF_THE_CHART


def test_every_group_is_explained(text: str) -> None:
    """A top-level key stands under a comment, directly or with others of its group."""
    groups = re.split(r"(?m)^# ----.*$", text)
    assert len(groups) >= 8
    assert all(group.lstrip().startswith("#") for group in groups)


def test_the_version_is_that_of_the_lock(values: dict[str, Any]) -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    locked = re.search(r"^apache-airflow==(\S+)", lock, flags=re.MULTILINE)
    assert locked is not None
    assert values["airflowVersion"] == locked[1] == values["defaultAirflowTag"]
    assert values["images"]["useDefaultImageForMigration"] is False


def test_no_secret_stands_in_the_file(values: dict[str, Any], text: str) -> None:
    names = [values[key] for key in ("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName")]
    assert {*names, values["data"]["metadataSecretName"]} == {"fundeval-keys"}
    assert not {"fernetKey", "apiSecretKey", "jwtSecret"} & set(values)
    assert "metadataConnection" not in values["data"]
    given = {each["envName"]: each["secretKey"] for each in values["secret"]}
    optional = {
        each["name"]: each["valueFrom"]["secretKeyRef"] for each in yaml.safe_load(values["extraEnv"])
    }
    given |= {name: reference["key"] for name, reference in optional.items()}
    assert given == SECRET_OF
    assert all(reference["optional"] for reference in optional.values())
    assert not re.search(r"://[^<\s]+:[^<\s]+@", text)


def test_nothing_runs_as_root_or_gains_privileges(values: dict[str, Any]) -> None:
    pod, container = values["securityContexts"]["pod"], values["securityContexts"]["containers"]
    assert (pod["runAsNonRoot"], pod["runAsUser"], pod["runAsGroup"]) == (True, 50000, 0)
    assert f"USER {values['uid']}:{values['gid']}" in (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    assert container == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_inbox_storage_and_logs_are_volumes_where_the_image_expects_them(values: dict[str, Any]) -> None:
    image = image_variables()
    mounts = {each["name"]: each["mountPath"] for each in values["volumeMounts"]}
    assert mounts == {
        "inbox": image["FUNDEVAL_INBOX"],
        "storage": image["FUNDEVAL_STORAGE"],
        "logs": image["AIRFLOW__LOGGING__BASE_LOG_FOLDER"],
    }
    assert {each["name"] for each in values["volumes"]} == set(mounts)
    assert values["config"]["logging"]["base_log_folder"] == mounts["logs"]


def test_environment_is_that_of_the_image_and_of_compose(
    values: dict[str, Any], compose: dict[str, Any]
) -> None:
    image = image_variables()
    for name, value in environment(values).items():
        if name in image:
            assert value == image[name], name
        else:
            assert name in compose, name


def test_settings_are_those_of_compose(values: dict[str, Any], compose: dict[str, Any]) -> None:
    for section, name in (
        ("core", "auth_manager"),
        ("scheduler", "task_instance_heartbeat_timeout"),
        ("scheduler", "task_queued_timeout"),
        ("scheduler", "scheduler_idle_sleep_time"),
        ("celery", "celery_config_options"),
    ):
        assert values["config"][section][name] == compose[f"AIRFLOW__{section.upper()}__{name.upper()}"], name
    assert values["executor"] == compose["AIRFLOW__CORE__EXECUTOR"]


def test_settings_are_settings_of_the_installed_airflow(values: dict[str, Any]) -> None:
    from airflow.configuration import conf
    from airflow.utils.providers_configuration_loader import providers_configuration_loaded

    @providers_configuration_loaded
    def known() -> dict[str, Any]:
        return {name: section["options"] for name, section in conf.configuration_description.items()}

    options = known()
    for section, chosen in values["config"].items():
        assert set(chosen) <= set(options[section]), section


def test_every_component_says_what_it_needs_and_workers_keep_nothing(values: dict[str, Any]) -> None:
    for name in ("apiServer", "scheduler", "dagProcessor", "triggerer", "workers"):
        assert {"requests", "limits"} <= set(values[name]["resources"]), name
    assert values["workers"]["celery"]["persistence"]["enabled"] is False
    assert values["workers"]["celery"]["replicas"] >= 2
    assert values["postgresql"]["enabled"] is False
