# SPDX-License-Identifier: Apache-2.0
"""What is counted, not timed: system calls by strace, instructions by Valgrind's callgrind."""
import pathlib
import re
import subprocess
import sys
import tempfile

MIB = 1024 * 1024
TRACED_MIB = 32


def run_traced(command):
    """True if it worked; a word why, if not."""
    try:
        done = subprocess.run(command, text=True, check=False, timeout=300,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except (OSError, subprocess.TimeoutExpired) as e:
        print(f'not counted: {e}', file=sys.stderr)
        return False
    if done.returncode != 0:
        print(f'not counted: {" ".join(command)}: {done.stderr.strip()[-300:]}', file=sys.stderr)
    return done.returncode == 0


def marked_calls(log):
    """For each thread that has marked a transfer with two calls of getppid: the names of the calls in
    between, in order."""
    threads = {}
    for line in log.splitlines():
        m = re.match(r'(\d+) +(\w+)\(', line)
        if m:
            threads.setdefault(m[1], []).append(m[2])
    marked = []
    for calls in threads.values():
        if calls.count('getppid') >= 2:
            first = calls.index('getppid')
            marked.append(calls[first + 1:calls.index('getppid', first + 1)])
    return marked


def system_calls(flow, peers, suite):
    """{peer: {'write': calls for each MiB by the writer, 'read': by the reader}}"""
    counts = {}
    for peer in peers:
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / 'log'
            command = ['strace', '-f', '-o', str(log), flow, 'bulk', peer, str(TRACED_MIB),
                       '--suite', suite]
            if not run_traced(command):
                continue
            sides = marked_calls(log.read_text(encoding='utf-8', errors='replace'))
        sending = {'write', 'sendto', 'sendmsg', 'writev'}
        sides.sort(key=lambda calls: sum(c in sending for c in calls))
        if len(sides) == 2:
            counts[peer] = {'read': len(sides[0]) / TRACED_MIB, 'write': len(sides[1]) / TRACED_MIB}
    return counts


def cost_by_object(text):
    """{object file: instructions of its own} from callgrind's output."""
    names = {}
    costs = {}
    current = ''
    skip = False
    for line in text.splitlines():
        if line.startswith('ob='):
            m = re.match(r'ob=\((\d+)\)(?: (.*))?', line)
            current = names.setdefault(m[1], m[2] or '')
        elif line.startswith('cob='):
            m = re.match(r'cob=\((\d+)\)(?: (.*))?', line)
            names.setdefault(m[1], m[2] or '')
        elif line.startswith('calls='):
            skip = True  # the next line is the cost of what was called
        elif re.match(r'[+\-*\d]', line):
            if not skip:
                costs[current] = costs.get(current, 0) + int(line.split()[1])
            skip = False
    return costs


def instructions_of(flow, mib, suite):
    """{object file: instructions} of a transfer, or None."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / 'out'
        command = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', flow, 'bulk',
                   'iostls', str(mib), '--suite', suite]
        if not run_traced(command):
            return None
        return cost_by_object(out.read_text(encoding='utf-8', errors='replace'))


def instructions(flow, suite):
    """Instructions for each byte in libiostls alone, both ends together. What does not grow with the
    size of the transfer is not counted."""
    small, large = (instructions_of(flow, mib, suite) for mib in (8, 24))
    if small is None or large is None:
        return {}
    total = 0
    for name, cost in large.items():
        if 'libiostls' in name:
            total += cost - small.get(name, 0)
    return {'iostls': total / (16 * MIB)}
