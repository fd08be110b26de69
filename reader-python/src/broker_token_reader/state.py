import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

VERSION = 2


@dataclass(frozen=True)
class TokenRecord:
    """The published token as the state parameter describes it. Instants are epoch seconds."""

    generation: int
    fingerprint: str
    issued_at: float
    expires_at: float
    renew_at: float
    """The refresher changes nothing before this instant."""


@dataclass(frozen=True)
class ReadState:
    """The fields of the state parameter that a reader uses."""

    facts: TokenRecord | None = None
    dead: bool = False
    """A suspect token is not dead: it is used until the refresher has verified it."""
    paused: bool = False
    awaits_expiry: bool = False
    """The broker returned the same token at the renewal, and the refresher waits for its expiry."""
    unconfigured: str | None = None
    """Why no token was issued, if the secret contains no app key."""


def read_state(text: str | None) -> ReadState:
    """Reads a state. A damaged state, or one of a different version, is ignored, like a missing one."""
    state = parse_object(text)
    if state.get("version") != VERSION:
        return ReadState()
    facts = _token_record(state)
    attempt = _dict(state.get("attempt"))
    last_request = _dict(state.get("lastRequest"))
    is_requested = facts is not None and _instant(last_request.get("at")) >= facts.renew_at
    return ReadState(
        facts=facts,
        dead=state.get("health") == "dead",
        paused=state.get("paused") is True,
        awaits_expiry=is_requested and last_request.get("reason") == "AwaitExpiry",
        unconfigured=str(attempt.get("message", "")) if attempt.get("outcome") == "unconfigured" else None,
    )


def _token_record(state: dict[str, Any]) -> TokenRecord | None:
    generation, fingerprint = state.get("generation"), state.get("fingerprint")
    issued_at, expires_at, renew_at = (
        _instant(state.get(name)) for name in ("issuedAt", "expiresAt", "renewAt")
    )
    if not isinstance(generation, int) or not isinstance(fingerprint, str):
        return None
    if math.isnan(issued_at + expires_at + renew_at):
        return None
    return TokenRecord(generation, fingerprint, issued_at, expires_at, renew_at)


def _instant(value: Any) -> float:
    """Epoch seconds; not a number for any other value."""
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return math.nan


def parse_object(text: str | None) -> dict[str, Any]:
    """Parses a JSON object; any other text is like an empty object."""
    try:
        return _dict(json.loads(text or ""))
    except ValueError:
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
