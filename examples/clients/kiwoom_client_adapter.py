"""kiwoom-client 0.4.0. HttpxAuth sets the header of every request."""

from broker_token_reader import TokenReader
from broker_token_reader.httpx_auth import HttpxAuth
from kiwoom_client import KiwoomAPI


def connect(reader: TokenReader) -> KiwoomAPI:
    api = KiwoomAPI("-", "-", is_mock=True)
    # Without a token provider, the client issues no token. Its own refresh misses a top-level 8005.
    api._base_client.token_provider = None
    api._base_client._client.auth = HttpxAuth(reader)
    return api


def price(api: KiwoomAPI, code: str) -> int:
    return abs(int(api.stock_info.basic_stock_info(stk_cd=code)["cur_prc"]))
