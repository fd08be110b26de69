"""python-kis 2.1.6 (also install typing_extensions). RequestsAuth sets the header of every request."""

from types import SimpleNamespace

from broker_token_reader import TokenReader
from broker_token_reader.requests_auth import RequestsAuth
from pykis import PyKis
from pykis.api.stock.quote import quote


class ReaderKis(PyKis):
    # The client issues no token: it takes this one, which adds no header.
    token = primary_token = property(lambda self: SimpleNamespace(build=lambda headers: headers))


def connect(reader: TokenReader, appkey: str, appsecret: str) -> PyKis:
    kis = ReaderKis(id="-", account="00000000-01", appkey=appkey, secretkey=appsecret)
    for session in kis._sessions.values():
        session.auth = RequestsAuth(reader)
    return kis


def price(kis: PyKis, code: str) -> int:
    return int(quote(kis, code, "KRX").price)
