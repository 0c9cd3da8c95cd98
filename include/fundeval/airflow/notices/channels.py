"""Where messages go: Airflow's mail notifier and its HTTP notifier with a payload by template, as configured."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from airflow.providers.http.notifications.http import HttpNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fundeval.airflow.notices.causes import Notice
from fundeval.core.errors import ConfigurationError

MAIL_TO = "FUNDEVAL_NOTICE_MAIL_TO"
MAIL_CONNECTION = "FUNDEVAL_NOTICE_MAIL_CONN"
WEBHOOK_CONNECTION = "FUNDEVAL_NOTICE_WEBHOOK_CONN"
WEBHOOK_ENDPOINT = "FUNDEVAL_NOTICE_WEBHOOK_ENDPOINT"
WEBHOOK_TEMPLATE = "FUNDEVAL_NOTICE_WEBHOOK_TEMPLATE"

_SECONDS = 20
# WeCom takes 4096 bytes of markdown and refuses one more; the frame around the text needs some.
_TEXT_BYTES = 3600
_log = logging.getLogger(__name__)


class WebhookError(Exception):
    """The receiver answered that it did not take the message."""


class WebhookNotifier(HttpNotifier):
    """Airflow's HTTP notifier for robots of chat programs, which refuse a message with status 200 and a code."""

    def notify(self, context: Any) -> None:
        """Send, and read the answer.

        Raises:
            WebhookError: The receiver refused the message.
        """
        answer = self.hook.run(
            endpoint=self.endpoint,
            data=None,
            headers=self.headers,
            extra_options=self.extra_options,
            json=self.json,
        )
        code = _refusal_code(answer)
        if code:
            raise WebhookError(f"errcode {code}")


def send(notice: Notice, context: Any) -> bool:
    """Send a notice by every configured channel; return whether people were told by one of them.

    A channel that fails keeps no other from telling. What failed is logged by its kind only: the text of such an
    error may hold the address with its key.
    """
    notifiers = list(_notifiers(notice))
    if not notifiers:
        _log.warning("没有配置消息通道,只记入日志:%s", notice.title)
        return True
    sent = False
    for notifier in notifiers:
        try:
            # Not by calling it: that would render the texts as templates, and a text may quote a file's name.
            notifier.notify(context)
            sent = True
        except Exception as error:
            _log.error("消息未能由 %s 发出:%s", type(notifier).__name__, type(error).__name__)
    return sent


def _notifiers(notice: Notice) -> Iterator[SmtpNotifier | WebhookNotifier]:
    receivers = [each.strip() for each in os.environ.get(MAIL_TO, "").split(",") if each.strip()]
    if receivers:
        yield SmtpNotifier(
            to=receivers,
            subject=f"【绩效评价】{notice.title}",
            html_content=_templates().get_template("mail.html.j2").render(notice=notice),
            smtp_conn_id=os.environ.get(MAIL_CONNECTION),
        )
    connection = os.environ.get(WEBHOOK_CONNECTION)
    if connection:
        notifier = WebhookNotifier(
            http_conn_id=connection,
            json=payload(notice),
            headers={"Content-Type": "application/json"},
            extra_options={"timeout": _SECONDS},
        )
        notifier.endpoint = _endpoint(connection)
        yield notifier


def payload(notice: Notice) -> dict[str, Any]:
    """Return what is posted, by the configured template.

    Raises:
        ConfigurationError: There is no such template, or it gives no JSON object.
    """
    name = os.environ.get(WEBHOOK_TEMPLATE, "plain")
    try:
        content = json.loads(_template(name).render(notice=notice, text=_shortened(notice)))
    except Exception as error:
        raise ConfigurationError(f"消息模板“{name}”不可用({type(error).__name__})。") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"消息模板“{name}”给出的不是 JSON 对象。")
    return content


def _endpoint(connection: str) -> str | None:
    """Return the configured endpoint, with the connection's password where it asks for one."""
    endpoint = os.environ.get(WEBHOOK_ENDPOINT)
    if endpoint and "{password}" in endpoint:
        from airflow.sdk import BaseHook

        endpoint = endpoint.replace("{password}", BaseHook.get_connection(connection).password or "")
    return endpoint


def _refusal_code(answer: Any) -> int:
    try:
        content = answer.json()
    except ValueError:
        return 0
    return int(content.get("errcode") or 0) if isinstance(content, dict) else 0


def _shortened(notice: Notice) -> str:
    """Return the lines as one text of at most so many bytes, cut at a line."""
    kept: list[str] = []
    left = _TEXT_BYTES
    for line in notice.lines:
        left -= len(line.encode()) + 1
        if left < 0:
            kept.append(f"(另有{len(notice.lines) - len(kept)}条,见绩效评价页面)")
            break
        kept.append(line)
    return "\n".join(kept)


def _template(name: str) -> Template:
    """Return a template of this package by its name, or of the operator by its path."""
    path = Path(name)
    if path.is_absolute():
        return _templates().from_string(path.read_text(encoding="utf-8"))
    return _templates().get_template(f"{name}.json.j2")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("fundeval.airflow.notices"),
        # A payload is JSON, whose filter escapes; a mail is a page.
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
