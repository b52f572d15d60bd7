"""How far a long run is: one line that is written over, or now and then a line in a log."""

import sys
import time

from leakyc.benchmark import report

EVERY = 30  # seconds between lines where the stream is no terminal


class Progress:
    """Counts steps on a stream."""

    def __init__(self, stream=None, clock=time.monotonic):
        self.stream, self.clock = stream or sys.stderr, clock
        self.terminal = self.stream.isatty()
        self.done = self.total = 0
        self.started = self.last = clock()

    def begin(self, total):
        self.total = total
        self.started = self.last = self.clock()

    def step(self, label):
        """A step begins."""
        self.done += 1
        now = self.clock()
        if self.terminal:
            self.write(f"\r\x1b[K{self.line(now, label)[:100]}")
        elif now - self.last >= EVERY:
            self.last = now
            self.write(self.line(now, label) + "\n")

    def line(self, now, label):
        passed = now - self.started
        left = passed / max(1, self.done - 1) * (self.total - self.done + 1)
        rest = f", about {left:.0f} s left" if self.done > 3 else ""
        return f"[{self.done}/{self.total}] {passed:.0f} s{rest}: {label}"

    def say(self, text):
        """A line that stays."""
        self.write(("\r\x1b[K" if self.terminal else "") + text + "\n")

    def end(self):
        took = report.duration(self.clock() - self.started)
        if self.terminal:
            self.write("\r\x1b[K")
        elif self.total:
            self.write(f"{self.total} groups timed in {took}\n")

    def write(self, text):
        self.stream.write(text)
        self.stream.flush()
