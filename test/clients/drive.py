"""Runs one adapter of examples/clients: one quote for each line of stdin, one line of JSON as the reply."""

import importlib.util
import json
import os
import pathlib
import sys
import traceback

import boto3
from broker_token_reader import TokenReader

# Clients print to stdout.
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

path = pathlib.Path(sys.argv[1])
credential = os.environ["CREDENTIAL"]
# Not by its name: an adapter is named like the module of its client.
spec = importlib.util.spec_from_file_location("adapter", path)
adapter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(adapter)

# KIS wants the app key with every call; a Kiwoom adapter gets none, so that its client cannot issue.
key = []
if credential.startswith("kis") or "CLIENT" in os.environ:
    secret = os.environ["BROKER_TOKENS_APP_KEY_" + credential.upper().replace("-", "_")]
    text = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    key = list(json.loads(text).values())
client = adapter.connect(TokenReader(credential, broker=credential.split("-")[0]), *key)

for number, _ in enumerate(sys.stdin):
    try:
        # Another stock each time: kis-agent caches prices.
        reply = {"price": adapter.price(client, f"{5930 + 10 * number:06}")}
    except Exception as error:
        traceback.print_exc()
        reply = {"error": type(error).__name__}
    print(json.dumps(reply), file=replies, flush=True)
