"""The replies with which the brokers reject a token. Sources: docs/brokers.md."""

import re
from typing import Any, Literal

from .state import parse_object

Broker = Literal["kis", "kiwoom"]

KIS_DEAD_TOKEN_CODES = frozenset({"EGW00121", "EGW00122", "EGW00123"})
KIWOOM_DEAD_TOKEN_CODES = frozenset({"8003", "8005", "8103", "805004"})

MAX_LENGTH = 4096
"""The maximum size of a reply that is checked for a rejection, in bytes."""


def is_token_rejection(status: int, body: str | bytes, broker: Broker | None = None) -> bool:
    """Whether the broker rejected the token.

    The reply contains a code for a dead token, or is HTTP 401 (Kiwoom) without a code. For a message of
    the Kiwoom WebSocket, pass status 200. ``broker`` limits the replies that count to those of one broker.
    """
    # KIS never rejects a token with HTTP 2xx.
    if len(body) > MAX_LENGTH or (broker == "kis" and status < 400):
        return False
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    reply = parse_object(text)
    if broker != "kiwoom" and _kis_error_code(reply) in KIS_DEAD_TOKEN_CODES:
        return True
    if broker == "kis":
        return False
    code = _kiwoom_error_code(reply)
    is_page = text.lstrip().startswith("<")
    return code in KIWOOM_DEAD_TOKEN_CODES or (status == 401 and code is None and not is_page)


def is_rejection(response: Any, broker: Broker | None) -> bool:
    """Whether a response of requests or httpx rejects the token. Reads only a body that may do so."""
    status, headers = response.status_code, response.headers
    length = headers.get("content-length", "")
    is_long = length.isdecimal() and int(length) > MAX_LENGTH
    may_reject = status == 401 or "json" in headers.get("content-type", "").lower()
    return may_reject and not is_long and is_token_rejection(status, response.content, broker)


def _kis_error_code(reply: dict[str, Any]) -> str | None:
    """The token endpoint returns ``error_code``; data calls return ``msg_cd``, also with a success."""
    if reply.get("rt_cd") == "0":
        return None
    codes = (reply.get("error_code"), reply.get("msg_cd"))
    return next(
        (code for code in codes if isinstance(code, str) and re.fullmatch(r"[A-Z]{3,4}\d{4,5}", code)), None
    )


def _kiwoom_error_code(reply: dict[str, Any]) -> str | None:
    """``return_code`` itself if it is 1000 or more, else ``[8005:`` or ``CODE=8005`` in ``return_msg``."""
    value = reply.get("return_code")
    return_code = str(value) if isinstance(value, int | str) else ""
    if re.fullmatch(r"[1-9]\d{3,5}", return_code):
        return return_code
    message = reply.get("return_msg")
    if re.fullmatch("0+", return_code) or not isinstance(message, str):
        return None
    found = re.search(r"\[(\d{3,6}):", message) or re.search(r"CODE=(\d{3,6})", message)
    return found[1] if found else None
