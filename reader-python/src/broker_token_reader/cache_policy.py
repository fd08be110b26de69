"""When to read again. The same rules as reader/cache-policy.ts; the same table of histories tests both."""

from dataclasses import dataclass

from .state import TokenRecord

POLL_INTERVAL_WITHOUT_TOKEN = 2.0
"""Between two reads while no usable token is cached, seconds."""
MAXIMUM_STALE = 3600.0
"""Without facts: how long a token is returned while Parameter Store fails, seconds."""
_CLOCK_TOLERANCE = 60.0
"""If a token was issued further in the future, this machine's clock is wrong and the facts are not used."""
_POLLS = (1, 11, 26)
"""Reads after ``renew_at``, in poll intervals: at once, after a tick every 5 minutes, after one every 12.

With the read below and two at the expiry, a token that is kept until its expiry costs six reads.
"""
_LAST_POLL = 0.4
"""Share of the margin at the last read: the refresher asks an unhealthy broker when a third is used up."""


@dataclass(frozen=True)
class CachedToken:
    """A token as it was read. Instants in epoch seconds."""

    token: str
    facts: TokenRecord | None
    dead: bool
    awaits_expiry: bool
    read_at: float
    tried_at: float
    """When the last read returned or failed; later than ``read_at`` if it failed."""


@dataclass(frozen=True)
class CacheLimits:
    """Spans in seconds."""

    poll_interval: float
    """From ``renew_at`` to the first read, and between two reads while Parameter Store fails."""
    maximum_age: float
    """Without facts: the longest time for which a token is returned without a read."""


def is_usable(entry: CachedToken, now: float) -> bool:
    return not entry.dead and (entry.facts is None or now < entry.facts.expires_at)


def next_read_at(entry: CachedToken, limits: CacheLimits, now: float) -> float:
    """When the parameters must be read again. Until ``renew_at`` nothing changes."""
    facts = entry.facts
    if not is_usable(entry, now):
        replaced_at = facts.expires_at if facts and entry.awaits_expiry else entry.tried_at
        return max(entry.tried_at, replaced_at) + POLL_INTERVAL_WITHOUT_TOKEN
    if facts is None or facts.issued_at > now + _CLOCK_TOLERANCE:
        return entry.tried_at + limits.maximum_age
    if entry.tried_at > entry.read_at:
        return max(facts.renew_at, entry.tried_at) + limits.poll_interval
    if entry.awaits_expiry:
        return facts.expires_at
    last_poll = facts.renew_at + _LAST_POLL * (facts.expires_at - facts.renew_at)
    polls = [*(facts.renew_at + count * limits.poll_interval for count in _POLLS), last_poll]
    return min([facts.expires_at, *(at for at in polls if at > entry.tried_at)])


def is_usable_when_stale(entry: CachedToken, now: float) -> bool:
    """Whether the token can be returned although the parameters could not be read."""
    return is_usable(entry, now) and (entry.facts is not None or now < entry.read_at + MAXIMUM_STALE)


def remaining(entry: CachedToken, now: float) -> float:
    """Seconds until the expiry; infinite if it is unknown."""
    return float("inf") if entry.facts is None else entry.facts.expires_at - now
