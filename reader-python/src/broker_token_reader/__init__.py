"""Live access tokens of KIS and Kiwoom from SSM Parameter Store.

The rules are in docs/consumers.md of the repository. ``broker_token_reader.requests_auth`` and
``broker_token_reader.httpx_auth`` need requests and httpx.
"""

from .aio import AsyncTokenReader
from .errors import (
    AccessDeniedError,
    BadOptionError,
    ClockSkewError,
    ExpiredError,
    ExpiresTooSoonError,
    KeyDeniedError,
    NoTokenError,
    NotReplacedError,
    PausedError,
    ReportFailedError,
    TokenReaderError,
    UnavailableError,
    UnconfiguredError,
)
from .reader import TokenFacts, TokenReader
from .rejection import Broker, is_token_rejection

__all__ = [
    "AccessDeniedError",
    "AsyncTokenReader",
    "BadOptionError",
    "Broker",
    "ClockSkewError",
    "ExpiredError",
    "ExpiresTooSoonError",
    "KeyDeniedError",
    "NoTokenError",
    "NotReplacedError",
    "PausedError",
    "ReportFailedError",
    "TokenFacts",
    "TokenReader",
    "TokenReaderError",
    "UnavailableError",
    "UnconfiguredError",
    "is_token_rejection",
]
