# SPDX-License-Identifier: Apache-2.0
"""echo_server, an example."""

import signal
import ssl
import unittest

from program_case import ProgramCase


class EchoServer(ProgramCase):
    def test_lines_come_back(self):
        _, port = self.listen('echo_server', 0, self.both(self.pki.server))
        for _ in range(2):  # one after the other
            connection = self.client(port)
            connection.sendall(b'one\ntwo\n')
            lines = connection.makefile('rb')
            self.assertEqual([lines.readline(), lines.readline()], [b'one\n', b'two\n'])
            connection.unwrap().close()

    def test_certificate_that_it_prints_is_its_own(self):
        server, port = self.listen('echo_server')
        printed = server.output.partition('listening on port')[0]
        context = ssl.create_default_context(cadata=printed)
        connection = self.client(port, context)
        connection.sendall(b'one\n')
        self.assertEqual(connection.makefile('rb').readline(), b'one\n')
        connection.unwrap().close()

    def test_client_that_vanishes_is_told_and_the_next_is_served(self):
        server, port = self.listen('echo_server', 0, self.both(self.pki.server))
        connection = self.client(port)
        connection.sendall(b'one\n')
        connection.recv(4)
        connection.close()
        server.expect('without close_notify|reset')
        connection = self.client(port)
        connection.sendall(b'two\n')
        self.assertEqual(connection.recv(4), b'two\n')

    def test_end_does_not_wait_for_a_client_that_says_nothing_more(self):
        server, port = self.listen('echo_server', 0, self.both(self.pki.server))
        connection = self.client(port)
        connection.sendall(b'one\n')
        self.assertEqual(connection.recv(4), b'one\n')
        server.signal(signal.SIGTERM)
        self.assertTrue(server.ends_within(8))  # its read_timeout is a minute
        self.assertEqual(server.wait(), 0)


if __name__ == '__main__':
    unittest.main()
