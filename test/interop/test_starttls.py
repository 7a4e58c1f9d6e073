# SPDX-License-Identifier: Apache-2.0
"""starttls_smtp, an example: against aiosmtpd, and against servers (and men in the middle) that do
not keep to the rules of STARTTLS."""

import base64
import functools
import json
import pathlib
import socket
import subprocess
import sys
import threading
import unittest

from interop_case import InteropCase, flags, our_program
from process import LIMIT

MESSAGE = 'Subject: test\n\nfirst\n.\n..two\n\nlast\n'


@functools.lru_cache(None)
def python_with_aiosmtpd():
    """The interpreter that has the package: Debian's belongs to Debian's Python."""
    for python in (sys.executable, '/usr/bin/python3'):
        try:
            subprocess.run([python, '-c', 'import aiosmtpd'], check=True, timeout=LIMIT,
                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return python
        except (OSError, subprocess.CalledProcessError):
            continue
    return None


class Script:
    """A server that sends and receives, in plaintext, what a function has it do; on a thread, for one
    connection. What the function returns or raises comes out of result()."""

    def __init__(self, case, act):
        self._act = act
        self._outcome = None
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._listener.settimeout(LIMIT)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        case.addCleanup(self._stop)

    def _run(self):
        try:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(LIMIT)
                self._outcome = (self._act(connection), None)
        except Exception as error:  # pylint: disable=broad-except
            self._outcome = (None, error)

    def _stop(self):
        self._listener.close()
        self._thread.join(LIMIT)

    def result(self):
        self._thread.join(LIMIT)
        if self._outcome is None:
            raise AssertionError('the connection does not end')
        value, error = self._outcome
        if error:
            raise error
        return value


def hear_all(connection):
    """What comes up to the end, or to a reset."""
    heard = b''
    try:
        while block := connection.recv(65536):
            heard += block
    except ConnectionResetError:
        pass
    return heard


def greet(connection, *keywords):
    """Up to the answer to EHLO; returns the client's lines from then on."""
    lines = connection.makefile('rb', buffering=0)
    connection.sendall(b'220 localhost\r\n')
    assert lines.readline().startswith(b'EHLO ')
    for keyword in keywords:
        connection.sendall(f'250-{keyword}\r\n'.encode())
    connection.sendall(b'250 HELP\r\n')
    return lines


def begin(connection, answer):
    """Up to the answer to STARTTLS."""
    lines = greet(connection, 'localhost', 'STARTTLS')
    assert lines.readline() == b'STARTTLS\r\n'
    connection.sendall(answer)


class StarttlsCase(InteropCase):
    def send(self, port, message=MESSAGE, addresses=('a@example.org', 'b@example.org'), **options):
        options = {'ca': self.pki.ca, **options}
        return self.run_to_end(our_program('starttls_smtp'), *flags(options), 'localhost', port,
                               *addresses, text=message)


@unittest.skipUnless(python_with_aiosmtpd(), 'aiosmtpd is not installed')
class Aiosmtpd(StarttlsCase):
    def serve_mail(self):
        process = self.start(python_with_aiosmtpd(),
                             pathlib.Path(__file__).with_name('smtp_server.py'),
                             self.pki.server.certificate, self.pki.server.key)
        return process, int(process.expect(r'^port (\d+)$')[1])

    def sent(self, message):
        """What the server gets of a message."""
        server, port = self.serve_mail()
        status, output = self.send(port, message)
        self.assertEqual((status, output), (0, ''))
        mail = json.loads(server.expect(r'^\{.*\}$')[0])
        self.assertTrue(mail['tls'])
        self.assertEqual((mail['from'], mail['to']), ('a@example.org', ['b@example.org']))
        return base64.b64decode(mail['content'])

    def test_message_arrives_under_tls(self):
        self.assertEqual(self.sent(MESSAGE), MESSAGE.replace('\n', '\r\n').encode())

    def test_large_message_is_whole(self):
        message = ''.join(f'{"." * (i % 3)}line {i}\r\n' for i in range(50000))
        self.assertEqual(self.sent(message), message.encode())

    def test_last_line_without_an_end_gets_one(self):
        self.assertEqual(self.sent('x: y\n\n.end'), b'x: y\r\n\r\n.end\r\n')

    def test_eight_bit_message_arrives(self):
        self.assertEqual(self.sent('x: y\n\nh\u00e9\n'), 'x: y\r\n\r\nh\u00e9\r\n'.encode())

    def test_server_that_is_not_trusted_gets_nothing(self):
        server, port = self.serve_mail()
        status, output = self.send(port, ca=self.pki.other_ca)
        self.assertEqual(status, 1)
        self.assertIn('unable to get local issuer certificate', output)
        server.end_input()
        self.assertEqual(server.wait(), 0)
        self.assertNotIn('{', server.output)


class Attacks(StarttlsCase):
    def test_answer_that_is_injected_with_the_last_clear_one_is_refused(self):
        def act(connection):
            begin(connection, b'220 go\r\nEVIL\r\n')
            return hear_all(connection)

        server = Script(self, act)
        status, output = self.send(server.port)
        self.assertEqual(status, 1)
        self.assertIn('unencrypted', output)
        self.assertEqual(server.result(), b'', 'the client went on')

    def test_answer_that_is_injected_later_is_refused(self):
        def act(connection):
            begin(connection, b'220 go\r\n')
            hello = connection.recv(1)  # the client has left the plaintext behind
            connection.sendall(b'250 all is well\r\n' * 4)
            return hello + hear_all(connection)

        server = Script(self, act)
        status, output = self.send(server.port)
        self.assertEqual(status, 1)
        self.assertIn('handshake', output)
        heard = server.result()
        self.assertEqual(heard[:2], b'\x16\x03', 'no TLS handshake')
        self.assertNotIn(b'MAIL', heard)

    def test_offer_that_is_removed_ends_the_connection(self):
        def act(connection):
            lines = greet(connection, 'localhost', 'AUTH PLAIN')
            return lines.readline()

        server = Script(self, act)
        status, output = self.send(server.port)
        self.assertEqual(status, 1)
        self.assertIn('does not offer STARTTLS', output)
        self.assertEqual(server.result(), b'', 'the client went on')

    def test_refusal_ends_the_connection(self):
        def act(connection):
            begin(connection, b'454 not now\r\n')
            return hear_all(connection)

        server = Script(self, act)
        status, output = self.send(server.port)
        self.assertEqual(status, 1)
        self.assertIn('454 not now', output)
        self.assertEqual(server.result(), b'', 'the client went on')

    def test_address_with_a_command_in_it_is_refused(self):
        for address in ('a@b>\r\nDATA', 'a@b> SIZE=1', 'a b'):
            status, output = self.send(1, addresses=('a@example.org', address))
            self.assertEqual(status, 2)
            self.assertIn('not an address', output)

    def test_message_that_looks_like_two_is_refused(self):
        status, output = self.send(1, 'x: y\n\none\r.\rMAIL FROM:<evil>\n')
        self.assertEqual(status, 1)
        self.assertIn('line 3 of the message', output)


if __name__ == '__main__':
    unittest.main()
