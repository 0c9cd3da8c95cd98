"""A collector of OpenTelemetry on this machine that keeps the metrics it is sent by OTLP over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA

from support.receivers import serving


@dataclass(frozen=True)
class Point:
    """One value of a metric.

    Attributes:
        name: Name of the metric.
        value: What was counted, or the sum of what was timed.
        unit: Unit of the value, '' for a count.
        tags: Attributes of the value.
        service: Name of the service that sent it.
        is_difference: Whether it says what was added since the last value, and not the sum since the process began.
    """

    name: str
    value: float
    unit: str
    tags: dict[str, str]
    service: str
    is_difference: bool


@dataclass
class Collector:
    """What a collector was sent.

    Attributes:
        port: Where it listens.
        points: Every value, in the order they came.
    """

    port: int = 0
    points: list[Point] = field(default_factory=list)

    def named(self, name: str) -> list[Point]:
        """Return the values of a metric."""
        return [point for point in list(self.points) if point.name == name]

    def total(self, name: str) -> float:
        """Return the sum of the values of a metric; each counts once where they are sent as differences."""
        return sum(point.value for point in self.named(name))


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector that takes metrics at the path the protocol prescribes."""
    kept = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            known = self.path == "/v1/metrics"
            if known:
                kept.points += _points(ExportMetricsServiceRequest.FromString(body))
            answer = ExportMetricsServiceResponse().SerializeToString()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the screen of the tests clean."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        kept.port = server.server_address[1]
        yield kept


def _points(request: ExportMetricsServiceRequest) -> Iterator[Point]:
    for resource in request.resource_metrics:
        service = _tags(resource.resource.attributes).get("service.name", "")
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                data = getattr(metric, metric.WhichOneof("data"))
                # A gauge is neither a difference nor a sum.
                is_difference = (
                    getattr(data, "aggregation_temporality", None) == AGGREGATION_TEMPORALITY_DELTA
                )
                for value, tags in _values(data):
                    yield Point(metric.name, value, metric.unit, tags, service, is_difference)


def _values(data: Any) -> Iterator[tuple[float, dict[str, str]]]:
    for point in data.data_points:
        # A timed value comes as a histogram, whose sum is the time; a count as an integer or a float.
        value = point.sum if hasattr(point, "sum") else getattr(point, point.WhichOneof("value"))
        yield float(value), _tags(point.attributes)


def _tags(attributes: Any) -> dict[str, str]:
    return {each.key: str(getattr(each.value, each.value.WhichOneof("value"))) for each in attributes}
