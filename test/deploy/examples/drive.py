"""Drives examples/broker_token.py as a program would: a JSON command a line in, a JSON answer a line out."""
import json, os, sys, time, urllib.request
from urllib.error import HTTPError

sys.path.insert(0, os.environ["EXAMPLES"])
import boto3
from broker_token import TokenReader, TokenUnavailable

ahead, reads, broken = 0.0, 0, False
ssm = boto3.client("ssm")
original = ssm.get_parameters

def counted(**arguments):
    global reads
    reads += 1
    if broken:
        raise ConnectionError("Parameter Store does not answer")
    return original(**arguments)

ssm.get_parameters = counted
reader = TokenReader(os.environ["CREDENTIAL"], report_topic=os.environ.get("TOPIC"), ssm=ssm, clock=lambda: time.time() + ahead)

def send(token):
    headers = json.loads(os.environ["HEADERS"])
    body = os.environ.get("BODY", "").encode() or None
    request = urllib.request.Request(os.environ["URL"], data=body, headers={**headers, "authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()

for line in sys.stdin:
    command = json.loads(line)
    ahead, broken = ahead + command.get("advance", 0), command.get("broken", broken)
    try:
        value = reader.get() if command["do"] == "get" else reader.call(send)[0] if command["do"] == "call" else None
        answer = {"value": value}
    except TokenUnavailable as error:
        answer = {"unavailable": str(error)}
    except Exception as error:
        answer = {"error": type(error).__name__}
    print(json.dumps({**answer, "reads": reads}), flush=True)
