# SPDX-License-Identifier: Apache-2.0
"""Tables in Markdown, and charts, of what test/bench/run has measured.

    python3 test/bench/report.py [RESULTS]

puts them into doc/performance.md, between its marks, and into doc/performance/. RESULTS is
build-bench/results.json unless it is given. What was measured quickly, or on a machine that had other
things to do when it began, does not come into the page: the tables are printed instead."""
import json
import pathlib
import shutil
import sys

import chart
from plan import (ALL, ASKING, HANDSHAKING, NAMES, REQUEST_CONNECTIONS, REQUEST_SIZES, TLS_STREAMS,
                  request_name)
from results import Results

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'doc' / 'performance.md'
BEGIN = '<!-- measured: begin -->'
END = '<!-- measured: end -->'
IDLE = 0.3  # the load of a machine that does nothing else


def number(value, digits=2):
    """Three figures or so; empty for what was not measured."""
    if value is None:
        return ''
    if abs(value) >= 100:
        return f'{value:,.0f}'
    if abs(value) >= 10:
        return f'{value:.1f}'
    return f'{value:.{digits}f}'


def table(head, rows):
    """Markdown; the first column is left-aligned."""
    lines = ['| ' + ' | '.join(head) + ' |', '|---|' + '---:|' * (len(head) - 1)]
    lines += ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join(lines)


def fastest(r, workload, metric, peers):
    """The peer with the largest median, or None."""
    measured = [p for p in peers if r.median(workload, p, metric) is not None]
    return max(measured, key=lambda p: r.median(workload, p, metric), default=None)


def many_names(r):
    """A server with many names against one with a single name: of processor time."""
    one = r.median('names_one', 'iostls', 'cpu_microseconds')
    many = r.median('names_many', 'iostls', 'cpu_microseconds')
    return many / one if None not in (one, many) else None


def handshakes(r):
    """As sum_of_ratios."""
    rows = []
    for what in ('full', 'resumed'):
        for loop, name in (('openssl_fair', 'the loop of equal work'),
                           ('openssl_loop', 'the OpenSSL loop')):
            rows.append((f'{what} handshakes/s, to {name}', '≥', 1.0,
                         r.ratio(what, 'per_second', 'iostls', loop)))
    return rows + [
        ('handshake with the system\'s trust: CPU time of the client, loop with OpenSSL\'s default '
         'paths to iostls', '≥', 1.15,
         r.inverse('system', 'client_microseconds', 'iostls', 'openssl_loop')),
        ('the same, CPU time of both ends', '≥', 1.1,
         r.inverse('system', 'cpu_microseconds', 'iostls', 'openssl_loop')),
        ('server with 10,000 names: CPU time of a handshake, to one name', '≤', 1.02,
         many_names(r)),
    ]


