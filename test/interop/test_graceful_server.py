# SPDX-License-Identifier: Apache-2.0
"""graceful_server, an example: how it ends with 200 clients, and what it does with slow ones."""

import signal
import socket
import ssl
import time

from interop_case import our_program
from process import LIMIT
from program_case import ProgramCase, hear_all

CLIENTS = 200


class GracefulServer(ProgramCase):
    def serve(self, idle=300, most=256, pem=None):
        return self.listen('graceful_server', 0, pem or self.both(self.pki.server), idle, most)

    def ask(self, connection, command):
        connection.sendall(command.encode() + b'\r\n')
        return self.line(connection)

    def line(self, connection):
        heard = b''
        while not heard.endswith(b'\n'):
            block = connection.recv(1)
            self.assertTrue(block, f'ended after {heard}')
            heard += block
        return heard.decode().rstrip()

    def is_served(self, connection):
        self.assertEqual(self.ask(connection, 'ADD 40'), 'OK 40')
        self.assertEqual(self.ask(connection, 'ADD 2'), 'OK 42')

    def test_nobody_is_cut_off_at_the_end(self):
        process, port = self.serve()
        clients = [self.client(port) for _ in range(CLIENTS)]
        for each in clients:
            self.assertEqual(self.ask(each, 'ADD 1'), 'OK 1')
        for each in clients[::2]:
            each.sendall(b'WORK 300\r\n')
        begin = time.monotonic()
        process.signal(signal.SIGTERM)
        for number, each in enumerate(clients):
            # hear_all raises where there is no close_notify.
            heard = hear_all(each).decode().split('\r\n')[:-1]
            expected = ['OK done', 'BYE the server ends'] if number % 2 == 0 else ['BYE the server ends']
            self.assertIn(heard, (expected, ['BYE the server ends']))
            each.close()
        self.assertEqual(process.wait(), 0)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertNotIn('cut off', process.output)
        with self.assertRaises(OSError):
            self.client(port)

    def test_signal_at_any_moment_of_the_start_ends_it(self):
        pem = self.both(self.pki.server)
        for name in ('graceful_server', 'both_on_one_port'):
            for moment in range(100):
                process = self.start(our_program(name), 0, pem)
                time.sleep(0.0003 * moment)
                process.signal(signal.SIGTERM)
                # By the signal itself, as long as the program does not wait for it.
                self.assertIn(process.wait(), (0, -signal.SIGTERM), name)

    def test_sum_that_is_too_large_is_refused(self):
        _, port = self.serve()
        connection = self.client(port)
        most = 2 ** 63 - 1
        self.assertEqual(self.ask(connection, f'ADD {most}'), f'OK {most}')
        self.assertEqual(self.ask(connection, 'ADD 1'), 'ERROR too large a sum')
        self.assertEqual(self.ask(connection, f'ADD -{most}'), 'OK 0')
        self.assertEqual(self.ask(connection, f'ADD -{most + 1}'), f'OK -{most + 1}')
        self.assertEqual(self.ask(connection, 'ADD -1'), 'ERROR too large a sum')

    def test_command_that_has_begun_is_answered(self):
        process, port = self.serve()
        connection = self.client(port)
        self.assertEqual(self.ask(connection, 'ADD 1'), 'OK 1')
        connection.sendall(b'WORK 1000\r\n')
        time.sleep(0.2)  # it is at work, then
        process.signal(signal.SIGTERM)
        self.assertEqual(hear_all(connection), b'OK done\r\nBYE the server ends\r\n')
        connection.close()
        self.assertEqual(process.wait(), 0)

    def test_client_that_trickles_is_left(self):
        _, port = self.serve(idle=1)
        connection = self.client(port)
        self.is_served(connection)
        begin = time.monotonic()
        connection.settimeout(0.1)
        heard = b''
        while not heard and time.monotonic() - begin < LIMIT:
            try:
                connection.sendall(b'A')
                heard = connection.recv(100)
            except (TimeoutError, ssl.SSLWantReadError):
                pass
        self.assertEqual(heard, b'ERROR too slow\r\n')

    def test_clients_beyond_the_limit_wait_for_their_turn(self):
        _, port = self.serve(most=2)
        first, second = self.client(port), self.client(port)
        self.is_served(first)
        self.is_served(second)
        plain = socket.create_connection(('localhost', port), LIMIT)
        self.addCleanup(plain.close)
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        plain.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            context.wrap_socket(plain, server_hostname='localhost', suppress_ragged_eofs=False)
        self.assertEqual(self.ask(first, 'QUIT'), 'OK bye')
        self.is_served(self.client(port))

    def test_certificate_is_read_again(self):
        pem = self.both(self.pki.server)
        process, port = self.serve(pem=pem)
        before = self.client(port)
        self.is_served(before)
        old = before.getpeercert(binary_form=True)
        other = self.pki.client
        pem.write_bytes(other.certificate.read_bytes() + other.key.read_bytes())
        process.signal(signal.SIGHUP)
        process.expect('^reloaded$')
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.assertNotEqual(self.client(port, context).getpeercert(binary_form=True), old)
        self.assertEqual(self.ask(before, 'ADD 1'), 'OK 43')
        pem.write_text('nonsense')
        process.signal(signal.SIGHUP)
        process.expect('graceful_server: .*both.pem')
        self.is_served(self.client(port, context))
