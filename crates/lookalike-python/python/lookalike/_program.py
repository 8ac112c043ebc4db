"""The program ``lookalike``."""

import signal
import sys
from typing import NoReturn

from lookalike import _native


def main() -> NoReturn:
    """Runs the command line with the arguments of this process."""
    # Ctrl-C is the program's own affair: it commits what is done, or ends.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_native.program(["lookalike", *sys.argv[1:]]))
