import json
import os
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from . import error_messages
from .cache import TokenCache
from .cache_policy import CachedToken, CacheLimits, is_usable, remaining
from .errors import BadOptionError, ReportFailedError, TokenReaderError
from .parameters import CLIENT_CONFIG, CredentialParameters, SsmClient
from .rejection import Broker

_REPORT_INTERVAL = 300.0


class SnsClient(Protocol):
    """The part of ``boto3.client("sns")`` that the reader uses."""

    def publish(
        self, *, TopicArn: str, Message: str, MessageGroupId: str, MessageDeduplicationId: str
    ) -> Any: ...


@dataclass(frozen=True)
class TokenFacts:
    """A live token with its expiry and generation, both ``None`` if this role cannot read the state."""

    token: str = field(repr=False)
    expires_at: datetime | None
    """With the time zone UTC."""
    generation: int | None


class TokenReader:
    """Returns the current token of one credential. Create one per process; threads can share it.

    It reads nothing before the first call. Durations are seconds.

    :param credential: the credential's id; default: ``BROKER_TOKENS_CREDENTIAL`` of the environment
    :param prefix: default: ``BROKER_TOKENS_PREFIX`` of the environment, else ``/broker-tokens``
    :param broker: limits the replies that count as a rejected token to those of one broker
    :param report_topic: ARN of the credential's report topic, ``False`` for none; default:
        ``BROKER_TOKENS_REPORT_TOPIC_<ID>`` of the environment, else none
    :param on_report_error: called if ``replaced`` could not send a report; it does not raise that error
    :param ssm: default: a boto3 client that is created on first use; the same for ``sns``
    :param poll_interval: the time from ``renewAt`` to the first read; later reads follow less often
    :param maximum_age: how long a token without a readable state is cached
    :raises BadOptionError:
    """

    def __init__(
        self,
        credential: str | None = None,
        *,
        prefix: str | None = None,
        broker: Broker | None = None,
        report_topic: str | Literal[False] | None = None,
        on_report_error: Callable[[TokenReaderError], None] | None = None,
        ssm: SsmClient | None = None,
        sns: SnsClient | None = None,
        poll_interval: float = 30.0,
        maximum_age: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._credential = _credential_id(credential or os.environ.get("BROKER_TOKENS_CREDENTIAL"))
        variable = f"BROKER_TOKENS_REPORT_TOPIC_{self._credential.upper().replace('-', '_')}"
        self._topic = os.environ.get(variable) if report_topic is None else report_topic or None
        self._parameters = CredentialParameters(self._credential, _parameter_prefix(prefix), ssm, clock)
        limits = CacheLimits(_positive("poll_interval", poll_interval), _positive("maximum_age", maximum_age))
        self._cache = TokenCache(self._parameters, limits)
        self._sns = sns
        self._on_report_error = on_report_error
        self._report_lock = threading.Lock()
        self._reported: tuple[int, float] | None = None
        self.broker: Broker | None = broker

    def get(self, min_remaining: float = 0.0) -> str:
        """The current token. Reads Parameter Store only when the token may have changed.

        :param min_remaining: the minimum time until the expiry of the token
        :raises TokenReaderError: without a live token
        """
        return self._usable(self._cache.current(min_remaining), min_remaining).token

    def authorization(self) -> str:
        """The value of an ``Authorization`` header. Raises as ``get``."""
        return f"Bearer {self.get()}"

    def facts(self, min_remaining: float = 0.0) -> TokenFacts:
        """The current token with its expiry and generation. Raises as ``get``."""
        entry = self._usable(self._cache.current(min_remaining), min_remaining)
        if entry.facts is None:
            return TokenFacts(entry.token, None, None)
        expires_at = datetime.fromtimestamp(entry.facts.expires_at, timezone.utc)
        return TokenFacts(entry.token, expires_at, entry.facts.generation)

    def replaced(self, dead_token: str) -> str:
        """The token to use after the broker rejected ``dead_token``.

        Reads the parameters, at most once in two seconds. If they contain no other token, reports the
        rejected one. It never returns the rejected token, because a client would send it again in a loop.

        :raises NotReplacedError: without another token
        :raises TokenReaderError: as ``get``
        """
        try:
            entry = self._usable(self._cache.other_than(dead_token), 0.0)
            if entry.token == dead_token:
                raise error_messages.not_replaced(self._parameters.location)
            return entry.token
        except TokenReaderError:
            # A paused credential has no cached token, so nothing is reported.
            self._report_rejection(self._cache.generation_of(dead_token))
            raise

    def report(self, generation: int) -> None:
        """Reports that the broker rejected the token of a generation. The refresher then verifies the token.

        Sends at most one report per generation and five minutes.

        :raises ReportFailedError: without a report topic, or if the report could not be sent
        """
        if self._topic is None:
            raise ReportFailedError(f'no report topic of "{self._credential}" is known: set report_topic')
        now = self._parameters.now()
        with self._report_lock:
            reported, at = self._reported or (None, 0.0)
            if reported == generation and now < at + _REPORT_INTERVAL:
                return
            try:
                self._publish(self._topic, generation)
            except (ClientError, BotoCoreError) as error:
                raise ReportFailedError(
                    f'the report of "{self._credential}" could not be sent: {error}'
                ) from error
            self._reported = (generation, now)

    def _publish(self, topic: str, generation: int) -> None:
        if self._sns is None:
            self._sns = boto3.client("sns", config=CLIENT_CONFIG)
        body = {"credential": self._credential, "cause": "rejected", "generation": generation}
        self._sns.publish(
            TopicArn=topic,
            Message=json.dumps(body),
            MessageGroupId=self._credential,
            # Random, so that another publisher cannot suppress the report.
            MessageDeduplicationId=str(uuid.uuid4()),
        )

    def _report_rejection(self, generation: int | None) -> None:
        """A report that fails must not replace the error of ``replaced``."""
        if generation is None or self._topic is None:
            return
        try:
            self.report(generation)
        except ReportFailedError as error:
            if self._on_report_error is not None:
                self._on_report_error(error)

    def _usable(self, entry: CachedToken, min_remaining: float) -> CachedToken:
        now, location = self._parameters.now(), self._parameters.location
        if not is_usable(entry, now):
            expires_at = entry.facts.expires_at if entry.facts else now
            raise error_messages.expired(location, dead=entry.dead, expires_at=expires_at, now=now)
        left = remaining(entry, now)
        if left < min_remaining:
            raise error_messages.expires_too_soon(location, left, min_remaining)
        return entry


def _credential_id(value: str | None) -> str:
    if value is not None and re.fullmatch("[a-z0-9-]{1,40}", value):
        return value
    raise BadOptionError(
        f'credential must be an id such as "kis-main" (a-z, 0-9, -; at most 40), got {value!r}. '
        "Pass it, or set BROKER_TOKENS_CREDENTIAL"
    )


def _parameter_prefix(value: str | None) -> str:
    prefix = value or os.environ.get("BROKER_TOKENS_PREFIX") or "/broker-tokens"
    if re.fullmatch(r"(/[\w.-]+)+", prefix):
        return prefix
    raise BadOptionError(f'prefix must be a path such as "/broker-tokens", got {prefix!r}')


def _positive(name: str, value: float) -> float:
    if 0 < value < float("inf"):
        return value
    raise BadOptionError(f"{name} must be a number of seconds above 0, got {value!r}")
