# SPDX-License-Identifier: Apache-2.0
"""What the tests of the cookbook's programs share: the programs, and small peers for them."""

import contextlib
import os
import socket
import sys
import threading

from pages import ROOT

sys.path.insert(0, str(ROOT / 'test/interop'))
from interop_case import InteropCase  # noqa: E402 pylint: disable=wrong-import-position
from process import LIMIT  # noqa: E402 pylint: disable=wrong-import-position
import python_peer  # noqa: E402 pylint: disable=wrong-import-position

PROGRAMS = dict(line.split('=', 1) for line in os.environ['IOSTLS_COOKBOOK'].splitlines())


class Talk:
    """A peer's end of a connection: lines and bytes, in plaintext or under TLS."""

    def __init__(self, plain):
        self.socket = plain
        self.socket.settimeout(LIMIT)
        self.file = None
        self.open()

    def open(self):
        self.file = self.socket.makefile('rwb')

    def start_tls(self, context):
        self.file.close()
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          suppress_ragged_eofs=False)
        self.open()

    def line(self):
        return self.file.readline().decode().rstrip('\r\n')

    def expect(self, line):
        came = self.line()
        if came != line:
            raise AssertionError(f'{came!r} came where {line!r} was expected')

    def read(self, size):
        return self.file.read(size)

    def send(self, data):
        self.file.write(data if isinstance(data, bytes) else data.encode())
        self.file.flush()

    def end(self):
        """Exchanges close_notify."""
        self.file.close()
        self.socket = self.socket.unwrap()

    def close(self):
        with contextlib.suppress(OSError):
            self.file.close()
        self.socket.close()


class Peer:
    """A server on a free port: each connection is handed to the next of the functions, and what they
    throw fails the test."""

    def __init__(self, context, *talks, is_plain=False):
        self.context = context
        self.failure = None
        self.served = 0
        self._is_plain = is_plain
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._listener.settimeout(LIMIT)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(talks,))
        self._thread.start()

    def _serve(self, talks):
        try:
            for talk in talks:
                self._serve_one(talk)
                self.served += 1
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure
        finally:
            self._listener.close()

    def _serve_one(self, talk):
        plain, _ = self._listener.accept()
        connection = Talk(plain)
        try:
            if not self._is_plain:
                connection.start_tls(self.context)
            talk(connection)
        finally:
            connection.close()

    def finish(self):
        self._thread.join()
        if self.failure:
            raise self.failure

    def finish_refused(self):
        """The same for a peer that clients do not trust."""
        self._thread.join()
        if not isinstance(self.failure, OSError):
            raise AssertionError(f'a client has trusted the peer: {self.failure}')


class CookbookCase(InteropCase):
    def folder_of_pem(self, credential):
        """A file with certificate and key."""
        path = self.folder() / 'server.pem'
        path.write_text(credential.certificate.read_text() + credential.key.read_text())
        return path

    def peer(self, *talks, ca=None, is_plain=False):
        peer = Peer(python_peer.server_context(self.pki.server, ca=ca), *talks, is_plain=is_plain)
        self.addCleanup(peer.finish)
        return peer

    def untrusted_peer(self):
        peer = Peer(python_peer.server_context(self.pki.stranger), lambda connection: None)
        self.addCleanup(peer.finish_refused)
        return peer

    def run_for_bytes(self, name, *arguments, text='', **variables):
        """Its exit status and what it has printed."""
        client = self.start(PROGRAMS[name], *arguments, env={**os.environ, **variables})
        client.send(text)
        client.end_input()
        return client.wait(), client.output_bytes

    def run_program(self, name, *arguments, text='', **variables):
        status, said = self.run_for_bytes(name, *arguments, text=text, **variables)
        return status, said.decode()

    def start_server(self, name, *arguments):
        """The process, and its port."""
        server = self.start(PROGRAMS[name], '0', *arguments)
        return server, int(server.expect(r'^port (\d+)$').group(1))

    def serve(self, name, *arguments):  # pylint: disable=arguments-renamed
        return self.start_server(name, self.folder_of_pem(self.pki.server), *arguments)

    def connect(self, port, credential=None):  # pylint: disable=arguments-renamed
        """A client of a server of ours, which verifies it. A socket may stand for the port."""
        context = python_peer.client_context(self.pki.ca, credential=credential)
        talk = Talk(plain_connection(port) if isinstance(port, int) else port)
        self.addCleanup(talk.close)
        talk.file.close()
        talk.socket = context.wrap_socket(talk.socket, server_hostname='localhost',
                                          suppress_ragged_eofs=False)
        talk.open()
        return talk


def plain_connection(port):
    """To a server on "localhost", whichever of its addresses that is."""
    return socket.create_connection(('localhost', port), LIMIT)
