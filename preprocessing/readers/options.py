"""What a user can tell a reader about the files."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """`columns` names a table's columns by their role, such as {"question": "Frage"}; `query` is SQL.

    `patience_seconds` is how long a database may work on the next rows.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    patience_seconds: float = 600


DEFAULT_OPTIONS = ReadOptions()
