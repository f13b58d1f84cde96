#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""person.py CMD...: runs CMD on a pseudo terminal as a person would and follows a script on stdin.

Lines of the script:  expect REGEX | send TEXT (with \\n, \\x03) | size ROWS COLS | signal NAME | close
`expect` waits until the output since the last match has it; there is a bound, only so that a broken
build ends. At the end: prints "status N" (or "signal N") and "terminal same" or "terminal changed",
comparing the terminal's settings before and after.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios

BOUND = 60


def read_some(fd):
    ready, _, _ = select.select([fd], [], [], BOUND)
    if not ready:
        return None
    try:
        return os.read(fd, 65536)
    except OSError:  # EIO: the other side is closed
        return b""


def expect(fd, regex, seen):
    while True:
        m = re.search(regex.encode(), seen, re.S)
        if m:
            return seen[m.end():]
        more = read_some(fd)
        if not more:
            sys.exit(f"person.py: no {regex!r} in {seen!r}")
        seen += more


def resize(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def main():
    master, slave = pty.openpty()
    resize(master, 30, 90)
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for i in range(3):
            os.dup2(slave, i)
        os.closerange(3, 256)
        os.execvp(sys.argv[1], sys.argv[1:])
    seen = b""
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "expect":
            seen = expect(master, rest, seen)
        elif word == "send":
            os.write(master, rest.encode().decode("unicode_escape").encode("latin-1"))
        elif word == "size":
            resize(master, *map(int, rest.split()))
            os.kill(pid, signal.SIGWINCH)
        elif word == "signal":
            os.kill(pid, getattr(signal, rest))
    while True:  # a full terminal would hold it up
        ready, _, _ = select.select([master], [], [], 0.05)
        if ready and os.read(master, 65536):
            continue
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
    code = os.waitstatus_to_exitcode(status)
    print(f"status {code}" if code >= 0 else f"signal {-code}")
    print("terminal", "same" if termios.tcgetattr(slave) == before else "changed")


main()
