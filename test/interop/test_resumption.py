# SPDX-License-Identifier: Apache-2.0
"""Sessions that one end of ours and one of other make resume."""

import hashlib
import unittest

import nginx
import python_peer
from interop_case import NO_LOCAL_ISSUER, VERSIONS, InteropCase, flags, needs, our_program, own
from test_client_gnutls import PRIORITIES, listening_port

VERSION_FLAGS = {'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3'}

# What $ssl_session_reused shows the client.
NGINX_REUSED = 'location = /reused { return 200 "$ssl_session_reused\\n"; }'


class OurClient(InteropCase):
    """Each connection is made by a process of its own: a file carries the session."""

    def setUp(self):
        super().setUp()
        self.session = self.folder() / 'session'

    def s_server(self, protocol, *arguments):
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev',
                             '-cert', self.pki.server.certificate, '-key', self.pki.server.key,
                             VERSION_FLAGS[protocol], *arguments)
        return process, int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def visit(self, port, answer, resumed, **options):
        """A line goes there, an answer comes back; the session is kept."""
        report = self.connect('lines', port, 'hello\n', session_out=self.session, **options)
        self.assertEqual((report.all('answer'), report['resumed'], report['verified']),
                         ([answer], resumed, 'yes'), report.all('what'))
        return report

    def assert_resumed_again_and_again(self, port, answer, **options):
        self.visit(port, answer, 'no', **options)
        for _ in range(3):
            self.visit(port, answer, 'yes', session_in=self.session, **options)


@needs('openssl')
class OurClientAtOpenssl(OurClient):
    def test_session_is_resumed(self):
        for protocol in VERSIONS:
            _, port = self.s_server(protocol)
            self.assert_resumed_again_and_again(port, 'olleh')

    def test_session_of_the_servers_cache_is_resumed(self):
        for protocol in VERSIONS:
            _, port = self.s_server(protocol, '-no_ticket')
            self.assert_resumed_again_and_again(port, 'olleh')

    def test_session_has_the_client_certificate(self):
        for protocol in VERSIONS:
            _, port = self.s_server(protocol, '-Verify', '2', '-verify_return_error',
                                    '-CAfile', self.pki.ca)
            self.assert_resumed_again_and_again(port, 'olleh', **own(self.pki.client))

    def test_session_of_another_server_means_a_full_handshake(self):
        for protocol in VERSIONS:
            self.visit(self.s_server(protocol)[1], 'olleh', 'no')
            self.visit(self.s_server(protocol)[1], 'olleh', 'no', session_in=self.session)

    def test_session_does_not_pass_another_trust(self):
        for protocol in VERSIONS:
            _, port = self.s_server(protocol)
            self.visit(port, 'olleh', 'no')
            report = self.connect('lines', port, 'hello\n', session_in=self.session,
                                  ca=self.pki.other_ca)
            self.assertEqual(report.all('answer'), [])
            self.assert_error(report, 'certificate_rejected', NO_LOCAL_ISSUER, 'handshake')

    def test_session_that_nobody_verified_is_verified_now(self):
        for protocol in VERSIONS:
            _, port = self.s_server(protocol)
            self.connect('lines', port, 'hello\n', verify='none', server_name='localhost',
                         ca=None, session_out=self.session)
            report = self.connect('lines', port, 'hello\n', session_in=self.session,
                                  ca=self.pki.other_ca)
            self.assert_error(report, 'certificate_rejected', NO_LOCAL_ISSUER, 'handshake')


@needs('gnutls-serv')
class OurClientAtGnutls(OurClient):
    def gnutls_serv(self, protocol, *arguments):
        process = self.start('gnutls-serv', '--port', '0', '--priority', PRIORITIES[protocol],
                             '--x509certfile', self.pki.server.certificate,
                             '--x509keyfile', self.pki.server.key, '--echo', *arguments)
        process.expect(r'listening on IPv4 .*\.\.\.done')
        return listening_port(process)

    def test_session_is_resumed(self):
        for protocol in VERSIONS:
            port = self.gnutls_serv(protocol, '--disable-client-cert')
            self.assert_resumed_again_and_again(port, 'hello')

    def test_session_of_the_servers_cache_is_resumed(self):
        port = self.gnutls_serv('TLSv1.2', '--disable-client-cert', '--noticket')
        self.assert_resumed_again_and_again(port, 'hello')


@needs('nginx')
class OurClientAtNginx(OurClient):
    def visit(self, port, answer, resumed, **options):
        report = self.connect('http', port, path='/reused', session_out=self.session, **options)
        self.assertEqual((report['status'], report['resumed'], report['verified']),
                         ('HTTP/1.1 200 OK', resumed, 'yes'), report.all('what'))
        said = {'yes': b'r\n', 'no': b'.\n'}[resumed]
        self.assertEqual(report['sha256'], hashlib.sha256(said).hexdigest())
        return report

    def test_session_is_resumed(self):
        for protocol in VERSIONS:
            port = nginx.start(self, self.folder(), protocol, NGINX_REUSED)
            self.assert_resumed_again_and_again(port, None)

    def test_session_of_the_servers_cache_is_resumed(self):
        for protocol in VERSIONS:
            port = nginx.start(
                self, self.folder(), protocol,
                f'ssl_session_tickets off; ssl_session_cache builtin:100; {NGINX_REUSED}')
            self.assert_resumed_again_and_again(port, None)


