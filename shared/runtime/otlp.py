"""Spans to an OpenTelemetry collector, by OTLP over HTTP. Nothing of OpenTelemetry is loaded without one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from shared.tracing import spans
from shared.tracing.passage import is_sampled
from shared.tracing.spans import Span

QUEUE = 4096
"""Spans that wait at most; a collector that is away costs those beyond, and no more memory."""
EVERY_MS = 1_000
TIMEOUT_S = 5.0


def configure(environ: Mapping[str, str] = os.environ) -> None:
    """Export the spans of this process if ``IMPULSO_OTLP_ENDPOINT`` is set: the collector's address, as
    ``http://collector:4318``. Raises ValueError for a share (``IMPULSO_OTLP_RATIO``) that is none."""
    endpoint = (environ.get("IMPULSO_OTLP_ENDPOINT") or "").strip().rstrip("/")
    if not endpoint:
        return
    ratio = float(environ.get("IMPULSO_OTLP_RATIO") or 1)
    if not 0 <= ratio <= 1:
        raise ValueError("IMPULSO_OTLP_RATIO debe estar entre 0 y 1.")
    spans.export_to(OtlpExporter(f"{endpoint}/v1/traces"), ratio=ratio)


class OtlpExporter:
    """Hands ended spans to OpenTelemetry's batch processor, which sends them from a thread of its own."""

    def __init__(self, endpoint: str) -> None:
        # Here and not above: a process without a collector saves the memory.
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._trace, self._resource, self._readable = trace, Resource, ReadableSpan
        self._resources: dict[str, Any] = {}
        self._processor = BatchSpanProcessor(
            OTLPSpanExporter(endpoint=endpoint, timeout=TIMEOUT_S),
            max_queue_size=QUEUE,
            schedule_delay_millis=EVERY_MS,
        )

    def take(self, span: Span) -> None:
        """See `Exporter.take`."""
        trace = self._trace
        status = trace.Status(trace.StatusCode.ERROR, span.error) if span.error else trace.Status()
        self._processor.on_end(
            self._readable(
                name=span.name,
                context=self._context(span.traceparent),
                parent=self._context(span.parent) if span.parent else None,
                resource=self._of(span.service),
                attributes=span.attributes,
                links=[trace.Link(self._context(span.link))] if span.link else [],
                kind=trace.SpanKind[span.kind.upper()],
                status=status,
                start_time=span.began,
                end_time=span.ended,
            )
        )

    def close(self) -> None:
        """See `Exporter.close`."""
        self._processor.shutdown()

    def _context(self, traceparent: str) -> Any:
        flags = self._trace.TraceFlags(self._trace.TraceFlags.SAMPLED if is_sampled(traceparent) else 0)
        return self._trace.SpanContext(int(traceparent[3:35], 16), int(traceparent[36:52], 16), True, flags)

    def _of(self, service: str) -> Any:
        found = self._resources.get(service)
        if found is None:
            name = {"service.name": service, "service.namespace": "impulso"}
            found = self._resources[service] = self._resource.create(name)
        return found
