# SPDX-License-Identifier: Apache-2.0
"""What every example that listens does when more strangers come than it has descriptors for, when no
thread can be started, and when it is told to end."""

import os
import pathlib
import re
import resource
import signal
import socket
import ssl
import threading
import time
import unittest

from interop_case import our_program
from process import LIMIT
from program_case import ProgramCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTORS = 20  # that the program may have


def processor_time(process):
    fields = pathlib.Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def descriptors(process):
    return len(os.listdir(f'/proc/{process.pid}/fd'))


class Flood(ProgramCase):
    # How each of them is started, and what is said to it.

    def start_server(self, program, *arguments, ready=r'^listening on port (\d+)$'):
        process = self.start('sh', '-c', f'ulimit -n {DESCRIPTORS}; exec "$@"', 'sh',
                             our_program(program), *arguments)
        return process, int(process.expect(ready)[1])

    def is_answered(self, port, said, heard):
        connection = self.client(port)
        connection.sendall(said)
        self.assertRegex(connection.recv(65536), heard)
        connection.close()

    def echo_server(self):
        yield self.start_server('echo_server', 0, self.both(self.pki.server))
        yield lambda port: self.is_answered(port, b'one\n', b'^one')

    def fiber_server(self):
        yield self.start_server('fiber_server', 0, self.both(self.pki.server))
        yield lambda port: self.is_answered(port, b'one\n', b'^one')

    def line_server(self):
        yield self.start_server('line_server', 0, self.both(self.pki.server))
        yield lambda port: self.is_answered(port, b'ECHO one\n', b'^OK one')

    def graceful_server(self):
        yield self.start_server('graceful_server', 0, self.both(self.pki.server))
        yield lambda port: self.is_answered(port, b'ADD 1\n', b'^OK 1')

    def both_on_one_port(self):
        yield self.start_server('both_on_one_port', 0, self.both(self.pki.server))
        yield lambda port: self.is_answered(port, b'one\n', b'^hello .*, this is TLS')

    def acme_tls_alpn(self):
        yield self.start_server('acme_tls_alpn', 0, self.both(self.pki.server), 'localhost',
                                'token.thumbprint')
        yield lambda port: self.is_answered(port, b'', b'^hello')

    def connect_proxy(self):
        yield self.start_server('connect_proxy', 0, self.both(self.pki.server), 443)
        yield lambda port: self.is_answered(port, b'GET x HTTP/1.1\r\n\r\n', b'^HTTP/1.1 405')

    def https_server(self):
        yield self.start_server('https_server', '--host', 'localhost', '--certificate',
                                self.both(self.pki.server),
                                ready=r'^listening on https://localhost:(\d+)/')
        yield lambda port: self.is_answered(port, b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
                                            b'^HTTP/1.1 200')

    def mutual_tls_server(self):
        yield self.start_server('mutual_tls_server', 0, self.both(self.pki.server), self.pki.ca)
        yield lambda port: self.assertEqual(
            self.run_to_end(our_program('mutual_tls_client'), port, self.both(self.pki.client),
                            self.pki.ca)[0], 0)

    def chat(self):
        process, port = self.start_server('chat', '--wait', 0, self.both(self.pki.server),
                                          ready=r'^\* waiting on port (\d+)$')
        yield process, port
        yield lambda port: self.is_heard(process, port, '^> one$')

    def tls_cat(self):
        process, port = self.start_server('tls_cat', '-v', '--listen', '--certificate',
                                          self.both(self.pki.server), 'localhost', 0)
        yield process, port
        yield lambda port: self.is_heard(process, port, '^one$')

    def is_heard(self, process, port, pattern):
        connection = self.client(port)
        connection.sendall(b'one\n')
        process.expect(pattern)

    def guide_server(self):
        yield self.start_server('guide_server', self.pki.server.certificate, self.pki.server.key,
                                ready=r'^port (\d+)$')
        yield lambda port: self.is_answered(port, b'one\n', b'^you said: one')

    def guide_fleet(self):
        key = self.folder() / 'ticket.key'
        key.write_bytes(os.urandom(80))
        key.chmod(0o600)
        yield self.start_server('guide_fleet', 0, self.both(self.pki.server), key,
                                ready=r'^port (\d+)$')
        yield lambda port: self.is_answered(port, b'one\n', b'^in full one')

    # What is tried with them.

    def silent_clients(self, port, number):
        clients = [socket.create_connection(('localhost', port), LIMIT) for _ in range(number)]
        for each in clients:
            self.addCleanup(each.close)
        return clients

    def flood(self, server):
        steps = server()
        process, port = next(steps)
        good_client = next(steps)
        strangers = self.silent_clients(port, DESCRIPTORS)
        deadline = time.monotonic() + 2  # those that serve one after the other never run out
        while descriptors(process) < DESCRIPTORS and time.monotonic() < deadline:
            time.sleep(0.01)
        before = processor_time(process)
        time.sleep(0.5)
        self.assertLess(processor_time(process) - before, 0.25, 'a processor is kept busy')
        for each in strangers:
            each.close()
        good_client(port)
        return process, port

    def talk_on(self, port, ending):
        """Clients come and go, until the server has ended. What they are told does not matter."""
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        while not ending.is_set():
            try:
                with socket.create_connection(('localhost', port), LIMIT) as plain:
                    connection = context.wrap_socket(plain, server_hostname='localhost')
                    connection.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
                    connection.recv(65536)
                    connection.close()
            except OSError:
                ending.wait(0.001)

    def end_under_load(self, process, port):
        """How it ends by SIGTERM while silent clients wait and others talk."""
        ending = threading.Event()
        talkers = [threading.Thread(target=self.talk_on, args=(port, ending)) for _ in range(4)]
        self.silent_clients(port, 5)
        for each in talkers:
            each.start()
        try:
            time.sleep(0.3)
            process.signal(signal.SIGTERM)
            return process.wait()
        finally:
            ending.set()
            for each in talkers:
                each.join()

    def flood_and_end(self, server):
        self.assertEqual(self.end_under_load(*self.flood(server)), 0)

    def flood_and_be_ended(self, server):
        """By the signal itself, and at once."""
        self.assertEqual(self.end_under_load(*self.flood(server)), -signal.SIGTERM)

    def want_of_threads(self, server):
        steps = server()
        process, port = next(steps)
        good_client = next(steps)
        status = pathlib.Path(f'/proc/{process.pid}/status').read_text()
        memory = int(re.search(r'VmSize:\s*(\d+) kB', status)[1]) * 1024
        if memory > 2**40:
            self.skipTest('the address space of a sanitizer cannot be limited')
        no_limit = resource.RLIM_INFINITY
        # A thread's stack does not fit into that.
        resource.prlimit(process.pid, resource.RLIMIT_AS, (memory + 2**20, no_limit))
        for client in self.silent_clients(port, 3):
            try:
                self.assertEqual(client.recv(1), b'')
            except ConnectionResetError:
                pass
        process.expect('Resource temporarily unavailable')
        resource.prlimit(process.pid, resource.RLIMIT_AS, (no_limit, no_limit))
        good_client(port)

    def test_echo_server(self):
        self.flood_and_end(self.echo_server)

    def test_fiber_server(self):
        self.flood_and_end(self.fiber_server)

    def test_line_server(self):
        self.flood_and_end(self.line_server)

    def test_graceful_server(self):
        self.flood_and_end(self.graceful_server)

    def test_both_on_one_port(self):
        self.flood_and_end(self.both_on_one_port)

    def test_acme_tls_alpn(self):
        self.flood_and_end(self.acme_tls_alpn)

    def test_connect_proxy(self):
        self.flood_and_end(self.connect_proxy)

    def test_https_server(self):
        self.flood_and_end(self.https_server)

    def test_mutual_tls_server(self):
        self.flood_and_end(self.mutual_tls_server)

    # These talk to one, and end with that.

    def test_chat(self):
        self.flood_and_be_ended(self.chat)

    def test_tls_cat(self):
        self.flood_and_be_ended(self.tls_cat)

    # These leave out how to end.

    def test_guide_server(self):
        self.flood_and_be_ended(self.guide_server)

    def test_guide_fleet(self):
        self.flood_and_be_ended(self.guide_fleet)

    def test_line_server_without_threads(self):
        self.want_of_threads(self.line_server)

    def test_connect_proxy_without_threads(self):
        self.want_of_threads(self.connect_proxy)

    def test_https_server_without_threads(self):
        self.want_of_threads(self.https_server)

    def test_guide_server_without_threads(self):
        self.want_of_threads(self.guide_server)

    def test_guide_fleet_without_threads(self):
        self.want_of_threads(self.guide_fleet)

    def test_no_example_is_left_out(self):
        for source in (ROOT / 'doc' / 'example').glob('*.cpp'):
            if 'tcp_listener listener(' in source.read_text():
                self.assertTrue(hasattr(self, 'test_' + source.stem), source)


if __name__ == '__main__':
    unittest.main()
