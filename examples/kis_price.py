"""One price from KIS, with the token and the app key that the refresher keeps."""

import json
import os

import boto3
import requests
from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth

HOST = os.environ.get("KIS_HOST", "https://openapi.koreainvestment.com:9443")
SECRET = os.environ["BROKER_TOKENS_APP_KEY_KIS_MAIN"]

session = requests.Session()
session.auth = RequestsAuth(TokenReader("kis-main", broker="kis"))
# KIS requires the app key with every call.
secret = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET)
session.headers.update(json.loads(secret["SecretString"]))


def price(code: str) -> str:
    response = session.get(
        f"{HOST}/uapi/domestic-stock/v1/quotations/inquire-price",
        params={"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": code},
        headers={"tr_id": "FHKST01010100"},
        timeout=10,
    )
    response.raise_for_status()
    return response.json()["output"]["stck_prpr"]


if __name__ == "__main__":
    print(price("005930"))