def sum_of_ratios(r):
    """[(what, aim as text, value, whether it has to be at least that, aim)]"""
    tls = [p for p in TLS_STREAMS if p != 'iostls']
    other = fastest(r, 'lines', 'per_second', tls)
    idle = r.median('idle', 'iostls', 'kib')
    tuned = r.median('idle', 'openssl_tuned', 'kib')
    most, growth = r.load_ratio()
    return [
        ('bulk: CPU time, to the OpenSSL loop', '≤', 0.80,
         r.ratio('bulk', 'cpu_seconds', 'iostls', 'openssl_loop')),
        ('bulk: MB/s, to the OpenSSL loop', '≥', 1.25,
         r.ratio('bulk', 'per_second', 'iostls', 'openssl_loop')),
        ('bulk: MB/s, to asio\'s plain `tcp::iostream`', '≥', 12,
         r.ratio('bulk', 'per_second', 'iostls', 'asio_plain')),
        ('lines, to plain `stdio_filebuf`', '≥', 0.92,
         r.ratio('lines', 'per_second', 'iostls', 'stdio_filebuf')),
        ('`getline`, to plain `stdio_filebuf`', '≥', 1.1,
         r.ratio('getline', 'per_second', 'iostls', 'stdio_filebuf')),
        (f'lines, to the fastest other TLS stream ({NAMES.get(other, "none")})', '≥', 1.2,
         r.ratio('lines', 'per_second', 'iostls', other)),
        ('a flush a line, reader slower than the writer: lines/s, to the OpenSSL loop', '≥', 0.9,
         r.ratio('endl_slower_reader', 'per_second', 'iostls', 'openssl_loop')),
        ('the same, reader faster than the writer', '≥', 0.9,
         r.ratio('endl_faster_reader', 'per_second', 'iostls', 'openssl_loop')),
        ('requests of 200 bytes on 64 connections: p99, to the OpenSSL loop', '≤', 1.0,
         r.ratio(request_name(200, 64), 'p99_microseconds', 'iostls', 'openssl_loop')),
        ('ping-pong on one CPU: time, to the OpenSSL loop', '≤', 0.98,
         r.ratio('ping_pong_1', 'microseconds', 'iostls', 'openssl_loop')),
        ('the same between two processes of one thread', '≤', 0.98,
         r.ratio('ping_pong_processes', 'microseconds', 'iostls', 'openssl_loop')),
    ] + handshakes(r) + [
        ('idle connection: KiB more than the tuned loop', '≤', 2.0,
         idle - tuned if None not in (idle, tuned) else None),
        ('system calls for a MiB written', '≤', 20, r.calls('iostls', 'write')),
        ('system calls for a MiB read', '≤', 40, r.calls('iostls', 'read')),
        (f'throughput of {most} busy connections, to that of 2', '≥', 0.8, growth),
        ('making a client stream: time, to `SSL_new` + `SSL_set_fd`', '≤', 1.3,
         r.ratio('making', 'microseconds', 'iostls', 'openssl_bare')),
    ]


def summary(r):
    """What is aimed at, and what was measured; what does not reach its aim comes first."""
    rows = []
    for what, sign, aim, value in sum_of_ratios(r):
        if value is None:
            continue
        met = value <= aim if sign == '≤' else value >= aim
        rows.append([what, f'{sign} {number(aim)}', number(value), 'yes' if met else 'no'])
    rows.sort(key=lambda row: row[-1] == 'yes')
    if r.instructions() is not None:
        rows.append(['instructions of the library for a byte of bulk, both ends', '',
                     number(r.instructions(), 3), ''])
    return table(['', 'aim', 'measured', 'reached'], rows)


def rows_by_peer(peers, columns):
    """Rows for peers that have at least one value; `columns` are functions of the peer."""
    rows = []
    for p in peers:
        values = [column(p) for column in columns]
        if any(v is not None for v in values):
            rows.append([NAMES[p]] + [number(v) for v in values])
    return rows


def streaming(r):
    """One way."""
    return table(['one way', 'bulk, MB/s', 'bulk, CPU s/GiB', 'lines, M/s', '`getline`, M/s',
                  'a flush a line, M/s', 'slower reader, M/s', 'faster reader, M/s'],
                 rows_by_peer(ALL, [r.bulk, r.bulk_cpu, lambda p: r.millions('lines', p),
                                    lambda p: r.millions('getline', p),
                                    lambda p: r.millions('endl', p),
                                    lambda p: r.millions('endl_slower_reader', p),
                                    lambda p: r.millions('endl_faster_reader', p)]))


def connections(r):
    """Back and forth, and what a connection costs."""
    return table(['', 'ping-pong, one CPU, µs', 'two CPUs, µs', 'two processes, µs', 'full handshakes/s',
                  'resumed/s', 'with the system\'s trust/s', 'idle, KiB', 'making one, µs'],
                 rows_by_peer(ALL[:2] + ['openssl_fair', 'openssl_bare'] + ALL[2:], [
                     lambda p: r.median('ping_pong_1', p, 'microseconds'),
                     lambda p: r.median('ping_pong_2', p, 'microseconds'),
                     lambda p: r.median('ping_pong_processes', p, 'microseconds'),
                     lambda p: r.median('full', p, 'per_second') if p in HANDSHAKING else None,
                     lambda p: r.median('resumed', p, 'per_second'),
                     lambda p: r.median('system', p, 'per_second'),
                     lambda p: r.median('idle', p, 'kib'),
                     lambda p: r.median('making', p, 'microseconds')]))


