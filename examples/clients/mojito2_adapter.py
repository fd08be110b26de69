"""mojito2 0.1.6 (also install pandas). RequestsAuth sets the header of every request."""

import mojito
import requests
from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth


class ReaderKorea(mojito.KoreaInvestment):
    # The client issues no token, and keeps none in the file token.dat.
    issue_access_token = load_access_token = lambda self: None


def connect(reader: TokenReader, appkey: str, appsecret: str) -> mojito.KoreaInvestment:
    # The module calls requests.get and requests.post.
    mojito.koreainvestment.requests = requests.Session()
    mojito.koreainvestment.requests.auth = RequestsAuth(reader)
    return ReaderKorea(appkey, appsecret, acc_no="00000000-01", mock=True)


def price(korea: mojito.KoreaInvestment, code: str) -> int:
    return int(korea.fetch_price(code)["output"]["stck_prpr"])
