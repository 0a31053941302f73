"""Which characters are Chinese, as one class for regular expressions."""

import re

# CJK unified ideographs with extension A, compatibility ideographs, and the planes of the rarer ones.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
HAN_CHARACTER = re.compile(f"[{HAN}]")


def contains_han(text: str) -> bool:
    return not text.isascii() and HAN_CHARACTER.search(text) is not None
