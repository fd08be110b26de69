import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from . import error_messages
from .cache_policy import CachedToken
from .error_messages import Location
from .errors import AccessDeniedError
from .state import ReadState, read_state

_MISMATCH_WAIT = 0.25
"""The refresher writes the token first and the state some milliseconds later. In seconds."""
_WITHOUT_STATE = 300.0
"""How long only the token is read after AWS denied access to the state, in seconds."""
CLIENT_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"}
)
"""The caller waits for the read, so timeouts are short and attempts are few."""


class SsmClient(Protocol):
    """The part of ``boto3.client("ssm")`` that the reader uses."""

    @property
    def meta(self) -> Any: ...

    def get_parameters(self, *, Names: Sequence[str], WithDecryption: bool) -> Mapping[str, Any]: ...


class CredentialParameters:
    """The token and state parameters of one credential."""

    def __init__(
        self, credential: str, prefix: str, ssm: SsmClient | None, clock: Callable[[], float]
    ) -> None:
        self._credential = credential
        self._prefix = prefix
        self._ssm = ssm
        self._state_denied_at = float("-inf")
        self.now = clock

    @property
    def location(self) -> Location:
        region = self._ssm.meta.region_name if self._ssm is not None else None
        return Location(self._credential, self._prefix, region)

    def read(self) -> CachedToken:
        """Reads the token with its facts.

        A token and a state of different generations are read once more. If they still differ, the token
        is newer and is returned without facts.
        """
        entry, is_mismatch = self._read_once()
        if is_mismatch:
            time.sleep(_MISMATCH_WAIT)
            entry, is_mismatch = self._read_once()
        return replace(entry, facts=None) if is_mismatch else entry

    def _read_once(self) -> tuple[CachedToken, bool]:
        token, state = self._parameters()
        if state.paused:
            raise error_messages.paused(self.location)
        if token is None:
            raise error_messages.no_token(self.location, state.unconfigured)
        now = self.now()
        is_mismatch = state.facts is not None and state.facts.fingerprint != _fingerprint(token)
        dead = state.dead and not is_mismatch
        return CachedToken(
            token, state.facts, dead, state.awaits_expiry, read_at=now, tried_at=now
        ), is_mismatch

    def _parameters(self) -> tuple[str | None, ReadState]:
        token, state = (f"{self._prefix}/{self._credential}/{name}" for name in ("token", "state"))
        if not 0 <= self.now() - self._state_denied_at < _WITHOUT_STATE:
            try:
                values = self._get(token, state)
                return values.get(token), read_state(values.get(state))
            except AccessDeniedError:
                # AWS denies the call for both parameters if the role may not read the state.
                values = self._get(token)
                self._state_denied_at = self.now()
                return values.get(token), ReadState()
        return self._get(token).get(token), ReadState()

    def _get(self, *names: str) -> dict[str, str]:
        try:
            if self._ssm is None:
                self._ssm = boto3.client("ssm", config=CLIENT_CONFIG)
            answer = self._ssm.get_parameters(Names=names, WithDecryption=True)
        except ClientError as error:
            details = error.response.get("Error", {})
            code, message = details.get("Code", "ClientError"), details.get("Message", "")
            raise error_messages.read_failed(self.location, code, message) from error
        except BotoCoreError as error:
            raise error_messages.read_failed(self.location, type(error).__name__, str(error)) from error
        return {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:12]
