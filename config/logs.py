"""What a log must not hold."""

import logging
import re

# A contact's link is a key (platforms/links.py), and the path of a refused request is logged.
LINK = re.compile(r"/c/[^/\s]+")


class WithoutLinks(logging.Filter):
    """Takes the text of links out of a line before it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/c/" in message:
            record.msg, record.args = LINK.sub("/c/…", message), ()
        return True
