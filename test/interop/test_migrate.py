# SPDX-License-Identifier: Apache-2.0
"""The programs of doc/migrate, before and after: each sends the same words to the same peer, over
plain TCP and over TLS; the clients talk to the servers, and to openssl."""

import os
import re
import socket
import subprocess
import threading
import time
import unittest

from interop_case import InteropCase
from process import LIMIT

PROGRAMS = dict(line.split('=', 1) for line in os.environ['IOSTLS_MIGRATE'].splitlines())

CLIENTS = ('asio', 'dlib', 'fdstream', 'socketpp', 'ucommon')
SERVERS = ('asio_server', 'boost_iostreams', 'dlib_server', 'poco', 'stdio_filebuf')

DEFINITION = 'What one can write to and read from,\nwithout a position.\n'
ANSWER = ['150 1 definitions retrieved', '151 "stream" own "The example\'s own"',
          *DEFINITION.splitlines(), '.', '250 ok']

# What a client is told, and what it has to say before each.
DIALOGUE = [(None, ['220 dictionary']), ('DEFINE * stream', ANSWER), ('QUIT', ['221 bye'])]


def program(name):
    if name not in PROGRAMS:
        raise unittest.SkipTest(f'the library for {name} is not installed')
    return PROGRAMS[name]


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()[1]


class Inetd:
    """Starts a program for each client, whose socket is its standard input and output."""

    def __init__(self, case, path, folder):
        self._command = [path]
        self._folder = folder
        self._children = []
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        case.addCleanup(self._stop)

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self._children.append(subprocess.Popen(
                    self._command, stdin=client, stdout=client, cwd=self._folder))

    def _stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for child in self._children:
            try:
                child.wait(LIMIT)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                raise AssertionError(f'{self._command} does not end with its client') from None


class MigrateCase(InteropCase):
    def server_folder(self):
        """Where a server finds its certificate and key."""
        folder = self.folder()
        credential = self.pki.server
        (folder / 'server.pem').write_text(credential.certificate.read_text() +
                                           credential.key.read_text())
        (folder / 'ca.pem').write_text(self.pki.ca.read_text())
        return folder

    def start_server(self, name):
        """Returns its port."""
        path = program(name)
        folder = self.server_folder()
        if name.startswith('stdio_filebuf'):
            return Inetd(self, path, folder).port
        if name.startswith('dlib_server'):
            port = free_port()
            self.start(path, port, cwd=folder)
            self.await_listener(port)
            return port
        return int(self.start(path, cwd=folder).expect(r'^port (\d+)$')[1])

    def await_listener(self, port):
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                socket.create_connection(('127.0.0.1', port), LIMIT).close()
                return
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), deadline, 'the server does not listen')
                time.sleep(0.01)

    def start_client(self, name, port, word='stream', host='localhost'):
        """It finds the ordinary authority where others find the system's."""
        if host == 'localhost' and name in ('dlib_before', 'ucommon_before', 'socketpp_before'):
            host = '127.0.0.1'  # they do not go on from ::1, or want an address
        return self.start('env', f'SSL_CERT_FILE={self.pki.ca}', program(name), host, port, word)

    def s_client(self, port, *arguments):
        return self.start('openssl', 's_client', '-quiet', '-crlf', '-connect',
                          f'127.0.0.1:{port}', '-servername', 'localhost', '-CAfile', self.pki.ca,
                          '-verify_hostname', 'localhost', '-verify_return_error', *arguments)

    def assert_found(self, client):
        status = client.wait()
        self.assertEqual((status, client.output), (0, DEFINITION))


class ClientsAndServers(MigrateCase):
    """Every old client with every old server, every new one with every new one."""

    def check(self, client, server, state):
        port = self.start_server(f'{server}_{state}')
        self.assert_found(self.start_client(f'{client}_{state}', port))
        refused = self.start_client(f'{client}_{state}', port, 'nonsense')
        self.assertEqual(refused.wait(), 1)
        self.assertIn('552 no match', refused.output)


for each_client in CLIENTS:
    for each_server in SERVERS:
        for each_state in ('before', 'after'):
            setattr(ClientsAndServers, f'test_{each_client}_with_{each_server}_{each_state}',
                    lambda self, c=each_client, s=each_server, t=each_state: self.check(c, s, t))


class PlainServer:
    """Keeps to DIALOGUE with one client, in plaintext; on a thread."""

    def __init__(self, case):
        self.heard = []
        listener = socket.create_server(('127.0.0.1', 0))
        case.addCleanup(listener.close)
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._talk, args=(listener,), daemon=True)
        self._thread.start()

    def _talk(self, listener):
        client, _ = listener.accept()
        with client:
            client.settimeout(LIMIT)
            lines = client.makefile('rb', buffering=0)
            for words, answer in DIALOGUE:
                if words:
                    self.heard.append(lines.readline().decode().rstrip('\r\n'))
                client.sendall(''.join(line + '\r\n' for line in answer).encode())
            self.heard.append(lines.read().decode())

    def all_heard(self):
        self._thread.join(LIMIT)
        return self.heard


