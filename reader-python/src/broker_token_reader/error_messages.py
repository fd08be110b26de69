import re
from dataclasses import dataclass
from datetime import datetime, timezone

from . import errors
from .errors import TokenReaderError


@dataclass(frozen=True)
class Location:
    """Where the parameters of one credential are."""

    credential: str
    prefix: str
    region: str | None

    @property
    def token(self) -> str:
        return f"{self.prefix}/{self.credential}/token"

    @property
    def state(self) -> str:
        return f"{self.prefix}/{self.credential}/state"

    @property
    def in_region(self) -> str:
        return f"region {self.region}" if self.region else "the region of this program"

    def arn(self, name: str) -> str:
        return f"arn:aws:ssm:{self.region or '<region>'}:<account>:parameter{name}"


def no_token(location: Location, unconfigured: str | None) -> TokenReaderError:
    if unconfigured is not None:
        return errors.UnconfiguredError(
            f'the refresher has no app key for "{location.credential}", so there is no token. '
            f"Store the app key in the secret. The refresher reports: {unconfigured}"
        )
    return errors.NoTokenError(
        f"{location.token} does not exist in {location.in_region}. Check the credential id "
        f'"{location.credential}", the prefix "{location.prefix}", the account and the region. '
        f"If they are right, no token has been issued yet: see {location.state}"
    )


def paused(location: Location) -> TokenReaderError:
    message = f'{{"credential":"{location.credential}","cause":"forced"}}'
    return errors.PausedError(
        f'the token of "{location.credential}" was revoked on request and is not replaced until an operator '
        f"resumes the credential. To resume, send {message} to the inbox"
    )


def expired(location: Location, *, dead: bool, expires_at: float, now: float) -> TokenReaderError:
    if dead:
        reason = "is dead, and its replacement is not published yet"
    else:
        reason = f"expired at {_instant(expires_at)}; the clock of this machine is at {_instant(now)}"
    return errors.ExpiredError(
        f'the published token of "{location.credential}" {reason}. '
        f"For the cause see {location.state} (attempt) and the alarms of the refresher"
    )


def expires_too_soon(location: Location, left: float, min_remaining: float) -> TokenReaderError:
    return errors.ExpiresTooSoonError(
        f'the token of "{location.credential}" expires in {left:.0f} s, and min_remaining is '
        f"{min_remaining:.0f} s. Set min_remaining below renewBefore of the refresher, or try again later"
    )


def not_replaced(location: Location) -> TokenReaderError:
    return errors.NotReplacedError(
        f'the broker rejected the token of "{location.credential}", and {location.token} holds no other '
        f"token yet. Try again later; for the cause see {location.state}"
    )


_CLOCK = re.compile(
    "RequestExpired|SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed|InvalidSignatureException"
)
_KEY = re.compile("KMS|InvalidKeyId|Disabled")


def read_failed(location: Location, aws_code: str, message: str) -> TokenReaderError:
    """The error for a read that AWS did not serve."""
    answer = f"AWS replied {aws_code}: {message}"
    if _CLOCK.match(aws_code):
        return errors.ClockSkewError(
            "AWS rejects the signatures of this machine; its clock is probably wrong. "
            f"Set the clock with NTP. {answer}"
        )
    # A denied kms:Decrypt has the code AccessDeniedException, too.
    if _KEY.search(aws_code) or "kms" in message.lower():
        return errors.KeyDeniedError(
            f"this role has no permission to decrypt {location.token}, or the key is disabled. Grant "
            "kms:Decrypt on the token key with the encryption context PARAMETER_ARN "
            f"(CDK: credential.grantRead). {answer}"
        )
    if "AccessDenied" in aws_code:
        return errors.AccessDeniedError(
            f"this role has no permission to read {location.token}. Check the credential id "
            f'"{location.credential}" and the prefix "{location.prefix}". Grant ssm:GetParameter and '
            f"ssm:GetParameters on {location.arn(location.token)} and {location.arn(location.state)} "
            f"(CDK: credential.grantRead). {answer}"
        )
    return errors.UnavailableError(f"{location.token} could not be read in {location.in_region}. {answer}")


def _instant(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
