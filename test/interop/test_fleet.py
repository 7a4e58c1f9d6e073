# SPDX-License-Identifier: Apache-2.0
"""Three servers behind HAProxy that share ticket keys: clients resume at each of them what another
one began, while keys are rotated and a server is killed and started again."""

import contextlib
import pathlib
import signal
import socket
import ssl
import subprocess
import unittest

import python_peer
from interop_case import InteropCase, find_program, flags, needs, our_program
from process import LIMIT

BALANCER = '''
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
listen fleet
  bind fd@{descriptor}
  balance roundrobin
{servers}
'''
SIZE = 3
ROTATE = pathlib.Path(__file__).parents[2] / 'doc/guide/example/rotate_ticket_keys'


class Fleet:
    """The servers, each a process of its own with the same files, and HAProxy in front of them."""

    def __init__(self, case):
        self._case = case
        self._keys = case.folder()
        self._files = [case.folder() / 'server.pem',
                       *(self._keys / f'{name}.key' for name in ('current', 'previous', 'next'))]
        self._files[0].write_bytes(case.pki.server.certificate.read_bytes() +
                                   case.pki.server.key.read_bytes())
        self._rotate_files()
        self._servers = [self._start('0') for _ in range(SIZE)]
        self.port = self._balance()

    def _start(self, port):
        process = self._case.start(our_program('guide_fleet'), port, *self._files)
        return process, process.expect(r'^port (\d+)$').group(1).decode()

    def _balance(self):
        """HAProxy is handed a socket that listens, so that no port has to be guessed."""
        listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self._case.addCleanup(listener.close)
        configuration = self._case.folder() / 'haproxy.cfg'
        configuration.write_text(BALANCER.format(
            descriptor=listener.fileno(),
            servers='\n'.join(f'  server s{number} 127.0.0.1:{port}'
                              for number, (_, port) in enumerate(self._servers))))
        self._case.start(find_program('haproxy'), '-db', '-f', configuration,
                         pass_fds=[listener.fileno()])
        return listener.getsockname()[1]

    def _rotate_files(self):
        subprocess.run(['sh', ROTATE, self._keys], check=True, timeout=LIMIT)

    def rotate(self):
        """New files, and one server after the other reads them."""
        self._rotate_files()
        for process, _ in self._servers:
            process.signal(signal.SIGHUP)
            process.expect('^reloaded$')

    def kill(self, number):
        self._servers[number][0].signal(signal.SIGKILL)
        self._servers[number][0].wait()

    def revive(self, number):
        self._servers[number] = self._start(self._servers[number][1])


@needs('haproxy')
class FleetCase(InteropCase):
    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self)

    def our_client(self, count, **options):
        return self.start(our_program('fleet_client'), *flags({
            'port': self.fleet.port, 'ca': self.pki.ca, 'count': count, 'session_cache': 10,
            **options}))

    def result(self, client, key):
        return int(client.expect(rf'^{key} (\d+)$', 60).group(1))

    def assert_resumed(self, client, connections):
        """All connections were made, and of those after the first, 99 in a hundred resumed."""
        self.assertEqual(self.result(client, 'connections'), connections)
        self.assertGreaterEqual(self.result(client, 'resumed'), 0.99 * (connections - 1))
        failed = self.result(client, 'failed')
        self.assertEqual(client.wait(), 0)
        return failed

    @staticmethod
    def wait_for(client, number):
        client.expect(f'^at {number}$', 60)

    def python_visit(self, context, session=None):
        """Returns whether the session was resumed, and the next session."""
        plain = socket.create_connection(('127.0.0.1', self.fleet.port), LIMIT)
        with context.wrap_socket(plain, server_hostname='localhost', session=session) as s:
            s.sendall(b'hello\n')
            answer = s.recv(100)
            self.assertEqual(answer, b'resumed hello\n' if s.session_reused else b'in full hello\n')
            result = s.session_reused, s.session
            s.unwrap().close()
            return result

    def python_visits(self, version, count):
        context = python_peer.client_context(self.pki.ca, version)
        resumed, session = self.python_visit(context)
        self.assertFalse(resumed)
        total = 0
        for _ in range(count):
            resumed, session = self.python_visit(context, session)
            total += resumed
        return total


class Resumption(FleetCase):
    def test_our_client_resumes_while_keys_rotate_and_a_server_dies(self):
        client = self.our_client(2000)
        for number in (300, 600):
            self.wait_for(client, number)
            self.fleet.rotate()
        self.wait_for(client, 900)
        self.fleet.kill(1)
        self.wait_for(client, 1200)
        self.fleet.revive(1)
        self.wait_for(client, 1500)
        self.fleet.rotate()
        failed = self.assert_resumed(client, 2000)
        # The client has one connection at a time: one may have been open on the killed server.
        self.assertLessEqual(failed, 1, client.output)

    def test_our_client_of_tls_1_2_resumes_while_keys_rotate(self):
        client = self.our_client(500, method='tlsv1.2')
        for number in (100, 200, 300):
            self.wait_for(client, number)
            self.fleet.rotate()
        self.assertEqual(self.assert_resumed(client, 500), 0)

    def test_open_connections_of_the_other_servers_survive(self):
        context = python_peer.client_context(self.pki.ca)
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(python_peer.connect(self.fleet.port, context))
                      for _ in range(SIZE)]
            for connection in opened:
                connection.sendall(b'before\n')
                self.assertEqual(connection.recv(100), b'in full before\n')
            self.fleet.kill(0)
            answers = [self.answer(connection) for connection in opened]
            self.assertEqual(sorted(answers), [b''] + 2 * [b'in full after\n'])

    @staticmethod
    def answer(connection):
        try:
            connection.sendall(b'after\n')
            return connection.recv(100)
        except (ssl.SSLError, OSError):
            return b''

    def test_python_resumes_at_each_server(self):
        for version in python_peer.VERSION:
            self.assertEqual(self.python_visits(version, 60), 60, version)

    def test_s_client_resumes_at_each_server(self):
        for _ in range(5):
            status, output = self.run_to_end(
                'openssl', 's_client', '-connect', f'127.0.0.1:{self.fleet.port}', '-reconnect',
                '-servername', 'localhost', '-CAfile', self.pki.ca, '-tls1_2')
            self.assertEqual(output.count('New, TLSv1.2'), 1, output)
            self.assertEqual(output.count('Reused, TLSv1.2'), 5, output)


if __name__ == '__main__':
    unittest.main()
