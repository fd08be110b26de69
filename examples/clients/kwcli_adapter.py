"""kwcli 1.0.3, the SDK of Kiwoom (Python 3.13). The client recovers from every form of rejection."""

from broker_token_reader import TokenReader
from kiwoom import KiwoomAuth, KiwoomClient, get_client


class ReaderAuth(KiwoomAuth):
    def __init__(self, mode: str, reader: TokenReader) -> None:
        super().__init__(mode, secret_provider=None, token_store=None)
        self.reader = reader

    def get_access_token(self) -> str:
        self.token = self.reader.get()
        return self.token

    def recover_from_auth_failure(self) -> str:
        return self.reader.replaced(self.token)


def connect(reader: TokenReader) -> KiwoomClient:
    return get_client(auth=ReaderAuth("demo", reader))


def price(client: KiwoomClient, code: str) -> int:
    return abs(int(client.request(api="ka10001 /api/dostk/stkinfo", body={"stk_cd": code}).body["cur_prc"]))
