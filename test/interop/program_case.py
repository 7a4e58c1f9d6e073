# SPDX-License-Identifier: Apache-2.0
"""What the tests of the small examples share: programs that take a certificate and its key in one
file, and say "listening on port N"; and a TLS client and server of Python's."""

import socket
import ssl
import threading

from interop_case import InteropCase, our_program
from process import LIMIT


class ProgramCase(InteropCase):
    def both(self, credential):
        """A certificate and its key in one file."""
        path = self.folder() / 'both.pem'
        path.write_bytes(credential.certificate.read_bytes() + credential.key.read_bytes())
        return path

    def listen(self, program, *arguments, ready=r'^listening on port (\d+)$'):
        """Starts a server; returns the process and its port."""
        process = self.start(our_program(program), *arguments)
        return process, int(process.expect(ready)[1])

    def client(self, port, context=None):
        """A TLS connection to one of our programs; without a context, it trusts the authority."""
        context = context or ssl.create_default_context(cafile=str(self.pki.ca))
        plain = socket.create_connection(('localhost', port), LIMIT)
        connection = context.wrap_socket(plain, server_hostname='localhost')
        self.addCleanup(connection.close)
        return connection

    def tls_server(self, act, credential=None):
        """A server that has a function deal with its one connection, on a thread. Returns the port,
        and a function that waits for its result."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, credential or self.pki.server))
        listener = socket.create_server(('127.0.0.1', 0))
        listener.settimeout(LIMIT)
        outcome = []

        def run():
            try:
                plain, _ = listener.accept()
                plain.settimeout(LIMIT)
                with context.wrap_socket(plain, server_side=True) as connection:
                    outcome.append(act(connection))
            except OSError as error:
                outcome.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(listener.close)

        def result():
            thread.join(LIMIT)
            self.assertEqual(len(outcome), 1, 'the connection does not end')
            return outcome[0]

        return listener.getsockname()[1], result


def hear_all(connection):
    """What comes up to close_notify; a connection that is cut raises ssl.SSLEOFError."""
    heard = b''
    while block := connection.recv(65536):
        heard += block
    return heard


def hear_and_leave(connection):
    """The same, and ends the connection as it should be."""
    heard = hear_all(connection)
    connection.unwrap()
    return heard
