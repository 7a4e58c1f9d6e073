# SPDX-License-Identifier: Apache-2.0
"""What the consumer tests share: running a compiler, and telling results as TAP (Test Anything
Protocol), a line a case."""

import argparse
import concurrent.futures
import os
import subprocess
import sys


def parser(description):
    """Options: where the headers are, the language's versions, and after "--" the compiler."""
    result = argparse.ArgumentParser(description=description.partition('\n')[0])
    result.add_argument('--include', action='append', default=[])
    result.add_argument('--std', action='append', default=[])
    result.add_argument('compiler', nargs='+')
    return result


def run(command, **options):
    """Runs a command; its output, both kinds together, is text. Programs find the shared library
    themselves, and not in the build folder to which Meson points."""
    environment = dict(os.environ, LC_ALL='C')
    environment.pop('LD_LIBRARY_PATH', None)
    environment.update(options.pop('environment', {}))
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, timeout=options.pop('timeout', 600), **options)


def compile_text(options, text, *flags):
    """Hands a source text to the compiler, which only checks it unless flags say otherwise."""
    command = options.compiler + ['-I' + path for path in options.include]
    return run(command + (list(flags) or ['-fsyntax-only']) + ['-x', 'c++', '-'], input=text)


def expect(condition, text):
    """Fails the case that is under way."""
    if not condition:
        raise AssertionError(text)


def outcome(function):
    try:
        return function() or '', True
    except Exception as error:  # pylint: disable=broad-except
        return '%s: %s' % (type(error).__name__, error), False


def report(cases, threads=1):
    """Runs (name, function) pairs and ends the program. A function that throws has failed; one that
    returns a text was skipped, for that reason."""
    cases = list(cases)
    print('1..%d' % len(cases))
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(threads) as executor:
        outcomes = executor.map(outcome, [function for _, function in cases])
        for number, ((name, _), (text, good)) in enumerate(zip(cases, outcomes), 1):
            skip = ' # SKIP ' + text if good and text else ''
            print('%sok %d - %s%s' % ('' if good else 'not ', number, name, skip))
            if not good:
                failures += 1
                print(''.join('# %s\n' % line for line in text.splitlines()), end='')
    sys.exit(1 if failures else 0)
