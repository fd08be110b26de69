"""One price from KIS, with the token and the app key that the refresher keeps."""
import json, os, urllib.request
from urllib.error import HTTPError
import boto3
from broker_token import TokenReader

HOST = os.environ.get("KIS_HOST", "https://openapi.koreainvestment.com:9443")
PATH = "/uapi/domestic-stock/v1/quotations/inquire-price?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD="
tokens = TokenReader("kis-main", report_topic=os.environ.get("BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN"))
secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["BROKER_TOKENS_APP_KEY_KIS_MAIN"])
key = json.loads(secret["SecretString"])

def price(code):
    def send(token):
        headers = {"authorization": f"Bearer {token}", "tr_id": "FHKST01010100", **key}
        try:
            with urllib.request.urlopen(urllib.request.Request(HOST + PATH + code, headers=headers), timeout=10) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as refused:
            return refused.code, refused.read().decode()

    status, text = tokens.call(send)
    if status != 200:
        raise RuntimeError(f"KIS answered {status}: {text}")
    return json.loads(text)["output"]["stck_prpr"]

if __name__ == "__main__":
    print(price("005930"))
