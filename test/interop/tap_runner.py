# SPDX-License-Identifier: Apache-2.0
"""Runs one test file and prints a line of TAP (Test Anything Protocol) for each test, so that Meson
counts cases instead of files: tap_runner.py test_something.py [NAME...]"""

import importlib
import pathlib
import sys
import traceback
import unittest


def comment(text):
    for line in text.splitlines():
        print('#', line)


class TapResult(unittest.TestResult):
    """One line for each test, whatever number of failures it had; after a failure the transcript of
    the processes that took part."""

    def __init__(self):
        super().__init__()
        self._number = 0
        self._failures = []
        self._skip_reason = None

    def startTest(self, test):
        super().startTest(test)
        self._failures = []
        self._skip_reason = None

    def addError(self, test, err):
        super().addError(test, err)
        self._failures.append(err)
        if not isinstance(test, unittest.TestCase):  # a fixture of a class, outside of any test
            self._print(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failures.append(err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            print('#', subtest)
            self._failures.append(err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._skip_reason = reason

    def stopTest(self, test):
        super().stopTest(test)
        self._print(test)

    def _print(self, test):
        self._number += 1
        line = f'ok {self._number} - {test.id()}'
        if self._failures:
            print('not', line)
            for failure in self._failures:
                comment(''.join(traceback.format_exception(*failure)))
            comment(test.transcript() if hasattr(test, 'transcript') else '')
        elif self._skip_reason is not None:
            print(line, '# SKIP', self._skip_reason)
        else:
            print(line)
        sys.stdout.flush()


def main():
    path = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(path.parent.resolve()))
    module = importlib.import_module(path.stem)
    loader = unittest.defaultTestLoader
    loader.testNamePatterns = [f'*{name}*' for name in sys.argv[2:]] or None
    suite = loader.loadTestsFromModule(module)
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main())
