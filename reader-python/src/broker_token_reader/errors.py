from typing import ClassVar


class TokenReaderError(Exception):
    """No token can be returned. The message contains the next step and no token."""

    code: ClassVar[str] = "TokenReader"
    """The class name without ``Error``. Stable: programs may depend on it."""
    retryable: ClassVar[bool] = False
    """Whether a later call may succeed without a change by an operator."""

    def __init_subclass__(cls, *, retryable: bool = False) -> None:
        cls.code = cls.__name__.removesuffix("Error")
        cls.retryable = retryable


class NoTokenError(TokenReaderError, retryable=True):
    """No token parameter exists: no such credential, or no token has been issued yet."""


class UnconfiguredError(TokenReaderError):
    """The secret contains no app key, so the refresher cannot issue a token."""


class PausedError(TokenReaderError):
    """The token was revoked on request and is not replaced until an operator resumes the credential."""


class ExpiredError(TokenReaderError, retryable=True):
    """The published token has expired or is known to be dead."""


class ExpiresTooSoonError(TokenReaderError, retryable=True):
    """The token is live, but expires within ``min_remaining``."""


class NotReplacedError(TokenReaderError, retryable=True):
    """The broker rejected the token, and no other token is published yet."""


class ReportFailedError(TokenReaderError, retryable=True):
    """The report could not be sent."""


class AccessDeniedError(TokenReaderError):
    """The role has no permission to read the parameter."""


class KeyDeniedError(TokenReaderError):
    """The role has no permission to decrypt with the token key, or the key is disabled."""


class ClockSkewError(TokenReaderError):
    """AWS rejects the signatures of this machine, because its clock is wrong."""


class UnavailableError(TokenReaderError, retryable=True):
    """Parameter Store did not answer, and no usable token is cached."""


class BadOptionError(TokenReaderError):
    """An argument is not valid."""
