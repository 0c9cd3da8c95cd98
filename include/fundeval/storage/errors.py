"""What a store says when it cannot be used, as sentences for an operator; never with anything secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fundeval.core.errors import ConfigurationError, FundevalError


class StoreRefusedError(ConfigurationError):
    """The store is not there, or refuses who asks: trying again is of no use."""


class StoreUnavailableError(FundevalError):
    """The store does not answer, or answers with a fault of its own: another try may help."""


@contextmanager
def telling(url: str, *, missing_is_told: bool = True) -> Iterator[None]:
    """Turn whatever a store's library raises into an error of this project.

    Args:
        url: Address of the store, without anything secret.
        missing_is_told: False lets FileNotFoundError pass: it is about an object that may be gone, not the bucket.

    Raises:
        StoreRefusedError: There is no such bucket, no credentials are found, or they are refused.
        StoreUnavailableError: Everything else.
    """
    try:
        yield
    except FundevalError:
        raise
    except Exception as error:
        if isinstance(error, FileNotFoundError) and not missing_is_told:
            raise
        raise _told(url, error) from error


def _told(url: str, error: Exception) -> FundevalError:
    """Name the cause by the kind of the error: its text may hold an address with a key in it."""
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return StoreRefusedError(f"存放位置“{url}”不存在:请核对桶的名称和服务地址(AWS_ENDPOINT_URL)。")
    if "Credential" in kind or "TokenRetrieval" in kind:
        return StoreRefusedError(
            f"没有可用于存放位置“{url}”的凭据:请在环境中配置(如 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY)。"
        )
    if isinstance(error, PermissionError):
        return StoreRefusedError(
            f"存放位置“{url}”拒绝访问:请核对凭据,以及凭据在该位置读取、写入、删除和列出的权限。"
        )
    if isinstance(error, ImportError | ValueError) or kind.startswith(("Invalid", "ParamValidation")):
        return StoreRefusedError(
            f"存放位置“{url}”无法打开({kind}):请核对地址的写法、有关的环境变量和所需的程序库。"
        )
    return StoreUnavailableError(f"存放位置“{url}”暂时无法使用({kind}):请检查网络和对象存储服务后重试。")
