# SPDX-License-Identifier: Apache-2.0
"""Runs the cookbook's servers, with clients of Python's."""

import shutil
import signal
import socket
import ssl
import subprocess
import unittest

from cookbook_case import LIMIT, PROGRAMS, ROOT, CookbookCase, plain_connection
from pages import blocks


class EndingAServer(CookbookCase):
    def test_answers_says_goodbye_and_ends(self):
        server, port = self.serve('ending_a_server')
        client = self.connect(port)
        client.send('work\n')
        client.expect('done: work')
        silent = plain_connection(port)
        self.addCleanup(silent.close)
        server.signal(signal.SIGTERM)
        client.expect('goodbye')
        client.end()
        self.assertEqual(server.wait(), 0)
        server.expect('^ended$')


class Limited:
    """What is tested of each server that limits what its clients may use up. serve_limited() starts it
    and returns its port."""

    def test_serves_a_client_beside_silent_ones(self):
        port = self.serve_limited()
        for _ in range(20):
            self.addCleanup(plain_connection(port).close)
        client = self.connect(port)
        client.send('hello\n')
        client.expect('you said: hello')
        client.end()

    def test_refuses_a_line_that_is_too_long(self):
        client = self.connect(self.serve_limited())
        client.send('x' * 1001)
        client.expect('the line is too long')
        client.end()


class LimitsForStrangers(Limited, CookbookCase):
    def serve_limited(self):
        return self.serve('limits_for_strangers')[1]


class WhoIsThisClient(CookbookCase):
    def serve_alice(self):
        return self.serve('who_is_this_client', self.pki.ca, 'alice@example.org')

    def visitor(self, name, address):
        return self.pki.authority.issue(name, names=f'email:{address}', usage='clientAuth')

    def test_lets_those_in_that_it_knows(self):
        _, port = self.serve_alice()
        client = self.connect(port, self.visitor('alice', 'alice@example.org'))
        client.expect('hello alice@example.org')
        client.end()
        client = self.connect(port, self.visitor('mallory', 'mallory@example.org'))
        client.expect('sorry, "mallory@example.org" may not come in')
        client.end()

    def test_refuses_those_without_a_certificate(self):
        server, port = self.serve_alice()
        with self.assertRaises(OSError):
            client = self.connect(port)
            client.line()
        server.expect('no certificate|did not return a certificate')


class Renewing(CookbookCase):
    """Servers with two files, which others replace."""

    def install(self, credential):
        for file, name in ((credential.key, 'privkey.pem'), (credential.certificate, 'fullchain.pem')):
            shutil.copy(file, self.files / 'new')
            (self.files / 'new').rename(self.files / name)

    def start_renewing(self, name):
        self.files = self.folder()
        self.install(self.pki.server)
        return self.start_server(name, self.files / 'fullchain.pem', self.files / 'privkey.pem')

    def expect_renewal(self, name, greet):
        server, port = self.start_renewing(name)
        before = self.shown(port, greet)
        self.install(self.pki.rsa_server)
        for _ in range(100):
            if self.shown(port, greet) != before:
                break
            server.ends_within(0.2)
        server.expect('^new certificate$')
        self.assertEqual(self.shown(port, greet), ssl.PEM_cert_to_DER_cert(
            self.pki.rsa_server.certificate.read_text()))

    def shown(self, port, greet):
        client = self.connect(port)
        greet(client)
        certificate = client.socket.getpeercert(binary_form=True)
        client.end()
        return certificate


class RenewingServer(Renewing):
    def test_shows_a_new_certificate(self):
        self.expect_renewal('renewing_server', lambda client: client.expect('hello'))


class PublicServer(Limited, Renewing):
    def serve_limited(self):
        return self.start_renewing('public_server')[1]

    def test_shows_a_new_certificate(self):
        def greet(client):
            client.send('hello\n')
            client.expect('you said: hello')

        self.expect_renewal('public_server', greet)

    def test_refuses_more_than_a_thousand_commands(self):
        client = self.connect(self.serve_limited())
        client.send('x\n' * 1000)
        for _ in range(1000):
            client.expect('you said: x')
        self.assertEqual(client.line(), '')
        client.end()


class OnePortForBoth(CookbookCase):
    def test_redirects_plaintext_and_serves_tls(self):
        _, port = self.serve('one_port_for_both', 'example.org')
        with plain_connection(port) as plain:
            plain.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            with plain.makefile('rb') as answer:
                text = answer.read().decode()
        self.assertIn('301 Moved Permanently\r\nLocation: https://example.org/\r\n', text)
        client = self.connect(port)
        client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        client.expect('HTTP/1.1 200 OK')
        while client.line():
            pass
        client.expect('safe')
        client.end()


class BehindHaproxy(CookbookCase):
    def send_header(self, port):
        plain = plain_connection(port)
        self.addCleanup(plain.close)
        plain.sendall(b'PROXY TCP4 192.0.2.1 198.51.100.7 51257 443\r\n')
        return plain

    def test_knows_the_address_of_the_client(self):
        _, port = self.serve('behind_haproxy', '127.0.0.0/8', '::1')
        client = self.connect(self.send_header(port))
        client.expect('hello 192.0.2.1:51257')
        client.end()

    def test_refuses_strangers_and_those_without_a_header(self):
        server, port = self.serve('behind_haproxy', '192.0.2.0/24')
        self.send_header(port)
        server.expect('proxy header: .*127.0.0.1|proxy header: .*::1')


class Logging(CookbookCase):
    def test_logs_clients_and_reasons(self):
        server, port = self.serve('logging')
        client = self.connect(port)
        client.send('hello\n')
        client.expect('you said: hello')
        client.end()
        server.expect(r'^\S+:\d+ TLSv1\.3 TLS_\w+ full \d+ us$')
        server.expect(r'^\S+:\d+ 1 lines, ended in order$')
        with plain_connection(port) as plain:
            plain.sendall(b'GET / HTTP/1.1\r\n\r\n')
            server.expect(r'^\S+:\d+ refused: iostls: handshake: .*http request')
        with self.assertRaises(ssl.SSLError):
            ssl.create_default_context().wrap_socket(plain_connection(port),
                                                     server_hostname='localhost')
        server.expect(r'refused: .*unknown ca')


class PrivateAuthority(CookbookCase):
    def test_commands_make_what_servers_and_clients_use(self):
        folder = self.folder()
        script = ''.join(b.text for b in blocks(ROOT / 'doc/cookbook/private_ca.md', 'sh'))
        lines = script.replace("\\\n", "").splitlines()
        self.assertLessEqual(len(lines), 10)
        done = subprocess.run(['sh', '-eu', '-c', script], cwd=folder, timeout=LIMIT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        server = self.start(PROGRAMS['who_is_this_client'], '0', folder / 'server.pem',
                            folder / 'ca.pem', 'alice@example.org')
        port = server.expect(r'^port (\d+)$').group(1)
        # Another program of the cookbook sends a line, and the server answers with its greeting.
        said = self.run_program('syslog', 'localhost', port.decode(), 'x', folder / 'ca.pem',
                                folder / 'alice.pem')
        self.assertEqual(said[0], 0, said[1])
        context = ssl.create_default_context(cafile=folder / 'ca.pem')
        context.load_cert_chain(folder / 'alice.pem')
        with socket.create_connection(('localhost', int(port)), LIMIT) as plain, \
                context.wrap_socket(plain, server_hostname='localhost') as client, \
                client.makefile('rb') as answer:
            self.assertEqual(answer.readline(), b'hello alice@example.org\n')


if __name__ == '__main__':
    unittest.main()
