"""Replies that were found before. One belongs to one loaded model, so that it ends with a swap."""

import threading
from collections import OrderedDict

from answering.question import Question, Reply

MOST_REPLIES = 2_000
# Longer ones are seldom asked twice, and would fill the memory.
LONGEST_CHARACTERS = 500


class AnswerCache:
    """The replies to the last different questions; the settings of a question are a part of it.

    What answers otherwise each time has a `seed`, which is a setting too.
    """

    def __init__(self, most_replies: int = MOST_REPLIES) -> None:
        self.hits = self.misses = 0
        self._most_replies = most_replies
        self._replies: OrderedDict[Question, Reply] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Question) -> Reply | None:
        with self._lock:
            reply = self._replies.get(question)
            if reply is not None:
                self.hits += 1
                self._replies.move_to_end(question)
            return reply

    def forget_counts(self) -> None:
        self.hits = self.misses = 0

    def put(self, question: Question, reply: Reply) -> None:
        """Keep what had to be found, unless the question is too long for it."""
        with self._lock:
            self.misses += 1
            if len(question.text) + sum(map(len, question.earlier)) > LONGEST_CHARACTERS:
                return
            self._replies[question] = reply
            self._replies.move_to_end(question)
            if len(self._replies) > self._most_replies:
                self._replies.popitem(last=False)
