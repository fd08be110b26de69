"""kiwoom-rest-api 0.1.12. HttpxAuth sets the header of every request."""

from types import SimpleNamespace

import httpx
from broker_token_reader import TokenReader
from broker_token_reader.httpx_auth import HttpxAuth
from kiwoom_rest_api.core import sync_client
from kiwoom_rest_api.koreanstock.stockinfo import StockInfo


def connect(reader: TokenReader) -> StockInfo:
    # The module makes an httpx.Client for each request. Without a token manager, it issues no token.
    sync_client.httpx = SimpleNamespace(Client=lambda: httpx.Client(auth=HttpxAuth(reader)))
    return StockInfo(base_url="https://mockapi.kiwoom.com", resource_url="/api/dostk/stkinfo")


def price(stocks: StockInfo, code: str) -> int:
    return abs(int(stocks.basic_stock_information_request_ka10001(code)["cur_prc"]))
