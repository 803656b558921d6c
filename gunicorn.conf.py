"""What each gunicorn started in this folder keeps to; what differs from one to the next stands on its command line."""

from gunicorn.http import message

# Gunicorn's own word on a long address is a bare English page, for programs too, and its parser holds every setting to
# this number. Up to here an address comes to config.middleware.AddressLimit, which answers in words, or as a problem.
limit_request_line = message.MAX_REQUEST_LINE = 64 * 1024
