"""docker-compose.yaml: it parses, it keeps no secret, and everything it names exists in this repository."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

REPOSITORY = Path(__file__).resolve().parents[2]
AIRFLOW_COMPONENTS = {"api-server", "scheduler", "dag-processor", "triggerer", "worker"}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:\?|:-[^}]*)?\}")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Health(Part):
    test: Annotated[list[str], Field(min_length=2)]
    interval: str
    timeout: str
    retries: int
    start_period: str = "0s"


class Dependency(Part):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]


class Service(Part):
    image: str
    build: str | None = None
    restart: str
    init: bool = False
    user: str | None = None
    cap_drop: list[str] = []
    security_opt: list[str] = []
    environment: dict[str, str | int | float | bool] = {}
    volumes: list[str] = []
    depends_on: dict[str, Dependency] = {}
    entrypoint: list[str] | None = None
    command: list[str] | None = None
    ports: list[str] = []
    healthcheck: Health | None = None
    stop_grace_period: str | None = None
    scale: str | None = None


class Compose(BaseModel):
    """The part of the compose format this project uses; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid")
    name: str
    services: dict[str, Service]
    volumes: dict[str, None]


def documented_variables() -> set[str]:
    text = (REPOSITORY / "deploy" / "env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", text, flags=re.MULTILINE))


def required_variables() -> set[str]:
    text = (REPOSITORY / "deploy" / "env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Z_]+)=$", text, flags=re.MULTILINE))


@pytest.fixture(scope="module")
def compose() -> Compose:
    content = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8"))
    return Compose.model_validate({key: part for key, part in content.items() if not key.startswith("x-")})


def strings(part: Any) -> Iterator[str]:
    if isinstance(part, BaseModel):
        part = part.model_dump()
    if isinstance(part, dict):
        for each in part.values():
            yield from strings(each)
    elif isinstance(part, list):
        for each in part:
            yield from strings(each)
    elif isinstance(part, str):
        yield part


def test_holds_every_component_and_what_they_stand_on(compose: Compose) -> None:
    assert set(compose.services) == AIRFLOW_COMPONENTS | {"postgres", "redis", "init"}


def test_every_long_running_service_tells_whether_it_is_healthy(compose: Compose) -> None:
    without = {name for name, service in compose.services.items() if service.healthcheck is None}
    assert without == {"init"}


def test_no_component_starts_before_the_database_is_ready(compose: Compose) -> None:
    for name in AIRFLOW_COMPONENTS:
        needs = {other: need.condition for other, need in compose.services[name].depends_on.items()}
        assert needs == {
            "postgres": "service_healthy",
            "redis": "service_healthy",
            "init": "service_completed_successfully",
        }


def test_services_depend_on_services_that_exist(compose: Compose) -> None:
    named = {other for service in compose.services.values() for other in service.depends_on}
    assert named <= set(compose.services)


def test_every_volume_is_declared_and_used(compose: Compose) -> None:
    used = {volume.split(":")[0] for service in compose.services.values() for volume in service.volumes}
    assert used == set(compose.volumes)


def test_components_share_inbox_storage_and_logs(compose: Compose) -> None:
    for name in AIRFLOW_COMPONENTS:
        assert {"inbox:/data/inbox", "storage:/data/storage", "logs:/data/logs"} <= set(
            compose.services[name].volumes
        )


def test_secrets_come_from_the_environment_and_a_missing_one_stops_the_start(compose: Compose) -> None:
    for text in strings(compose):
        for name, default in VARIABLE.findall(text):
            if re.search("PASSWORD|SECRET|KEY", name):
                # An object store is a choice; whoever makes none has no keys for it.
                expected = ":-" if name.startswith("AWS_") else ":?"
                assert default == expected, f"{name} in {text!r}"


def test_no_value_that_looks_like_a_secret_stands_in_the_file(compose: Compose) -> None:
    for service in compose.services.values():
        for name, value in service.environment.items():
            if re.search("PASSWORD|SECRET|KEY", name):
                assert VARIABLE.fullmatch(str(value)), f"{name}={value}"


def test_every_variable_is_explained_in_the_example_and_no_other(compose: Compose) -> None:
    used = {name for text in strings(compose) for name, _ in VARIABLE.findall(text)}
    assert used == documented_variables()


def test_nothing_may_gain_privileges(compose: Compose) -> None:
    for name in AIRFLOW_COMPONENTS | {"init"}:
        service = compose.services[name]
        assert service.cap_drop == ["ALL"]
        assert service.security_opt == ["no-new-privileges:true"]


def test_only_the_ui_is_reachable_and_by_default_only_from_the_machine_itself(compose: Compose) -> None:
    ports = {name: service.ports for name, service in compose.services.items() if service.ports}
    assert list(ports) == ["api-server"]
    assert all(port.startswith("${UI_BIND:-127.0.0.1}:") for port in ports["api-server"])


def test_commands_are_commands_of_the_installed_airflow(
    compose: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    from airflow.cli.cli_parser import get_parser

    get_parser.cache_clear()
    parser = get_parser()
    for name in AIRFLOW_COMPONENTS:
        command = compose.services[name].command
        assert command, name
        assert parser.parse_args(command).subcommand in command
    for service in compose.services.values():
        test = service.healthcheck.test if service.healthcheck else []
        if test[1:2] == ["airflow"]:
            # The innermost subcommand is what the parser keeps; an unknown one would end the test here.
            assert parser.parse_args(test[2:]).subcommand == test[3]


def test_files_named_inside_the_image_are_files_of_this_repository(compose: Compose) -> None:
    named = {
        word
        for text in strings(compose)
        for word in shlex.split(text.replace("$$", "$"))
        if word.startswith("/opt/fundeval/")
    }
    assert named
    for path in named:
        assert (REPOSITORY / path.removeprefix("/opt/fundeval/")).is_file(), path


def test_broker_and_executor_are_importable_where_the_health_check_names_them(compose: Compose) -> None:
    words = " ".join(compose.services["worker"].healthcheck.test).split()  # type: ignore[union-attr]
    module, _, attribute = words[words.index("--app") + 1].rpartition(".")
    imported = __import__(module, fromlist=[attribute])
    assert hasattr(imported, attribute)


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client on this machine")
def test_docker_itself_accepts_the_file() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the docker client has no compose plugin")
    values = dict.fromkeys(required_variables(), "x")
    done = subprocess.run(
        ["docker", "compose", "--file", str(REPOSITORY / "docker-compose.yaml"), "config", "--quiet"],
        env={**values, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
