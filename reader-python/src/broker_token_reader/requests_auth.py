from functools import partial
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase

from .reader import TokenReader
from .rejection import is_rejection


class RequestsAuth(AuthBase):
    """For ``requests``: ``session.auth = RequestsAuth(reader)``.

    Sets the ``Authorization`` header. If the broker rejects the token and a different one is published, the
    request is sent once more, unless its body is a stream. Otherwise ``NotReplacedError`` is raised.
    """

    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        token = self._reader.get()
        request.headers["Authorization"] = f"Bearer {token}"
        request.hooks["response"].append(partial(self._send_again, token=token))
        return request

    def _send_again(self, response: Response, *, token: str, **options: Any) -> Response:
        if not is_rejection(response, self._reader.broker):
            return response
        next_token = self._reader.replaced(token)
        request = response.request.copy()
        if not isinstance(request.body, str | bytes | None):
            return response
        request.headers["Authorization"] = f"Bearer {next_token}"
        response.close()
        second: Response = response.connection.send(request, **options)
        second.history.append(response)
        second.request = request
        if is_rejection(second, self._reader.broker):
            self._reader.replaced(next_token)
        return second
