"""Live broker tokens from SSM Parameter Store, in one file to be copied. Needs boto3. The rules: docs/consumers.md."""
import hashlib, json, threading, time
from datetime import datetime
import boto3

KIS_DEAD, KIWOOM_DEAD = ("EGW00121", "EGW00122", "EGW00123"), ("[8003:", "[8005:", "[8103:")

class TokenUnavailable(Exception):
    """There is no living token; the message says what to do."""

class TokenReader:
    def __init__(self, credential, prefix="/broker-tokens", report_topic=None, ssm=None, sns=None, clock=time.time):
        self._credential, self._name, self._topic = credential, f"{prefix}/{credential}", report_topic
        self._ssm, self._sns, self._clock = ssm or boto3.client("ssm"), sns, clock
        self._lock, self._entry, self._tried, self._reported = threading.RLock(), None, 0.0, (None, 0.0)

    def get(self):
        """The current token. Reads only when something may have changed. Raises TokenUnavailable without a living one."""
        with self._lock:  # one read for all threads
            if self._entry is None or self._clock() >= self._look_again_at():
                self._look()
            if not self._lives():
                raise TokenUnavailable(f"{self._name}/token is expired or dead: see {self._name}/state and the alarms")
            return self._entry["token"]

    def call(self, send):
        """send(token) -> (status, text). With a dead token: read again, send once more if it moved on, else report it."""
        token = self.get()
        status, text = send(token)
        if not self.is_dead(status, text):
            return status, text
        with self._lock:
            self._look()
            moved_on = self._entry["token"] != token and self._lives()
        if moved_on:
            status, text = send(self._entry["token"])
        if self.is_dead(status, text):
            self._report()
        return status, text
    @staticmethod
    def is_dead(status, text):
        return any(code in text for code in {500: KIS_DEAD, 200: KIWOOM_DEAD}.get(status, ()))
    def _lives(self):
        return not self._entry["dead"] and self._clock() < self._entry["expires"]
    def _look_again_at(self):  # until renewAt nothing changes; then every 30 s until the generation moves
        return max(self._entry["renew"], self._tried) + self._entry["every"] if self._lives() else self._tried + 2
    def _look(self):
        self._tried = self._clock()
        try:
            self._entry = self._read()
            if self._entry["mismatched"]:  # the token is written first, its state some milliseconds later
                time.sleep(0.25)
                self._entry = self._read()
        except TokenUnavailable:
            raise
        except Exception:  # Parameter Store in trouble: what is cached serves to its end
            if self._entry is None or not self._lives():
                raise
    def _read(self):
        names, now = [f"{self._name}/token", f"{self._name}/state"], self._clock()
        answer = self._ssm.get_parameters(Names=names, WithDecryption=True)
        found = {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}
        token, state = found.get(names[0]), json.loads(found.get(names[1], "{}"))
        if state.get("paused"):
            raise TokenUnavailable(f"{self._credential} was revoked on request: an operator has to resume it")
        if token is None:
            raise TokenUnavailable(f"no {names[0]}: {state.get('attempt', {}).get('message', 'nothing was issued yet')}")
        known = state.get("version") == 2 and "expiresAt" in state
        mismatched = known and hashlib.sha256(token.encode()).hexdigest()[:12] != state["fingerprint"]
        at = lambda field: datetime.fromisoformat(state[field].replace("Z", "+00:00")).timestamp()
        times = (at("renewAt"), at("expiresAt"), 30) if known and not mismatched else (now, now + 3600, 60)
        return {"token": token, "generation": state.get("generation"), "dead": known and not mismatched and state["health"] == "dead",
                "mismatched": mismatched, **dict(zip(("renew", "expires", "every"), times))}
    def _report(self):  # once per generation and five minutes; the topic keeps N programs to one
        generation, now = self._entry["generation"], self._clock()
        if self._topic and generation and (self._reported[0] != generation or now >= self._reported[1] + 300):
            self._reported, self._sns = (generation, now), self._sns or boto3.client("sns")
            body = json.dumps({"credential": self._credential, "cause": "rejected", "generation": generation})
            self._sns.publish(TopicArn=self._topic, Message=body, MessageGroupId=self._credential,
                              MessageDeduplicationId=f"rejected-{self._credential}-{generation}")
