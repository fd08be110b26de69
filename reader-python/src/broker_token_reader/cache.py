import threading
from concurrent.futures import Future
from dataclasses import replace

from .cache_policy import (
    POLL_INTERVAL_WITHOUT_TOKEN,
    CachedToken,
    CacheLimits,
    is_usable,
    is_usable_when_stale,
    next_read_at,
    remaining,
)
from .errors import PausedError, TokenReaderError, UnavailableError
from .parameters import CredentialParameters


class TokenCache:
    """Caches the last token that was read. Concurrent threads share one read."""

    def __init__(self, parameters: CredentialParameters, limits: CacheLimits) -> None:
        self._parameters = parameters
        self._limits = limits
        self._lock = threading.Lock()
        self._entry: CachedToken | None = None
        self._reading: Future[CachedToken] | None = None
        # Raised again for two seconds, so that a program that calls in a loop does not read in a loop.
        self._failure: tuple[TokenReaderError, float] | None = None
        # The last read because of a token that the broker rejected.
        self._replacement_read: tuple[str, float] | None = None

    def current(self, min_remaining: float) -> CachedToken:
        """Reads only if the token may have changed. The token may be dead or expired."""
        with self._lock:
            now = self._parameters.now()
            entry = self._entry
            if entry is not None and now < next_read_at(entry, self._limits, now):
                is_too_short = is_usable(entry, now) and remaining(entry, now) < min_remaining
                is_old = now >= entry.tried_at + self._limits.poll_interval
                # A token that expires too soon may be renewed already.
                if not (is_too_short and is_old and not entry.awaits_expiry):
                    return entry
            reading, is_own = self._join_read(now)
        return self._read(reading) if is_own else reading.result()

    def other_than(self, dead_token: str) -> CachedToken:
        """The token that is published instead of a rejected one; that very token if there is no other.

        All callers with one dead token share one read in two seconds.
        """
        with self._lock:
            now = self._parameters.now()
            entry = self._entry
            if entry is not None and entry.token != dead_token and is_usable(entry, now):
                return entry
            token, at = self._replacement_read or ("", 0.0)
            is_read = token == dead_token and _is_recent(at, now)
            if entry is not None and is_read and self._reading is None:
                return entry
            reading, is_own = self._join_read(now)
            self._replacement_read = (dead_token, now)
        return self._read(reading) if is_own else reading.result()

    def generation_of(self, token: str) -> int | None:
        """The generation of a token, if it is the cached one and its state is known."""
        entry = self._entry
        return entry.facts.generation if entry and entry.token == token and entry.facts else None

    def _join_read(self, now: float) -> tuple[Future[CachedToken], bool]:
        """With the lock held: the read under way, or a new one that the caller has to do."""
        if self._failure is not None and _is_recent(self._failure[1], now):
            raise self._failure[0]
        if self._reading is not None:
            return self._reading, False
        self._reading = Future()
        return self._reading, True

    def _read(self, reading: "Future[CachedToken]") -> CachedToken:
        try:
            try:
                entry = self._read_or_keep()
            finally:
                # Before the waiting threads continue, because one of them may start the next read at once.
                with self._lock:
                    self._reading = None
        except Exception as error:
            reading.set_exception(error)
            raise
        except BaseException:
            reading.set_exception(UnavailableError("the thread that read the parameters was interrupted"))
            raise
        reading.set_result(entry)
        return entry

    def _read_or_keep(self) -> CachedToken:
        """A usable token is kept whatever fails, except for a pause: that token was revoked."""
        try:
            entry = self._parameters.read()
        except Exception as error:
            with self._lock:
                now = self._parameters.now()
                is_paused = isinstance(error, PausedError)
                if self._entry is not None and not is_paused and is_usable_when_stale(self._entry, now):
                    self._entry = replace(self._entry, tried_at=now)
                    return self._entry
                if is_paused:
                    self._entry = None
                if isinstance(error, TokenReaderError) and not isinstance(error, UnavailableError):
                    self._failure = (error, now)
            raise
        with self._lock:
            before = self._entry
            # The facts of a token do not change; its state may be unreadable for a while.
            if entry.facts is None and before is not None and before.token == entry.token:
                entry = replace(entry, facts=before.facts)
            self._entry, self._failure = entry, None
            return entry


def _is_recent(at: float, now: float) -> bool:
    """A time in the future is not recent: the clock was turned back."""
    return at <= now < at + POLL_INTERVAL_WITHOUT_TOKEN
