"""Uses reader-python as a program would: a command per line in, a JSON result per line out."""

import json
import os
import sys

import boto3
import requests
from broker_token_reader import TokenReader, TokenReaderError
from broker_token_reader.requests_auth import RequestsAuth

reads = 0


def count_read(**_details: object) -> None:
    global reads
    reads += 1


ssm = boto3.client("ssm")
ssm.meta.events.register("before-call.ssm.GetParameters", count_read)
reader = TokenReader(os.environ["CREDENTIAL"], report_topic=os.environ.get("TOPIC"), ssm=ssm)
session = requests.Session()
session.auth = RequestsAuth(reader)


def call() -> int:
    method, headers = os.environ["METHOD"], json.loads(os.environ["HEADERS"])
    body = os.environ["BODY"].encode() or None
    return session.request(method, os.environ["URL"], data=body, headers=headers, timeout=10).status_code


for line in sys.stdin:
    try:
        result: dict[str, object] = {"value": reader.get() if line == "get\n" else call()}
    except TokenReaderError as error:
        result = {"error": error.code, "message": str(error)}
    print(json.dumps({**result, "reads": reads}), flush=True)
