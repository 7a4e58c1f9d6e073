# SPDX-License-Identifier: Apache-2.0
"""Sums up a run of `meson test` by test cases: summary.py MESON_LOGS EXIT_CODE_OF_MESON

Shows what failed, with its log, and what was skipped, with the reason; the last line is
"N passed, N failed, N skipped". Ends with 1 if something failed, or if nothing was run.
"""

import collections
import glob
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
GOOD_RESULTS = ('OK', 'EXPECTEDFAIL', 'SKIP')
LOG_LINES = 100

Case = collections.namedtuple('Case', 'name outcome text')


def gtest_case(element):
    name = element.get('classname') + '.' + element.get('name')
    failures = [failure.text or failure.get('message', '') for failure in element.iter('failure')]
    skipped = element.find('skipped')
    if failures:
        return Case(name, FAILED, '\n'.join(failures))
    if skipped is not None:
        return Case(name, SKIPPED, skipped.get('message', ''))
    if element.get('status') == 'notrun':
        return Case(name, SKIPPED, 'disabled')
    return Case(name, PASSED, '')


def gtest_cases(program, reports):
    """Cases of GoogleTest, whose reports Meson names "PROJECT.PROGRAM.SUITE"."""
    prefix = program['name'] + '.'
    return [gtest_case(element) for report in reports
            if report.get('name').partition('.')[2].startswith(prefix)
            for element in report.iter('testcase')]


TAP_LINE = re.compile(r'^(not )?ok\b\s*(\d*)\s*-?\s*([^#]*?)\s*(?:#\s*(skip|todo)\S*\s*(.*))?$',
                      re.IGNORECASE)


def tap_cases(program):
    """Cases of the Test Anything Protocol: "ok 1 - name # SKIP reason". The comments that follow a
    failed one are about it."""
    cases = []
    for line in program.get('stdout', '').splitlines():
        match = TAP_LINE.match(line)
        if match:
            bad, number, name, directive, reason = match.groups()
            outcome = SKIPPED if directive else FAILED if bad else PASSED
            cases.append(Case(name or number, outcome, reason or ''))
        elif cases and cases[-1].outcome == FAILED and line.startswith('#'):
            cases[-1] = cases[-1]._replace(text=cases[-1].text + line[2:] + '\n')
    return cases


def cases_of(program, reports):
    result = program['result']
    cases = gtest_cases(program, reports) or tap_cases(program)
    if result in GOOD_RESULTS:
        if cases:
            return cases
        if '[==========]' in program.get('stdout', ''):
            return [Case('', FAILED, 'GoogleTest ended without a report')]
        if result == 'SKIP':
            reason = (program.get('stdout', '') or program.get('stderr', '')).strip()
            return [Case('', SKIPPED, reason)]
        return [Case('', PASSED, '')]
    if not any(case.outcome == FAILED for case in cases):
        cases.append(Case('', FAILED, 'the program as a whole: %s, exit status %s' %
                          (result, program.get('returncode'))))
    return cases


# How reports of sanitizers and of Valgrind begin.
REPORT_BEGINS = re.compile(r'(WARNING|ERROR): \w*Sanitizer|: runtime error: |^==\d+== [A-Z]')
REPORT_LINES = 40


def log_of(program):
    """The first report of a sanitizer, and the end of the rest."""
    lines = (program.get('stdout', '') + program.get('stderr', '')).splitlines()
    if len(lines) <= LOG_LINES:
        return lines
    begin = next((i for i, line in enumerate(lines) if REPORT_BEGINS.search(line)), len(lines))
    report = lines[begin:begin + REPORT_LINES]
    rest = lines[:begin] + lines[begin + REPORT_LINES:]
    cut = len(rest) - (LOG_LINES - len(report))
    return report + ['(%d lines more)' % cut] + rest[cut:]


def title(program, case):
    return program['name'] + (': ' + case.name if case.name else '')


def indented(lines):
    return ''.join('    %s\n' % line for line in lines)


def show(program, cases):
    for case in cases:
        if case.outcome == SKIPPED:
            reason = ' '.join(case.text.split()) or 'no reason given'
            print('skipped: %s: %s' % (title(program, case), reason))
    failed = [case for case in cases if case.outcome == FAILED]
    for case in failed:
        print('FAILED: %s\n%s' % (title(program, case), indented(case.text.splitlines())), end='')
    if any(not case.name or not case.text for case in failed):
        print('  log of %s:\n%s' % (program['name'], indented(log_of(program))), end='')


def log_files(logs, ending):
    """Meson adds the name of a wrapper to that of its log: testlog-valgrind.json."""
    return sorted(glob.glob(os.path.join(glob.escape(logs), 'testlog*' + ending)))


def programs_of(logs):
    programs = []
    for path in log_files(logs, '.json'):
        with open(path, encoding='utf-8') as log:
            programs += [json.loads(line) for line in log if line.strip()]
    return programs


def reports_of(logs):
    return [suite for path in log_files(logs, '.junit.xml')
            for suite in ElementTree.parse(path).iter('testsuite')]


def main(logs, status):
    count = collections.Counter()
    reports = reports_of(logs)
    for program in programs_of(logs):
        cases = cases_of(program, reports)
        count.update(case.outcome for case in cases)
        show(program, cases)
    if not count:
        print('FAILED: no test was run')
        count[FAILED] += 1
    elif status != '0' and not count[FAILED]:
        print('FAILED: meson test ended with status %s' % status)
        count[FAILED] += 1
    print('%d passed, %d failed, %d skipped' % (count[PASSED], count[FAILED], count[SKIPPED]))
    return 1 if count[FAILED] else 0


sys.exit(main(*sys.argv[1:]))