class Clients(MigrateCase):
    """Each old client with a scripted server; each new one with the same script behind s_server."""

    def check_before(self, name):
        server = PlainServer(self)
        client = self.start_client(f'{name}_before', server.port)
        self.assert_found(client)
        self.assertEqual(server.all_heard(), ['DEFINE * stream', 'QUIT', ''])

    def s_server(self):
        certificate, key = self.pki.server
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-crlf',
                             '-cert', certificate, '-key', key)
        return process, int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)')[1])

    def check_after(self, name):
        server, port = self.s_server()
        client = self.start_client(f'{name}_after', port)
        for words, answer in DIALOGUE:
            if words:
                server.expect(f'^{re.escape(words)}\r?$')
            else:
                server.expect('^CIPHER is ')
            server.send(''.join(line + '\n' for line in answer))
        self.assert_found(client)

    def check_distrust(self, name):
        """Whom the old client could not know, the new one does not trust."""
        server, port = self.s_server()
        client = self.start('env', f'SSL_CERT_FILE={self.pki.other_ca}', program(f'{name}_after'),
                            'localhost', port, 'stream')
        self.assertEqual(client.wait(), 1)
        self.assertNotIn('DEFINE', server.output)

    def check_nobody(self, name, state):
        client = self.start_client(f'{name}_{state}', free_port())
        self.assertEqual(client.wait(), 1)
        self.assertNotEqual(client.output, '')


for each_client in CLIENTS:
    setattr(Clients, f'test_{each_client}_before_with_a_script',
            lambda self, c=each_client: self.check_before(c))
    setattr(Clients, f'test_{each_client}_after_with_s_server',
            lambda self, c=each_client: self.check_after(c))
    setattr(Clients, f'test_{each_client}_after_does_not_trust_a_stranger',
            lambda self, c=each_client: self.check_distrust(c))
    for each_state in ('before', 'after'):
        setattr(Clients, f'test_{each_client}_{each_state}_finds_nobody',
                lambda self, c=each_client, t=each_state: self.check_nobody(c, t))


class Servers(MigrateCase):
    """Each old server with a scripted client; each new one with the same script behind s_client."""

    def check_before(self, name):
        port = self.start_server(f'{name}_before')
        with socket.create_connection(('127.0.0.1', port), LIMIT) as server:
            lines = server.makefile('rb', buffering=0)
            for words, answer in DIALOGUE:
                if words:
                    server.sendall(words.encode() + b'\r\n')
                for line in answer:
                    self.assertEqual(lines.readline(), line.encode() + b'\r\n')
            self.assertEqual(lines.read(), b'')

    def check_after(self, name):
        client = self.s_client(self.start_server(f'{name}_after'))
        for words, answer in DIALOGUE:
            client.send(words + '\n' if words else '')
            for line in answer:
                client.expect(f'^{re.escape(line)}\r$')
        client.wait()

    def check_departure(self, name, state):
        """A client that leaves in the middle does no harm to the next one."""
        port = self.start_server(f'{name}_{state}')
        socket.create_connection(('127.0.0.1', port), LIMIT).close()
        self.check_again(name, state, port)

    def check_again(self, name, state, port):
        client = next((c for c in CLIENTS if f'{c}_{state}' in PROGRAMS), None)
        self.assert_found(self.start_client(f'{client}_{state}', port))


for each_server in SERVERS:
    setattr(Servers, f'test_{each_server}_before_with_a_script',
            lambda self, s=each_server: self.check_before(s))
    setattr(Servers, f'test_{each_server}_after_with_s_client',
            lambda self, s=each_server: self.check_after(s))
    for each_state in ('before', 'after'):
        setattr(Servers, f'test_{each_server}_{each_state}_outlives_a_client_that_leaves',
                lambda self, s=each_server, t=each_state: self.check_departure(s, t))


class Allegro(MigrateCase):
    def test_stranger_is_answered(self):
        client = self.s_client(self.start_server('allegro_after'))
        client.expect('^a stranger\r?$')
        client.send('hello\n')
        client.expect('^\r?olleh$')

    def test_friend_is_known(self):
        certificate, key = self.pki.client
        client = self.s_client(self.start_server('allegro_after'), '-cert', certificate,
                               '-key', key)
        client.expect('^a friend\r?$')

    def test_certificate_of_an_unknown_authority_is_refused(self):
        certificate, key = self.pki.stranger
        client = self.s_client(self.start_server('allegro_after'), '-cert', certificate,
                               '-key', key)
        client.expect('alert unknown ca')


class OnePath(MigrateCase):
    def test_plain_and_tls_clients_are_served_by_the_same_lines(self):
        process = self.start(program('one_path'), cwd=self.server_folder())
        plain = int(process.expect(r'^plain (\d+)$')[1])
        tls = int(process.expect(r'^tls (\d+)$')[1])
        self.assert_found(self.start_client('fdstream_before', plain))
        self.assert_found(self.start_client('fdstream_after', tls))


class AsioAlias(MigrateCase):
    def test_same_lines_do_the_same_with_both_streams(self):
        client = self.start(program('asio_alias'), '127.0.0.1', free_port())
        self.assertEqual(client.wait(), 0)


if __name__ == '__main__':
    unittest.main()
