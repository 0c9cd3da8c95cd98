"""``python -m fundeval.airflow.roles``: who may do what, from roles.yaml into Airflow's FAB auth manager.

Accounts, passwords and single sign-on are Airflow's. This module names the resources of this project's pages, brings
the roles to the state of the data file, and answers the pages' question whether somebody may see a thing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import click

from fundeval.core.datafile import Strict, read_model

BOARD = "绩效评价"
"""Resource of the overview, the releases and the documents of the checks."""
FEEDBACK = "绩效评价反馈"
"""Resource of every office's feedback; :func:`office_resource` names that of one office."""

_DATA = Path(__file__).with_name("roles.yaml")
# Roles of Airflow's simple auth manager that are not an office's.
_SIMPLE_STAFF = frozenset({"user", "op", "admin"})


class Role(Strict):
    """A role as roles.yaml describes it.

    Attributes:
        id: Stable identifier.
        title: Chinese name, also FAB's name of the role.
        per_office: Whether there is one such role per office, with that office's feedback.
        includes: Groups of permissions it has besides its own.
        permissions: ``<action> <resource>`` in FAB's words.
        simple: Role of the simple auth manager that stands for it.
    """

    id: str
    title: str
    per_office: bool = False
    includes: tuple[str, ...]
    permissions: tuple[str, ...]
    simple: str


class Roles(Strict):
    """The whole data file: two groups of permissions and the roles."""

    base: tuple[str, ...]
    look: tuple[str, ...]
    roles: tuple[Role, ...]

    def permissions_of(self, role: Role) -> set[tuple[str, str]]:
        """Return (action, resource) of everything a role may do."""
        groups = {"base": self.base, "look": self.look}
        texts = [text for name in role.includes for text in groups[name]] + list(role.permissions)
        return {_pair(text) for text in texts}


@cache
def load_roles() -> Roles:
    """Read roles.yaml.

    Raises:
        ConfigurationError: The file is unsound.
    """
    return read_model(_DATA, Roles)


def office_resource(office: str) -> str:
    """Return the resource of one office's feedback."""
    return f"{FEEDBACK}:{office}"


def role_name(role: Role, office: str) -> str:
    """Return FAB's name of a role of one office."""
    return f"{role.title}:{office}"


def wanted_roles(offices: tuple[str, ...]) -> dict[str, set[tuple[str, str]]]:
    """Return every role FAB is to have, by name, with its permissions.

    Args:
        offices: Offices that get a role of their own.
    """
    data = load_roles()
    wanted: dict[str, set[tuple[str, str]]] = {}
    for role in data.roles:
        permissions = data.permissions_of(role)
        if role.per_office:
            for office in offices:
                wanted[role_name(role, office)] = permissions | {("can_read", office_resource(office))}
        else:
            wanted[role.title] = permissions
    return wanted


def may_see_board(user: Any) -> bool:
    """Tell whether a logged-in user may see the overview, releases and documents of the checks."""
    return _may_read(user, BOARD)


def may_see_feedback(user: Any, office: str) -> bool:
    """Tell whether a logged-in user may see the feedback of an office: its own, or everybody's."""
    return _may_read(user, FEEDBACK) or _may_read(user, office_resource(office))


def apply_roles(manager: Any, offices: tuple[str, ...]) -> dict[str, int]:
    """Bring FAB's roles to the state of roles.yaml; other roles and all accounts stay as they are.

    Args:
        manager: FAB's security manager.
        offices: Offices that get a role of their own; roles of other offices stay.

    Returns:
        Number of permissions of each role.
    """
    wanted = wanted_roles(offices)
    manager.bulk_sync_roles([{"role": name, "perms": sorted(each)} for name, each in wanted.items()])
    for name, permissions in wanted.items():
        role = manager.find_role(name)
        for permission in list(role.permissions):
            if (permission.action.name, permission.resource.name) not in permissions:
                manager.remove_permission_from_role(role, permission)
    # The administrator may do whatever anybody may, the new resources included.
    manager.update_admin_permission()
    return {name: len(permissions) for name, permissions in wanted.items()}


@click.command(help="按 roles.yaml 建立或更新角色;账户和其他角色不变,可反复执行。")
@click.option(
    "--office", "offices", multiple=True, help="报送单位,可多次给出;每个单位一个角色,只能看本单位的反馈。"
)
def main(offices: tuple[str, ...]) -> None:
    """Apply the roles to the database of the configured Airflow."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        for name, count in apply_roles(builder.sm, offices).items():
            click.echo(f"{name}:{count}项权限")


def _may_read(user: Any, resource: str) -> bool:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    if isinstance(user, SimpleAuthManagerUser):
        # The simple manager knows no resources: it would let every account see every page.
        own = resource == office_resource(user.username)
        return (user.role or "").lower() in _SIMPLE_STAFF or own
    return bool(get_auth_manager().is_authorized_custom_view(method="GET", resource_name=resource, user=user))


def _pair(text: str) -> tuple[str, str]:
    action, _, resource = text.partition(" ")
    return action, resource


if __name__ == "__main__":
    main()
