"""pykis 0.7.0. RequestsAuth sets the header of every request. (python-kis has the same module name.)"""

import requests
from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth
from pykis import Api, DomainInfo, public_api


class ReaderApi(Api):
    def need_authentication(self) -> bool:
        return False  # The client issues no token.


def connect(reader: TokenReader, appkey: str, appsecret: str) -> Api:
    # The module calls requests.get and requests.post.
    public_api.requests = requests.Session()
    public_api.requests.auth = RequestsAuth(reader)
    return ReaderApi({"appkey": appkey, "appsecret": appsecret}, DomainInfo(kind="virtual"))


def price(api: Api, code: str) -> int:
    return api.get_kr_current_price(code)
