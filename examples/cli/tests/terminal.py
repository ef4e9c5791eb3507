# SPDX-License-Identifier: MIT
"""Runs a command on a new terminal: terminal.py PROMPT COMMAND...

Waits until the command has printed PROMPT, types its own standard input, and prints all that the terminal showed and whether
its echo is on afterwards. With an empty PROMPT it types nothing. Exits like the command, with 128 + n if signal n ended it,
with 99 if nothing happens for too long.
"""
import os
import pty
import select
import signal
import sys
import termios

DEADLINE_SECONDS = 600


def read_some(fd, shown):
    """Returns what the terminal shows next, b"" at the end."""
    if not select.select([fd], [], [], DEADLINE_SECONDS)[0]:
        sys.stdout.buffer.write(shown)
        print("[nothing for %d seconds]" % DEADLINE_SECONDS, flush=True)
        sys.exit(99)
    try:
        return os.read(fd, 4096)
    except OSError:  # Linux reports EIO after the last process has closed the terminal
        return b""


def main():
    prompt, command = sys.argv[1].encode(), sys.argv[2:]
    answer = sys.stdin.buffer.read() if prompt else b""
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it in background commands
        os.execvp(command[0], command)
    shown, asked = b"", not prompt
    while True:
        part = read_some(fd, shown)
        if not part:
            break
        shown += part
        if not asked and prompt in shown:
            os.write(fd, answer)
            asked = True
    echo = termios.tcgetattr(fd)[3] & termios.ECHO
    sys.stdout.buffer.write(shown)
    print("[echo %s]" % ("on" if echo else "off"))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(128 - code if code < 0 else code)


main()
