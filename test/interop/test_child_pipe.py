# SPDX-License-Identifier: Apache-2.0
"""child_pipe, an example: its child carries the connection to a server of Python's."""

import sys
import unittest

from interop_case import our_program
from program_case import ProgramCase, hear_all, hear_and_leave

# A netcat: standard input and output from and to a port.
PIPE_PEER = '''
import os, socket, sys, threading
peer = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 25)
def upward():
    while block := peer.recv(65536):
        os.write(1, block)
    os.close(1)
thread = threading.Thread(target=upward)
thread.start()
while block := os.read(0, 65536):
    peer.sendall(block)
peer.shutdown(socket.SHUT_WR)
thread.join()
'''


class ChildPipe(ProgramCase):
    def run_through(self, *command, text='', ca=None):
        return self.run_to_end(our_program('child_pipe'), ca or self.pki.ca, 'localhost', *command,
                               text=text)

    def transport(self, port):
        return sys.executable, '-c', PIPE_PEER, port

    def test_connection_is_carried_by_the_child(self):
        def act(connection):
            heard = hear_all(connection)
            connection.sendall(heard.upper())
            connection.unwrap()
            return heard

        for text in 'hello\n', 'x' * 1000000:
            port, result = self.tls_server(act)
            self.assertEqual(self.run_through(*self.transport(port), text=text), (0, text.upper()))
            self.assertEqual(result(), text.encode())

    def test_server_that_is_not_trusted_hears_nothing(self):
        port, result = self.tls_server(hear_all)
        status, output = self.run_through(*self.transport(port), text='secret', ca=self.pki.other_ca)
        self.assertEqual(status, 1)
        self.assertIn('unable to get local issuer certificate', output)
        self.assertIsInstance(result(), OSError)

    def test_child_that_ends_at_once_is_an_error(self):
        status, output = self.run_through('true', text='x')
        self.assertEqual(status, 1)
        self.assertIn('child_pipe: ', output)

    def test_command_that_is_missing_is_an_error(self):
        self.assertEqual(self.run_through('/nonexistent/command', text='x')[0], 1)

    def test_childs_status_is_handed_on(self):
        port, _ = self.tls_server(hear_and_leave)
        command = 'python=$1; shift; "$python" "$@"; exit 7'
        status, _ = self.run_through('sh', '-c', command, 'sh', *self.transport(port), text='x')
        self.assertEqual(status, 7)


if __name__ == '__main__':
    unittest.main()
