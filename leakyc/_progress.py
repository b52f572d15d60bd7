"""How far a long command is: one line that is written over, or now and then a line in a log."""

import os
import sys
import time

EVERY = 30  # seconds between lines where the stream is no terminal
WIDTH = 100  # at the most


class Progress:
    """Steps of a whole, shown on a stream, which is stderr if none is given."""

    def __init__(self, total=0, stream=None, clock=time.monotonic):
        self.stream, self.clock = stream or sys.stderr, clock  # None where stderr is closed
        self.terminal = self.stream is not None and self.stream.isatty()
        if os.environ.get("TERM") == "dumb":  # it cannot take a line away
            self.terminal = False
        self.begin(total)

    def begin(self, total):
        """The whole is so much."""
        self.total, self.done, self.size = total, 0, 0
        self.started = self.last = self.clock()

    def step(self, label="", size=1):
        """A step of this size begins; those before it are done."""
        self.done += self.size
        self.size = size
        now = self.clock()
        if self.terminal:
            self.write(f"\r\x1b[K{self.line(now, label)[: self.width()]}")
        elif now - self.last >= EVERY:
            self.last = now
            self.write(self.line(now, label) + "\n")

    def line(self, now, label):
        share = self.done / self.total if self.total else 0
        left = f", about {(now - self.started) * (1 / share - 1):.0f} s left" if share else ""
        return f"[{'#' * round(20 * share):<20}] {share:4.0%}{left}  {label}"

    def width(self):
        """What a line may take: one that wraps could not be taken away."""
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns
        except (OSError, ValueError):  # no file
            columns = 0
        return min(WIDTH, columns - 1) if columns else WIDTH

    def say(self, text):
        """A line that stays."""
        self.clear()
        self.write(text + "\n")

    def clear(self):
        """Take the line away, for other output or at the end."""
        if self.terminal:
            self.write("\r\x1b[K")

    def write(self, text):
        if self.stream is not None:
            self.stream.write(text)
            self.stream.flush()
