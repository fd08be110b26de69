import asyncio

from .reader import TokenFacts, TokenReader


class AsyncTokenReader:
    """A ``TokenReader`` for asyncio. It reads in a thread, which does not block the event loop."""

    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader

    async def get(self, min_remaining: float = 0.0) -> str:
        return await asyncio.to_thread(self._reader.get, min_remaining)

    async def authorization(self) -> str:
        return await asyncio.to_thread(self._reader.authorization)

    async def facts(self, min_remaining: float = 0.0) -> TokenFacts:
        return await asyncio.to_thread(self._reader.facts, min_remaining)

    async def replaced(self, dead_token: str) -> str:
        return await asyncio.to_thread(self._reader.replaced, dead_token)

    async def report(self, generation: int) -> None:
        await asyncio.to_thread(self._reader.report, generation)
