# SPDX-License-Identifier: Apache-2.0
"""What is measured, with which peers, and how much of it."""
from dataclasses import dataclass, field

LOOPS = ['openssl_loop', 'openssl_tuned']
TLS_STREAMS = ['iostls', 'asio_ssl', 'poco_ssl', 'cxxtools_ssl']
PLAIN_STREAMS = ['asio_plain', 'poco_plain', 'stdio_filebuf']
STREAMS = TLS_STREAMS + PLAIN_STREAMS
ALL = LOOPS + STREAMS
ASKING = ['openssl_loop', 'iostls', 'asio_ssl', 'poco_ssl']
HANDSHAKING = LOOPS + ['openssl_fair'] + TLS_STREAMS

NAMES = {
    'openssl_loop': 'OpenSSL loop',
    'openssl_tuned': 'OpenSSL loop, tuned',
    'openssl_fair': 'OpenSSL loop, equal work',
    'openssl_bare': '`SSL_new` + `SSL_set_fd`',
    'iostls': '**iostls**',
    'asio_ssl': 'asio `ssl::stream`',
    'poco_ssl': 'POCO `SecureStreamSocket`',
    'cxxtools_ssl': 'cxxtools `TcpStream`',
    'asio_plain': '*plain:* asio `tcp::iostream`',
    'poco_plain': '*plain:* POCO `SocketStream`',
    'stdio_filebuf': '*plain:* `stdio_filebuf`',
}


REQUEST_SIZES = (200, 8192)
REQUEST_CONNECTIONS = (1, 16, 64)


def request_name(size, connections):
    """Of the workload of requests and responses of so many bytes."""
    return f'request_{size}_{connections}'


@dataclass
class Workload:
    """A row of measurements: which program, with what, by whom."""
    name: str
    program: str
    argument: str
    peers: list
    count: int
    counts: dict = field(default_factory=dict)  # of those that would take too long
    options: list = field(default_factory=list)

    def count_for(self, peer, quick):
        count = self.counts.get(peer, self.count)
        fixed = self.program in ('load', 'request')
        return count if fixed or not quick else max(count // 10, 10)


def workloads(quick):
    """In the order in which they are run in each round."""
    slow = {'poco_ssl': 128, 'cxxtools_ssl': 256, 'asio_plain': 128, 'poco_plain': 128}
    connections = [1, 2, 4, 8, 16, 32, 64] + ([] if quick else [128, 256, 512, 1024])
    return [
        Workload('bulk', 'flow', 'bulk', ALL, 1024, slow),
        Workload('lines', 'flow', 'lines', STREAMS, 3_000_000, {'asio_plain': 50_000}),
        Workload('getline', 'flow', 'getline', STREAMS, 3_000_000, {'asio_plain': 100_000}),
        Workload('endl', 'flow', 'endl', ALL, 150_000),
        Workload('endl_slower_reader', 'flow', 'endl_slower_reader', ALL, 50_000),
        Workload('endl_faster_reader', 'flow', 'endl_faster_reader', ALL, 50_000),
        Workload('ping_pong_1', 'ping_pong', 'line', ALL, 20_000, options=['--one-cpu']),
        Workload('ping_pong_2', 'ping_pong', 'line', ALL, 20_000),
        Workload('ping_pong_processes', 'ping_pong', 'processes', ALL, 20_000, options=['--one-cpu']),
        Workload('full', 'handshake', 'full', HANDSHAKING, 500),
        Workload('resumed', 'handshake', 'resumed', LOOPS + ['openssl_fair', 'iostls'], 1000),
        Workload('system', 'handshake', 'system',
                 ['openssl_loop', 'openssl_fair', 'iostls', 'asio_ssl', 'poco_ssl'], 300),
        Workload('names_one', 'names', 'one', ['iostls'], 10_000),
        Workload('names_many', 'names', 'many', ['iostls'], 10_000),
        Workload('making', 'making', 'client', ['iostls', 'openssl_bare', 'openssl_loop'], 20_000),
        Workload('idle', 'idle', 'idle', ALL, 500),
    ] + [Workload(request_name(size, n), 'request', str(size), ASKING, n)
         for size in REQUEST_SIZES for n in REQUEST_CONNECTIONS
    ] + [Workload(f'load_{n}', 'load', 'echo', ['iostls', 'openssl_loop'], n) for n in connections]
