# SPDX-License-Identifier: Apache-2.0
"""line_server, an example: what it answers, and what it does with clients that are slow."""

import socket
import threading
import time
import unittest

from process import LIMIT
from program_case import ProgramCase, hear_all

PATIENCE = 20  # seconds; a session that should have been ended lives longer than that


class LineServer(ProgramCase):
    def serve(self, idle=300, session=300):
        return self.listen('line_server', 0, self.both(self.pki.server), idle, session)[1]

    def converse(self, port, text):
        connection = self.client(port)
        connection.sendall(text)
        return hear_all(connection).decode().split('\r\n')[:-1]

    def test_commands_are_answered_in_order(self):
        answers = self.converse(self.serve(), b'ECHO hello\r\nTIME\nWHAT\nQUIT\nECHO late\n')
        self.assertEqual(answers[0], 'OK hello')
        self.assertLess(abs(int(answers[1].split()[1]) - time.time()), 300)
        self.assertEqual(answers[2:], ['ERROR ECHO text, TIME or QUIT, please', 'OK bye'])

    def test_too_long_a_line_ends_the_session(self):
        answers = self.converse(self.serve(), b'ECHO a\nECHO ' + b'x' * 10000 + b'\nECHO b\n')
        self.assertEqual(answers, ['OK a', 'ERROR too long a line'])

    def test_silent_client_is_told_and_left(self):
        port = self.serve(idle=1)
        begin = time.monotonic()
        self.assertEqual(self.converse(port, b'ECHO a\n'), ['OK a', 'ERROR too slow'])
        self.assertLess(time.monotonic() - begin, PATIENCE)

    def test_client_that_trickles_is_left_too(self):
        connection = self.client(self.serve(session=2))
        stop = threading.Event()

        def trickle():
            try:
                while not stop.wait(0.2):
                    connection.sendall(b'x')
            except OSError:
                pass  # the server has closed

        thread = threading.Thread(target=trickle)
        thread.start()
        begin = time.monotonic()
        try:
            self.assertEqual(hear_all(connection), b'ERROR too slow\r\n')
        finally:
            stop.set()
            thread.join()
        self.assertLess(time.monotonic() - begin, PATIENCE)

    def test_client_that_never_does_a_handshake_is_left(self):
        port = self.serve(idle=1)
        with socket.create_connection(('localhost', port), LIMIT) as connection:
            begin = time.monotonic()
            hear_all(connection)
            self.assertLess(time.monotonic() - begin, PATIENCE)

    def test_idle_clients_do_not_keep_others_waiting(self):
        port = self.serve()
        idle = [self.client(port) for _ in range(10)]
        self.assertEqual(self.converse(port, b'ECHO a\nQUIT\n'), ['OK a', 'OK bye'])
        for connection in idle:
            connection.sendall(b'QUIT\n')
            self.assertEqual(hear_all(connection), b'OK bye\r\n')


if __name__ == '__main__':
    unittest.main()
