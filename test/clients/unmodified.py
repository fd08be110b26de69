"""The clients of examples/clients as their own documents use them: each issues its own tokens."""

import os


def python_kis(appkey, secret):
    from pykis import PyKis
    from pykis.api.stock.quote import quote

    kis = PyKis(id="-", account="00000000-01", appkey=appkey, secretkey=secret)
    return lambda code: quote(kis, code, "KRX").price


def mojito2(appkey, secret):
    import mojito

    korea = mojito.KoreaInvestment(appkey, secret, acc_no="00000000-01", mock=True)
    return lambda code: korea.fetch_price(code)["output"]["stck_prpr"]


def pykis(appkey, secret):
    from pykis import Api, DomainInfo

    api = Api({"appkey": appkey, "appsecret": secret}, DomainInfo(kind="virtual"))
    return api.get_kr_current_price


def kis_agent(appkey, secret):
    # By default it keeps its token in a folder of its package.
    os.environ["KIS_TOKEN_PATH"] = os.path.expanduser("~/KIS_Token.json")
    from kis_agent import Agent

    agent = Agent(app_key=appkey, app_secret=secret, account_no="00000000", account_code="01")
    return lambda code: agent.stock_api.get_stock_price(code)["output"]["stck_prpr"]


def kwcli(appkey, secret):
    from kiwoom import get_client

    os.environ.update(APP_KEY_MOCK=appkey, APP_SECRET_MOCK=secret, KIWOOM_TOKEN_STORE="memory")
    client = get_client("demo")
    call = "ka10001 /api/dostk/stkinfo"
    return lambda code: client.request(api=call, body={"stk_cd": code}).body["cur_prc"]


def kiwoom_client(appkey, secret):
    from kiwoom_client import KiwoomAPI

    api = KiwoomAPI(appkey, secret, is_mock=True)
    return lambda code: api.stock_info.basic_stock_info(stk_cd=code)["cur_prc"]


def kiwoom_rest_api(appkey, secret):
    os.environ.update(KIWOOM_API_KEY=appkey, KIWOOM_API_SECRET=secret, KIWOOM_USE_SANDBOX="true")
    from kiwoom_rest_api.auth.token import TokenManager
    from kiwoom_rest_api.koreanstock.stockinfo import StockInfo

    stocks = StockInfo(
        base_url="https://mockapi.kiwoom.com", token_manager=TokenManager(), resource_url="/api/dostk/stkinfo"
    )
    return lambda code: stocks.basic_stock_information_request_ka10001(code)["cur_prc"]


def pyheroapi(appkey, secret):
    from pyheroapi import KiwoomClient

    client = KiwoomClient.create_with_credentials(appkey, secret, is_production=False)
    return lambda code: client.get_stock_basic_info(code)["cur_prc"]


def pykiwoom_rest(appkey, secret):
    from pykiwoom_rest import KiwoomRest

    kiwoom = KiwoomRest(account_no="-", appkey=appkey, appsecret=secret, use_mock=True)
    return lambda code: kiwoom.stock_api.get_stock_basic_info(code)["cur_prc"]


def connect(_reader, appkey, secret):
    return globals()[os.environ["CLIENT"]](appkey, secret)


def price(quote, code):
    return abs(int(quote(code)))
