import asyncio
from collections.abc import AsyncGenerator, Generator

import httpx

from .reader import TokenReader
from .rejection import is_rejection

Flow = Generator[httpx.Request, httpx.Response, None]


class HttpxAuth(httpx.Auth):
    """For ``httpx``: ``httpx.Client(auth=HttpxAuth(reader))``, or ``httpx.AsyncClient``.

    Sets the ``Authorization`` header. If the broker rejects the token and a different one is published, the
    request is sent once more. Otherwise ``NotReplacedError`` is raised.
    """

    requires_request_body = True
    requires_response_body = True

    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader

    def auth_flow(self, request: httpx.Request) -> Flow:
        token = self._reader.get()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if not is_rejection(response, self._reader.broker):
            return
        token = self._reader.replaced(token)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if is_rejection(response, self._reader.broker):
            self._reader.replaced(token)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Like ``auth_flow``, but reads Parameter Store in a thread, so the event loop is not blocked."""
        await request.aread()
        flow = self.auth_flow(request)
        next_request: httpx.Request | None = await asyncio.to_thread(next, flow)
        while next_request is not None:
            response = yield next_request
            await response.aread()
            next_request = await asyncio.to_thread(_advance, flow, response)


def _advance(flow: Flow, response: httpx.Response) -> httpx.Request | None:
    # A thread cannot raise StopIteration into a coroutine.
    try:
        return flow.send(response)
    except StopIteration:
        return None
