# SPDX-License-Identifier: Apache-2.0
"""Both ends of a connection as Python's ssl module has them."""

import contextlib
import socket
import ssl
import struct
import threading

from process import LIMIT

VERSION = {'TLSv1.2': ssl.TLSVersion.TLSv1_2, 'TLSv1.3': ssl.TLSVersion.TLSv1_3}


def _context(kind, version, credential, ca):
    context = ssl.SSLContext(kind)
    if version:
        context.minimum_version = context.maximum_version = VERSION[version]
    if credential:
        context.load_cert_chain(*credential)
    if ca:
        context.load_verify_locations(ca)
    return context


def client_context(ca, version=None, credential=None):
    """Verifies the server and its name."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, version, credential, ca)


def server_context(credential, version=None, ca=None):
    """Requires a client's certificate if it is told whom to trust."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, version, credential, ca)
    if ca:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def connect(port, context, name='localhost', session=None):
    """A connection that takes an end without close_notify for an error."""
    plain = socket.create_connection(('127.0.0.1', port), LIMIT)
    try:
        return context.wrap_socket(plain, server_hostname=name, suppress_ragged_eofs=False,
                                   session=session)
    except BaseException:
        plain.close()
        raise


def receive_all(connection):
    """What comes up to close_notify."""
    blocks = []
    while True:
        block = connection.recv(65536)
        if not block:
            return b''.join(blocks)
        blocks.append(block)


def close_with_notice(connection):
    """Exchanges close_notify, which fails if the peer does not send its own, and closes."""
    connection.unwrap().close()


def close_without_notice(connection):
    """FIN, but no close_notify."""
    connection.close()


def reset(connection):
    """RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    connection.close()


class HalfClosingClient:
    """A client that sends close_notify and goes on reading. SSLSocket cannot do that: its unwrap()
    wants the peer's close_notify at once and takes data in its place for an error."""

    def __init__(self, port, context, name='localhost'):
        self._socket = socket.create_connection(('127.0.0.1', port), LIMIT)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._until_done(self._tls.do_handshake)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _flush(self):
        self._socket.sendall(self._outgoing.read())

    def _until_done(self, operation, *arguments):
        while True:
            try:
                result = operation(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                block = self._socket.recv(65536)
                if block:
                    self._incoming.write(block)
                else:
                    self._incoming.write_eof()

    def sendall(self, data):
        view = memoryview(data)
        while view:
            view = view[self._until_done(self._tls.write, view[:65536]):]

    def end_output(self):
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._flush()

    def recv(self, size):
        try:
            return self._until_done(self._tls.read, size)
        except ssl.SSLZeroReturnError:
            return b''


class Server:
    """Serves one connection, or `count` in turn, on a thread: `serve` gets each as an SSLSocket,
    once the handshake is done. What goes wrong there comes out of result()."""

    def __init__(self, case, context, serve, count=1):
        self._context = context
        self._serve = serve
        self._count = count
        self._outcome = None
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._listener.settimeout(LIMIT)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        case.addCleanup(self._stop)

    def _run(self):
        try:
            for _ in range(self._count):
                value = self._serve_one()
            self._outcome = (value, None)
        except Exception as error:  # pylint: disable=broad-except
            self._outcome = (None, error)

    def _serve_one(self):
        plain, _ = self._listener.accept()
        plain.settimeout(LIMIT)
        with self._context.wrap_socket(plain, server_side=True,
                                       suppress_ragged_eofs=False) as connection:
            return self._serve(connection)

    def _stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes a thread to which nobody came
        self._listener.close()
        self._thread.join(LIMIT)

    def result(self):
        """What `serve` returned last; raises what it, or a handshake, raised."""
        self._thread.join(LIMIT)
        if self._outcome is None:
            raise AssertionError('the connection does not end')
        value, error = self._outcome
        if error:
            raise error
        return value
