"""kis-agent 1.6.1. RequestsAuth sets the header of every request."""

from importlib import import_module

import requests
from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth
from kis_agent import Agent
from kis_agent.core import client


def connect(reader: TokenReader, appkey: str, appsecret: str) -> Agent:
    # The client issues no token: it finds this one in its cache.
    cached = {"access_token": "-", "access_token_token_expired": "2999-12-31 00:00:00"}
    client.read_token = import_module("kis_agent.core.auth").read_token = lambda **_: cached
    session = requests.Session()
    session.auth = RequestsAuth(reader)
    # The module calls requests.request and names requests.exceptions.
    session.exceptions = requests.exceptions
    client.requests = session
    return Agent(app_key=appkey, app_secret=appsecret, account_no="00000000", account_code="01")


def price(agent: Agent, code: str) -> int:
    return int(agent.stock_api.get_stock_price(code)["output"]["stck_prpr"])
