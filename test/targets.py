# SPDX-License-Identifier: Apache-2.0
"""What ninja builds for the tests of some suites, a file a line: targets.py BUILD SUITE... < TESTS

TESTS is what `meson introspect BUILD --tests --targets` prints.
"""

import json
import os
import sys


def files_of(build, tests, targets, suites):
    files = {target['id']: target['filename'] for target in targets}
    wanted = {'iostls:' + suite for suite in suites}
    needed = {target for test in tests if wanted.intersection(test['suite'])
              for target in test['depends']}
    return sorted({os.path.relpath(name, build) for target in needed for name in files[target]})


project = json.load(sys.stdin)
print('\n'.join(files_of(sys.argv[1], project['tests'], project['targets'], sys.argv[2:])))
