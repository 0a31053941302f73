"""What people think of an answer: good, bad, or a better one."""

from typing import Any

from api.answer_ids import is_id_of
from api.asker import Asker
from api.conversation_log import conversation_log
from api.errors import ApiError
from training.services.own_answers import own_answer_write

RATINGS = {"good": 1, "bad": -1}


def feedback_give(*, feedback: dict[str, Any], asker: Asker) -> dict[str, Any]:
    """Rate an answer in the log, and let the bot say a better one from now on.

    Raises:
        ApiError: the id did not go out with an answer to this question, or the key may not teach the bot.
    """
    bot = asker.bot(feedback["bot"])
    question, answer_id = feedback["question"], feedback["id"]
    if not is_id_of(answer_id, asker.user_id, bot.pk, question):
        raise ApiError(
            "invalid", "id: must be that of an answer that you got to this question from this bot."
        )
    # First what may be refused, so that nothing is half done.
    if feedback.get("better"):
        asker.require("teach")
    rating = feedback.get("rating")
    if rating:
        conversation_log.rate(answer_id, RATINGS[rating])
    own = None
    if feedback.get("better"):
        own = own_answer_write(
            bot=bot, question=question, answer=feedback["better"], created_by_id=asker.user_id
        )
    return {"rc": 0, "rating": rating, "own_answer": own.pk if own else None}
