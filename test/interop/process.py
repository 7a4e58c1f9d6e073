# SPDX-License-Identifier: Apache-2.0
"""Child processes that cannot hang a test: every wait is bounded, all output is kept, and what is
still running in the end is killed."""

import re
import subprocess
import threading
import time

LIMIT = 30  # seconds; far more than anything here takes, so that only a hang reaches it


class Process:
    """A running program. Standard error goes where standard output goes."""

    def __init__(self, *arguments, cwd=None, pass_fds=(), **how):
        self.arguments = [str(argument) for argument in arguments]
        self._popen = subprocess.Popen(self.arguments, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       cwd=cwd, pass_fds=pass_fds, **how)
        self._output = b''
        self._ended = False
        self._searched = 0
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    def _collect(self):
        while True:
            block = self._popen.stdout.read1(65536)
            with self._news:
                self._output += block
                self._ended = not block
                self._news.notify_all()
            if not block:
                return

    @property
    def pid(self):
        return self._popen.pid

    @property
    def output_bytes(self):
        with self._news:
            return self._output

    @property
    def output(self):
        return self.output_bytes.decode(errors='replace')

    def expect(self, pattern, seconds=LIMIT):
        """Waits for a regular expression in the output, after what the last call found. Returns the
        match."""
        expression = re.compile(pattern.encode(), re.MULTILINE)
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                match = expression.search(self._output, self._searched)
                if match:
                    self._searched = match.end()
                    return match
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = 'ended' if self._ended else f'was silent for {seconds} s'
                    raise AssertionError(f'no "{pattern}": {self.arguments[0]} {why}')
                self._news.wait(left)

    def send(self, text):
        """Writes to the standard input. A program that no longer listens is not an error here: its
        output shows what happened."""
        try:
            self._popen.stdin.write(text.encode() if isinstance(text, str) else text)
            self._popen.stdin.flush()
        except BrokenPipeError:
            pass

    def end_input(self):
        try:
            self._popen.stdin.close()
        except BrokenPipeError:
            pass

    def signal(self, number):
        self._popen.send_signal(number)

    def ends_within(self, seconds):
        """Whether it has ended, after waiting so long for it."""
        try:
            self._popen.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def wait(self, seconds=LIMIT):
        """Waits for the program's end and for the last of its output; returns the exit status."""
        try:
            status = self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'{self.arguments[0]} did not end in {seconds} s') from None
        self._reader.join(seconds)
        return status

    def stop(self):
        """Kills it unless it has ended; to be called once nothing is expected of it."""
        if self._popen.poll() is None:
            self._popen.kill()
        self.end_input()
        self.wait()
        self._popen.stdout.close()

    def transcript(self):
        status = self._popen.poll()
        state = 'runs' if status is None else f'ended with {status}'
        output = self.output
        if len(output) > 20000:
            output = output[:10000] + '\n[...]\n' + output[-10000:]
        return f'$ {" ".join(self.arguments)}\n{output}\n[{state}]\n'
