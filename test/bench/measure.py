# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of this folder in rounds, in each of which every peer has its turn, so that what
disturbs the machine disturbs all of them. Called by the script `run`, whose options it takes."""
import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import plan
import report
import traced


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--out', type=pathlib.Path)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--rounds', type=int)
    parser.add_argument('--only', action='append', default=[])
    parser.add_argument('--suite', default='TLS_AES_128_GCM_SHA256')
    parser.add_argument('--no-setup', action='store_true')
    args = parser.parse_args()
    args.out = args.out or args.build / 'results.json'
    args.rounds = args.rounds or (3 if args.quick else 5)
    return args


def program(build, name):
    """The path of a program of this folder."""
    return str(build / 'test' / 'bench' / ('bench_' + name))


def available_peers(build):
    """Those that were built, and whatever is no peer of all workloads."""
    words = subprocess.run([program(build, 'flow'), '--peers'], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    missing = [p for p in plan.ALL if p not in words]
    if missing:
        print('left out, since they were not found when this was built:', ', '.join(missing))
    return words + ['openssl_bare']


def measure_once(args, workload, peer):
    """A dictionary of numbers, or None if the peer has failed."""
    command = [program(args.build, workload.program), workload.argument, peer,
               str(workload.count_for(peer, args.quick)), '--suite', args.suite] + workload.options
    try:
        done = subprocess.run(command, text=True, timeout=60, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as e:
        print(f'{workload.name}, {peer}: {e}: {(e.stderr or "").strip()}', file=sys.stderr)
        return None
    result = json.loads(done.stdout)
    return {k: v for k, v in result.items() if isinstance(v, (int, float))}


def write(args, results):
    """What there is so far: a run may be broken off."""
    args.out.write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')


def measure_rounds(args, workloads, peers, results):
    """Fills results['samples']: {workload: {peer: {metric: [a number for each round]}}}."""
    samples = results['samples'] = {}
    for number in range(args.rounds):
        began = time.monotonic()
        for w in workloads:
            turn = [p for p in w.peers if p in peers]
            for peer in turn[number % len(turn):] + turn[:number % len(turn)]:
                for metric, value in (measure_once(args, w, peer) or {}).items():
                    of_peer = samples.setdefault(w.name, {}).setdefault(peer, {})
                    of_peer.setdefault(metric, []).append(value)
        print(f'round {number + 1} of {args.rounds}: {time.monotonic() - began:.0f} s', flush=True)
        results['circumstances']['rounds'] = number + 1
        write(args, results)


def processor():
    """What the system calls it."""
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as f:
            for line in f:
                if line.startswith('model name'):
                    return line.split(':', 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def circumstances(args):
    """What the numbers depend on."""
    openssl = subprocess.run(['openssl', 'version'], text=True, check=False,
                             stdout=subprocess.PIPE).stdout.split('(')[0].strip()
    compiler = subprocess.run(['c++', '--version'], text=True, check=False,
                              stdout=subprocess.PIPE).stdout.splitlines()[0]
    return {
        'date': datetime.date.today().isoformat(),
        'processor': processor(),
        'processors': len(os.sched_getaffinity(0)),
        'load': round(os.getloadavg()[0], 2),
        'kernel': platform.release(),
        'compiler': compiler,
        'openssl': openssl,
        'suite': args.suite,
        'rounds': args.rounds,
        'quick': args.quick,
    }


def main():
    """Measures, writes the file, prints the tables."""
    args = arguments()
    workloads = [w for w in plan.workloads(args.quick) if not args.only or w.name in args.only]
    peers = available_peers(args.build)
    results = {'circumstances': circumstances(args)}
    measure_rounds(args, workloads, peers, results)
    if not args.only:
        flow = program(args.build, 'flow')
        results['calls'] = traced.system_calls(flow, [p for p in plan.ALL if p in peers],
                                               args.suite)
        results['instructions'] = traced.instructions(flow, args.suite)
    write(args, results)
    print(report.tables(results))
    print(f'the results are in {args.out}')


if __name__ == '__main__':
    main()