class OurClientAtPython(OurClient):
    @staticmethod
    def answer(connection):
        connection.sendall(connection.recv(100))
        reused = connection.session_reused
        connection.unwrap()
        return reused

    def test_session_is_resumed(self):
        for protocol in VERSIONS:
            context = python_peer.server_context(self.pki.server, protocol)
            for resumed in ('no', 'yes', 'yes'):
                server = python_peer.Server(self, context, self.answer)
                options = {} if resumed == 'no' else {'session_in': self.session}
                self.visit(server.port, 'hello', resumed, **options)
                self.assertEqual(server.result(), resumed == 'yes')

    def test_ticket_of_tls_1_3_is_used_once(self):
        """Only the first connection gets a ticket, which the server would take any number of
        times."""
        context = python_peer.server_context(self.pki.server, 'TLSv1.3')
        context.num_tickets = 1
        seen = []

        def answer(connection):
            context.num_tickets = 0
            seen.append(self.answer(connection))

        server = python_peer.Server(self, context, answer, count=3)
        client = self.start(our_program('fleet_client'), *flags({
            'port': server.port, 'ca': self.pki.ca, 'count': 3, 'session_cache': 10}))
        self.assertEqual(client.wait(), 0)
        server.result()
        self.assertEqual(seen, [False, True, False], client.output)


class OurServer(InteropCase):
    def assert_next_is(self, server, resumed, peer='', end='eof'):
        report = server.report()
        self.assertEqual((report['resumed'], report['peer']), (resumed, peer),
                         report.all('what'))
        self.assert_clean(report, end)


@needs('openssl')
class OurServerForOpenssl(OurServer):
    def s_client(self, server, protocol, *arguments):
        client = self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
                            '-servername', 'localhost', '-CAfile', self.pki.ca,
                            '-verify_return_error', VERSION_FLAGS[protocol], *arguments)
        client.send('hello\n')
        client.expect('hello$')
        client.send('Q\n')
        self.assertEqual(client.wait(), 0)

    def visit_twice(self, protocol, first, second):
        """The session of the first server is offered to the second."""
        session = self.folder() / 'session'
        self.s_client(first, protocol, '-sess_out', session)
        self.assert_next_is(first, 'no')
        offer = ['-sess_in', session] if session.exists() else []
        self.s_client(second, protocol, *offer)

    def test_session_is_resumed(self):
        for protocol in VERSIONS:
            server = self.serve('echo')
            self.visit_twice(protocol, server, server)
            self.assert_next_is(server, 'yes')

    def test_session_is_resumed_by_another_server_with_the_same_ticket_keys(self):
        key = self.folder() / 'ticket.key'
        self.run_to_end('openssl', 'rand', '-out', key, '80')
        for protocol in VERSIONS:
            servers = [self.serve('echo', ticket_key=key) for _ in range(2)]
            self.visit_twice(protocol, *servers)
            self.assert_next_is(servers[1], 'yes')

    def test_session_of_other_ticket_keys_means_a_full_handshake(self):
        for protocol in VERSIONS:
            servers = [self.serve('echo') for _ in range(2)]
            self.visit_twice(protocol, *servers)
            self.assert_next_is(servers[1], 'no')

    def test_session_is_not_resumed_where_there_are_no_tickets(self):
        for protocol in VERSIONS:
            server = self.serve('echo', session_tickets='no')
            self.visit_twice(protocol, server, server)
            self.assert_next_is(server, 'no')


@needs('gnutls-cli')
class OurServerForGnutls(OurServer):
    def test_session_with_a_client_certificate_is_resumed(self):
        for protocol in VERSIONS:
            server = self.serve('echo', verify='required', ca=self.pki.ca)
            client = self.start('gnutls-cli', '--x509cafile', self.pki.ca,
                                '--priority', PRIORITIES[protocol], '--port', server.port,
                                '--x509certfile', self.pki.client.certificate,
                                '--x509keyfile', self.pki.client.key, '--resume', 'localhost')
            self.assert_next_is(server, 'no', 'CN=client')
            client.send('hello\n')
            client.expect('^hello$')
            client.end_input()
            self.assertEqual(client.wait(), 0)
            self.assert_next_is(server, 'yes', 'CN=client')


class OurServerForPython(OurServer):
    def visit(self, server, context, session=None):
        with python_peer.connect(server.port, context, session=session) as connection:
            connection.sendall(b'hello\n')
            self.assertEqual(connection.recv(100), b'hello\n')
            self.assertEqual(connection.session_reused, session is not None)
            next_session = connection.session
            connection.unwrap().close()
        self.assert_next_is(server, 'no' if session is None else 'yes', 'CN=client')
        return next_session

    def test_session_with_a_client_certificate_is_resumed(self):
        for protocol in VERSIONS:
            server = self.serve('echo', verify='required', ca=self.pki.ca)
            context = python_peer.client_context(self.pki.ca, protocol, self.pki.client)
            session = None
            for _ in range(3):
                session = self.visit(server, context, session)


@needs('curl')
class OurServerForCurl(OurServer):
    def test_session_is_resumed(self):
        """Of TLS 1.3: in TLS 1.2, curl wants no tickets, and our server remembers no sessions."""
        server = self.serve('http')
        address = f'https://localhost:{server.port}/hello'
        status, output = self.run_to_end(
            'curl', '-q', '--noproxy', '*', '--ipv4', '--silent', '--show-error',
            '--max-time', '25', '--cacert', self.pki.ca, '--tlsv1.3', '--http1.0',
            address, address)
        self.assertEqual((status, output), (0, 'you asked for /hello\n' * 2))
        # Here the server is the first to end a connection, which is why there are two.
        self.assert_next_is(server, 'no', end='open')
        self.assert_next_is(server, 'yes', end='open')


if __name__ == '__main__':
    unittest.main()
