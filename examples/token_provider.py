"""For a client that sends its requests itself: the token provider of kiwoom-client, for example."""

from broker_token_reader import TokenReader


class TokenProvider:
    """The client calls ``refresh_token`` when the broker has rejected the token."""

    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader
        self._token = ""

    def get_valid_token(self) -> str:
        self._token = self._reader.get()
        return self._token

    def refresh_token(self) -> str:
        self._token = self._reader.replaced(self._token)
        return self._token
