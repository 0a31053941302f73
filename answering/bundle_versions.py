"""Manifests of older bundles become today's, or a reason says what to do. The files stay as they are.

A change of the format that files can follow gets the next version and a line in CONVERTERS.
"""

from collections.abc import Callable, Mapping
from typing import Any

from answering.errors import BundleError

FORMAT_VERSION = 1

Content = dict[str, Any]
# Format version -> what makes the manifest's content of it that of the next one.
CONVERTERS: dict[int, Callable[[Content], Content]] = {}


def at_current_version(
    content: Any,
    *,
    current: int = FORMAT_VERSION,
    converters: Mapping[int, Callable[[Content], Content]] = CONVERTERS,
) -> Content:
    """Return a manifest's content as the current version has it.

    Raises:
        BundleError: it has no version, or one that no converter leads on from.
    """
    version = content.get("format_version") if isinstance(content, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BundleError(
            f"A bundle must have a format version from 1 to {current}. Received {version}. "
            "Export the run again: manage.py export RUN."
        )
    if version > current:
        raise BundleError(
            f"A bundle must have a format version from 1 to {current}. Received {version}: a newer program "
            "made it. Update this one, or export the run again with this one: manage.py export RUN."
        )
    for number in range(version, current):
        if number not in converters:
            raise BundleError(
                f"A bundle of format version {number} cannot be converted to version {current}: its files "
                "are others now. Export its run again: manage.py export RUN; or train anew on its dataset."
            )
        content = {**converters[number](content), "format_version": number + 1}
    return dict(content)
