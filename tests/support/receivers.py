"""A mail server and a web server on this machine that keep what they are sent."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Mailbox:
    """What a mail server was sent."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def subjects(self) -> list[str]:
        """Subjects in the order the mails came."""
        return [str(mail["Subject"]) for mail in self.mails]

    def text(self, number: int) -> str:
        """Return the page of a mail."""
        body = self.mails[number].get_body(("html",))
        assert body is not None
        return str(body.get_content())


@dataclass
class Webhook:
    """What a web server was posted, and what it answers.

    Attributes:
        port: Where it listens.
        posted: Path and decoded JSON of each request.
        answer: What it answers with status 200; a number is a status.
    """

    port: int = 0
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: dict[str, Any] | int = field(default_factory=lambda: {"errcode": 0})


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run a server that speaks as much SMTP as taking a mail needs."""
    mailbox = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            for line in self.rfile:
                verb = line.split()[0].upper() if line.split() else b""
                if verb == b"DATA":
                    self._say("354 go on")
                    mailbox.mails.append(self._mail())
                    self._say("250 kept")
                elif verb == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _mail(self) -> EmailMessage:
            lines = []
            for line in self.rfile:
                if line == b".\r\n":
                    break
                lines.append(line[1:] if line.startswith(b"..") else line)
            return email.message_from_bytes(b"".join(lines), policy=email.policy.default)  # type: ignore[arg-type, return-value]

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    with serving(server):
        mailbox.port = server.server_address[1]
        yield mailbox


@contextmanager
def web_server() -> Iterator[Webhook]:
    """Run a server that keeps the JSON it is posted."""
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            webhook.posted.append((self.path, json.loads(body)))
            status = webhook.answer if isinstance(webhook.answer, int) else 200
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(webhook.answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep the screen of the tests clean."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        webhook.port = server.server_address[1]
        yield webhook


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """Let a server answer in a thread of its own, and stop it with the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
