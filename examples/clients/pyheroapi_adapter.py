"""pyheroapi 0.4.3. RequestsAuth sets the header of every request."""

from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth
from pyheroapi import KiwoomClient


def connect(reader: TokenReader) -> KiwoomClient:
    client = KiwoomClient(access_token="-", is_production=False)
    client.session.auth = RequestsAuth(reader)
    return client


def price(client: KiwoomClient, code: str) -> int:
    return abs(int(client.get_stock_basic_info(code)["cur_prc"]))
