"""Who asks, and what they may ask for."""

from dataclasses import dataclass
from typing import Self

from rest_framework.request import Request

from api.errors import ApiError
from api.models import ApiKey
from training.models import Bot


@dataclass(frozen=True)
class Asker:
    user_id: int | None = None
    api_key: ApiKey | None = None

    @classmethod
    def of(cls, request: Request) -> Self:
        api_key = request.auth if isinstance(request.auth, ApiKey) else None
        return cls(request.user.pk, api_key)

    def require(self, scope: str) -> None:
        """Refuse a key whose scopes lack this one; a key without scopes may ask."""
        key = self.api_key
        if key is not None and scope not in (key.scopes or ["ask"]):
            raise ApiError("forbidden", f"This API key may not do that; its scopes lack `{scope}`.")

    def bot(self, name: str) -> Bot:
        """Return the bot that is asked.

        Raises:
            ApiError: it does not exist, or the key may not ask it.
        """
        self.require("ask")
        return self.named_bot(name)

    def named_bot(self, name: str) -> Bot:
        """Return the bot of this name, whatever is wanted of it.

        Raises:
            ApiError: it does not exist, or the key is for another one.
        """
        key = self.api_key
        if key is not None and key.bot is not None and key.bot.name != name:
            raise ApiError("forbidden", f"This API key may only ask the bot {key.bot.name}.")
        # PostgreSQL does not even compare with a text that holds NUL, as an address may.
        bot = None if "\0" in name else Bot.objects.filter(name=name).first()
        if bot is None:
            raise ApiError("not_found", f"bot: there is none called {name}.")
        return bot
