"""Parameter Store, the report topic and the clock of one consumer. The test moves the clock."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from broker_token_reader import TokenReader

START = datetime(2026, 11, 23, tzinfo=timezone.utc).timestamp()
DAY = 86_400
TOKEN = "/broker-tokens/kis-main/token"
STATE = "/broker-tokens/kis-main/state"
TOPIC = "arn:aws:sns:ap-northeast-2:111122223333:reports-kis-main.fifo"


class World:
    """Serves ``get_parameters`` of SSM and ``publish`` of SNS."""

    def __init__(self) -> None:
        # Whole milliseconds: sums of fractions of a second would not be exact.
        self.milliseconds = 0
        self.values: dict[str, str] = {}
        self.reads: list[Sequence[str]] = []
        self.reports: list[int] = []
        self.deduplication_ids: set[str] = set()
        self.failure: Mapping[str, str] | None = None
        self.topic_fails = False
        self.before_read: Callable[[], None] = lambda: None
        self.after_next_read: Callable[[], None] = lambda: None
        self.meta = SimpleNamespace(region_name="ap-northeast-2")

    def now(self) -> float:
        return START + self.milliseconds / 1000

    def advance(self, seconds: float) -> None:
        self.milliseconds += round(seconds * 1000)

    def reader(self, **options: Any) -> TokenReader:
        options = {"report_topic": TOPIC, **options}
        return TokenReader("kis-main", ssm=self, sns=self, clock=self.now, **options)

    def publish_token(
        self,
        generation: int,
        health: str = "live",
        paused: bool = False,
        at: float | None = None,
        margin: float = 3600,
        reason: str | None = None,
    ) -> None:
        """Writes what the refresher writes for a token that is live for a day."""
        token = f"FAKE-token-{generation}"
        issued_at = self.now() if at is None else START + at
        state: dict[str, Any] = {
            "version": 2,
            "generation": generation,
            "fingerprint": hashlib.sha256(token.encode()).hexdigest()[:12],
            "issuedAt": instant(issued_at),
            "expiresAt": instant(issued_at + DAY),
            "renewAt": instant(issued_at + DAY - margin),
            "health": health,
        }
        if paused:
            state["paused"] = True
        if reason:
            state["lastRequest"] = {"at": instant(self.now()), "reason": reason}
        self.values = {TOKEN: token, STATE: json.dumps(state)}

    def get_parameters(self, *, Names: Sequence[str], WithDecryption: bool) -> dict[str, Any]:
        assert WithDecryption
        self.reads.append(Names)
        self.before_read()
        if self.failure is not None and any(name.endswith(self.failure.get("for", "")) for name in Names):
            raise client_error(self.failure["awsCode"], self.failure.get("message", "not served"))
        found = [{"Name": name, "Value": self.values[name]} for name in Names if name in self.values]
        self.after_next_read()
        self.after_next_read = lambda: None
        return {"Parameters": found}

    def publish(
        self, *, TopicArn: str, Message: str, MessageGroupId: str, MessageDeduplicationId: str
    ) -> None:
        if self.topic_fails:
            raise client_error("AuthorizationError", "not authorized to perform: sns:Publish")
        report = json.loads(Message)
        generation = report["generation"]
        assert (TopicArn, MessageGroupId) == (TOPIC, "kis-main")
        assert report == {"credential": "kis-main", "cause": "rejected", "generation": generation}
        assert MessageDeduplicationId not in self.deduplication_ids
        self.deduplication_ids.add(MessageDeduplicationId)
        self.reports.append(generation)


def client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetParameters")


def instant(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
