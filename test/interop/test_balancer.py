# SPDX-License-Identifier: Apache-2.0
"""both_on_one_port, an example, alone and behind HAProxy, which names its clients by the PROXY protocol."""

import socket

from interop_case import find_program, needs
from process import LIMIT
from program_case import ProgramCase, hear_all
from program_server import ServerCase

CONFIGURATION = '''
defaults
  mode tcp
  timeout connect 20s
  timeout client 20s
  timeout server 20s
frontend front
  bind 127.0.0.1:{port}
  default_backend back
backend back
  server one localhost:{target} {how}
'''


class Balancer(ProgramCase, ServerCase):
    def serve(self, *balancers):
        return self.listen('both_on_one_port', 0, self.both(self.pki.server), *balancers)

    def haproxy(self, target, how):
        configuration = self.folder() / 'haproxy.cfg'

        def begin(port):
            configuration.write_text(CONFIGURATION.format(port=port, target=target, how=how))
            return self.start(find_program('haproxy'), '-db', '-f', configuration)

        return self.run_server(begin)

    def over_tls(self, port):
        """The greeting, and the client's own address."""
        connection = self.client(port)
        own = connection.getsockname()
        connection.sendall(b'one\r\n')
        heard = b''
        while heard.count(b'\n') < 2:
            heard += connection.recv(100)
        connection.unwrap().close()
        greeting, echo = heard.decode().splitlines()
        self.assertEqual(echo, 'one')
        return greeting, f'{own[0]}:{own[1]}'

    def in_plaintext(self, port):
        with socket.create_connection(('127.0.0.1', port), LIMIT) as plain:
            own = plain.getsockname()
            plain.sendall(b'GET / HTTP/1.1\r\n\r\n')
            plain.shutdown(socket.SHUT_WR)
            return hear_all(plain).decode().strip(), f'{own[0]}:{own[1]}'

    def behind_haproxy(self, how):
        _, server = self.serve('127.0.0.0/8', '::1')
        port = self.haproxy(server, how)
        for _ in range(3):
            greeting, own = self.over_tls(port)
            self.assertEqual(greeting, f'hello {own}, this is TLS')
            greeting, own = self.in_plaintext(port)
            self.assertEqual(greeting, f'hello {own}, this is plaintext')

    def test_tls_and_plaintext_share_a_port(self):
        _, port = self.serve()
        self.assertRegex(self.over_tls(port)[0], r'^hello .*:\d+, this is TLS$')
        self.assertEqual(self.in_plaintext(port)[0], 'hello stranger, this is plaintext')

    @needs('haproxy')
    def test_client_is_known_behind_haproxy_with_version_1(self):
        self.behind_haproxy('send-proxy')

    @needs('haproxy')
    def test_client_is_known_behind_haproxy_with_version_2(self):
        self.behind_haproxy('send-proxy-v2')

    @needs('haproxy')
    def test_additional_fields_are_skipped(self):
        self.behind_haproxy('send-proxy-v2 proxy-v2-options unique-id,crc32c')

    @needs('haproxy')
    def test_balancer_that_is_not_trusted_is_refused(self):
        process, server = self.serve('192.0.2.0/24')
        port = self.haproxy(server, 'send-proxy')
        with self.assertRaises(OSError):
            self.client(port)
        process.expect('is not among the balancers that are trusted')

    @needs('haproxy')
    def test_balancer_without_the_header_is_refused(self):
        process, server = self.serve('127.0.0.0/8', '::1')
        port = self.haproxy(server, '')
        with self.assertRaises(OSError):
            self.client(port)
        process.expect('the header of the PROXY protocol is missing')
