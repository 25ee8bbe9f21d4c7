"""The command `shuzi`: the command line that the binary has."""

import signal
import sys

from shuzi._shuzi import command_line


def main() -> int:
    """Runs the command that the program's arguments say; the exit code."""
    # Python would only note the interrupt and wait until the command is done.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command_line(["shuzi", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
