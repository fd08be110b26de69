"""pykiwoom-rest 2.2.0. RequestsAuth sets the header of every request."""

from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth
from pykiwoom_rest import BaseAPIClient, KiwoomAPIBase, KiwoomRest

create_session = BaseAPIClient._create_session


def connect(reader: TokenReader) -> KiwoomRest:
    def session_with_auth(self: BaseAPIClient):
        session = create_session(self)
        session.auth = RequestsAuth(reader)
        return session

    BaseAPIClient._create_session = session_with_auth
    # The client issues no token.
    KiwoomAPIBase._get_access_token = lambda self, force_refresh=False: "-"
    return KiwoomRest(account_no="-", appkey="-", appsecret="-", use_mock=True)


def price(kiwoom: KiwoomRest, code: str) -> int:
    return abs(int(kiwoom.stock_api.get_stock_basic_info(code)["cur_prc"]))
