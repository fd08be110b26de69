"""Decides when to read again. The rules are those of reader/cache-policy.ts; the same tests cover both."""

from dataclasses import dataclass

from .state import TokenRecord

POLL_INTERVAL_WITHOUT_TOKEN = 2.0
"""The time between two reads while no usable token is cached, in seconds."""
MAXIMUM_STALE = 3600.0
"""Without facts: how long a token is returned while Parameter Store fails, in seconds."""
_CLOCK_TOLERANCE = 60.0
"""If a token was issued further in the future, the local clock is wrong, and the facts are not used."""
_POLLS = (1, 11, 26)
"""The reads after ``renew_at``, in poll intervals: after 30 s, and after a tick every 5 or 12 minutes.

With ``_LAST_POLL`` and two reads at the expiry, a token that is kept until its expiry costs six reads.
"""
_LAST_POLL = 0.4
"""The share of the margin before the last read: after a third, the refresher calls an unhealthy broker."""


@dataclass(frozen=True)
class CachedToken:
    """A token as the reader read it. Instants are epoch seconds."""

    token: str
    facts: TokenRecord | None
    dead: bool
    awaits_expiry: bool
    read_at: float
    tried_at: float
    """When the last read ended. Later than ``read_at`` if that read failed."""


@dataclass(frozen=True)
class CacheLimits:
    """The limits of the cache. Durations are seconds."""

    poll_interval: float
    """The time from ``renew_at`` to the first read, and between two reads while Parameter Store fails."""
    maximum_age: float
    """Without facts: the longest time for which a token is returned without a read."""


def is_usable(entry: CachedToken, now: float) -> bool:
    return not entry.dead and (entry.facts is None or now < entry.facts.expires_at)


def next_read_at(entry: CachedToken, limits: CacheLimits, now: float) -> float:
    """When the parameters must be read again. They do not change before ``renew_at``."""
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
    """The time until the expiry in seconds; infinite if it is unknown."""
    return float("inf") if entry.facts is None else entry.facts.expires_at - now
