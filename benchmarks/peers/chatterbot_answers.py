"""ChatterBot on the exchanges of a file, with the tagger that needs no download."""

import json
from collections.abc import Callable
from pathlib import Path

STATEMENTS = "exchanges.json"


def open_chatterbot(folder: Path) -> Callable[[str], str]:
    from chatterbot import ChatBot
    from chatterbot.tagging import LowercaseTagger

    bot = ChatBot(
        "peer",
        tagger=LowercaseTagger,
        database_uri=f"sqlite:///{folder / 'chatterbot.sqlite3'}",
        read_only=True,
    )
    return lambda text: str(bot.get_response(text))


def learn(folder: Path) -> None:
    """Write the exchanges of `STATEMENTS` into ChatterBot's storage."""
    from chatterbot import ChatBot
    from chatterbot.conversation import Statement
    from chatterbot.tagging import LowercaseTagger

    bot = ChatBot("peer", tagger=LowercaseTagger, database_uri=f"sqlite:///{folder / 'chatterbot.sqlite3'}")
    exchanges = json.loads((folder / STATEMENTS).read_text(encoding="utf-8"))
    index = bot.tagger.get_text_index_string
    bot.storage.create_many(
        [
            statement
            for question, answer in exchanges
            for statement in (
                Statement(text=question, search_text=index(question)),
                Statement(
                    text=answer,
                    search_text=index(answer),
                    in_response_to=question,
                    search_in_response_to=index(question),
                ),
            )
        ]
    )


if __name__ == "__main__":
    import sys

    learn(Path(sys.argv[1]))
