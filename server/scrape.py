"""`/metrics`, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from .health import readiness
from .protocol import operation
from .protocol.fault import Fault
from .protocol.http import method_not_allowed
from .protocol.reply import headers_of, send_fault, text

if TYPE_CHECKING:
    from .services import Services

__all__ = ["MetricsEndpoint"]


class MetricsEndpoint:
    """The ASGI application behind /metrics: for whoever may read the graph."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from .exposition import exposition  # its library is for servers that are asked

        services: Services = scope["app"].state.services
        headers = headers_of(scope["headers"])
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise method_not_allowed("GET", "Use GET.")
            await operation.authenticate(services, headers)
        except Fault as fault:
            await send_fault(send, fault)
            return
        ready = all(result["ok"] for result in (await readiness(services)).values())
        body, media = exposition(services, text(headers, b"accept"), ready)
        given: list[Any] = [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": given})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
