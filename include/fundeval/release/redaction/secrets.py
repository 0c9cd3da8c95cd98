"""What must not leave: names, numbers and addresses, each with the kind an operator is told."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fundeval.core.errors import ConfigurationError
from fundeval.release.redaction.normalise import decoded_bytes, soft, squeezed
from fundeval.release.redaction.numbers import NumberIndex

Kind = Literal["project", "identifier", "supplier", "account", "phone", "identity", "ip", "listed"]

KIND_ZH: dict[Kind, str] = {
    "project": "涉密项目名称或编码",
    "identifier": "只属于涉密项目的文号、合同号或凭证号",
    "supplier": "只属于涉密项目的供应商",
    "account": "收款账号",
    "phone": "电话号码",
    "identity": "身份证件号码",
    "ip": "答卷人 IP 地址",
    "listed": "名单所列内容",
}

# Below these lengths a text says nothing about anyone and would be found everywhere.
SHORTEST_NAME = 2
SHORTEST_CODE = 4
SHORTEST_NUMBER = 5

_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Secret:
    """One text that must not be found.

    Attributes:
        kind: What it is.
        text: The text itself; never shown, logged or put into an error.
        label: How an operator finds it without being told, such as a line of the list of names.
    """

    kind: Kind
    text: str = field(repr=False)
    label: str = ""


@dataclass(frozen=True)
class SecretList:
    """Everything to search for.

    Attributes:
        secrets: What must not be found.
        public: Public names and numbers; a secret found inside a longer one of them is no disclosure.
        many: Further numbers by kind, where they are too many to be listed one by one.
    """

    secrets: tuple[Secret, ...]
    public: frozenset[str] = field(default_factory=frozenset, repr=False)
    many: tuple[tuple[Kind, NumberIndex], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """Count what is searched for."""
        return len(self.secrets) + sum(len(index) for _, index in self.many)


def searchable(text: str) -> bool:
    """Tell whether a text is long enough to be looked for."""
    plain = squeezed(soft(text))
    if is_address(text):
        return True
    if _HAN.search(plain):
        return len(plain) >= SHORTEST_NAME
    return len(plain) >= (SHORTEST_NUMBER if plain.isdecimal() else SHORTEST_CODE)


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address."""
    try:
        ipaddress.ip_address(soft(text).strip())
    except ValueError:
        return False
    return True


def read_names(path: Path) -> SecretList:
    """Read a list of names, one a line, UTF-8 or GB18030.

    Raises:
        ConfigurationError: The file cannot be read, is empty, or holds a line too short to be searched for.
    """
    try:
        text = decoded_bytes(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise ConfigurationError(f"名单文件“{path.name}”读不了。") from error
    if text is None:
        raise ConfigurationError(f"名单文件“{path.name}”不是文本(UTF-8 或 GB18030)。")
    named = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    short = [str(number) for number, line in named if not searchable(line)]
    if short:
        raise ConfigurationError(f"名单文件“{path.name}”第 {'、'.join(short)} 行太短,无法检索。")
    if not named:
        raise ConfigurationError(f"名单文件“{path.name}”是空的,没有可检索的内容。")
    return SecretList(tuple(Secret("listed", line, f"名单第 {number} 行") for number, line in named))


def distinct(secrets: Iterable[Secret]) -> tuple[Secret, ...]:
    """Drop repeated secrets, keeping the first of each."""
    kept: dict[str, Secret] = {}
    for secret in secrets:
        kept.setdefault(squeezed(soft(secret.text)), secret)
    return tuple(kept.values())
