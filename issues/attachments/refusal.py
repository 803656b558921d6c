class Refused(Exception):
    """Why a file is not taken, and what to do instead: half a sentence, to follow the file's name."""