def calls(r):
    """System calls."""
    return table(['system calls for a MiB of bulk', 'written', 'read'],
                 rows_by_peer(ALL, [lambda p: r.calls(p, 'write'), lambda p: r.calls(p, 'read')]))


def names(r):
    """A server with one name, and with many."""
    rows = []
    for workload, what in (('names_one', '1'), ('names_many', '10,000')):
        values = [r.median(workload, 'iostls', m) for m in
                  ('start_milliseconds', 'kib_a_name', 'per_second', 'cpu_microseconds')]
        if values[0] is not None:
            rows.append([what] + [number(v) for v in values])
    return table(['names of a server', 'to start, ms', 'KiB a name', 'handshakes/s',
                  'CPU µs a handshake'], rows)


def request_text(r, workload, peer):
    """Thousands a second, the median of the waits and their 99th percentile; empty if not measured."""
    rate = r.median(workload, peer, 'requests_per_second')
    if rate is None:
        return ''
    waits = [r.median(workload, peer, m) for m in ('p50_microseconds', 'p99_microseconds')]
    return ' · '.join(number(v) for v in [rate / 1000] + waits)


def requests(r):
    """Requests and responses on kept connections."""
    rows = []
    for size in REQUEST_SIZES:
        for n in REQUEST_CONNECTIONS:
            cells = [request_text(r, request_name(size, n), p) for p in ASKING]
            if any(cells):
                rows.append([f'{size:,} bytes, {n}'] + cells)
    return table(['requests, connections: thousands/s · p50, µs · p99, µs']
                 + [NAMES[p] for p in ASKING], rows)


def load(r):
    """Busy connections."""
    loop = dict(r.load('openssl_loop'))
    return table(['busy connections', 'iostls, MB/s', 'OpenSSL loop, MB/s'],
                 [[str(n), number(v), number(loop.get(n))] for n, v in r.load('iostls')])


def circumstances(c):
    """A sentence."""
    text = (f'{c["date"]}, {c["processors"]} processors ({c["processor"]}), Linux {c["kernel"]}, '
            f'{c["openssl"]}, {c["compiler"]}; TLS 1.3, {c["suite"]}, X25519, ECDSA P-256; '
            f'medians of {c["rounds"]} rounds; load of the machine at the beginning: {c["load"]}.')
    return text + (' A quick run: roughly.' if c['quick'] else '')


def tables(data):
    """All of it, without charts."""
    r = Results(data)
    parts = [circumstances(data['circumstances'])]
    parts += [t for t in (summary(r), streaming(r), connections(r), requests(r), names(r), calls(r),
                          load(r))
              if t.count('\n') > 1]
    return '\n\n'.join(parts)


def unfit(circumstances_of_run):
    """Why a run is not fit for the page; None if it is."""
    if circumstances_of_run['quick']:
        return 'this was a quick run'
    if circumstances_of_run['load'] >= IDLE:
        return (f'the machine was busy when it began: its load was {circumstances_of_run["load"]}, '
                f'and less than {IDLE} is needed')
    return None


def main():
    """Writes the page and what it shows."""
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / 'build-bench/results.json'
    data = json.loads(source.read_text(encoding='utf-8'))
    reason = unfit(data['circumstances'])
    if reason:
        print(tables(data))
        sys.exit(f'{PAGE.name} is left as it was: {reason}')
    folder = PAGE.with_suffix('')
    folder.mkdir(exist_ok=True)
    if source.resolve() != (folder / 'results.json').resolve():
        shutil.copyfile(source, folder / 'results.json')
    chart.write_all(Results(data), folder)
    text = PAGE.read_text(encoding='utf-8')
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f'{before}{BEGIN}\n{tables(data)}\n{END}{after}', encoding='utf-8')


if __name__ == '__main__':
    main()
