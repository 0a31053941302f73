#!/usr/bin/env python
"""Django's command line, with one sentence instead of a stack trace for what a person can mend."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from preprocessing.errors import ChatbotError

    try:
        # Reads the settings now: their errors are sentences for people.
        settings.DATA_DIR  # noqa: B018
        execute_from_command_line(sys.argv)
    except ChatbotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
