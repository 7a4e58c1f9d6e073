# SPDX-License-Identifier: Apache-2.0
"""Our server's certificates by name, application protocols, groups, signatures, pre-shared keys and
key logs, seen by clients of other make."""

import socket
import ssl
import unittest

from interop_case import InteropCase, needs, own
from process import LIMIT

VERSION_FLAGS = {'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3'}
PSK = '0123456789abcdef' * 4


def another(credential):
    return f'{credential.certificate}={credential.key}'


class ServerCase(InteropCase):
    def s_client(self, server, *arguments, name='localhost'):
        whom = ['-servername', name] if name else ['-noservername']
        return self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
                          '-CAfile', self.pki.ca, *whom, *arguments)

    def leave(self, client, server):
        client.send('Q\n')
        self.assertEqual(client.wait(), 0)
        report = server.report()
        self.assert_clean(report)
        return report


class ServerCases:
    protocol = ''

    def s_client(self, server, *arguments, **how):
        return super().s_client(server, VERSION_FLAGS[self.protocol], *arguments, **how)

    def server_of_names(self):
        issue = self.pki.authority.issue
        other = issue('other', names='DNS:other.example,DNS:*.wild.example')
        return self.serve('http', another_credential=[another(other), another(self.pki.rsa_server)])

    def assert_subject(self, server, subject, *arguments, name):
        client = self.s_client(server, *arguments, name=name)
        client.expect(f'subject=CN ?= ?{subject}$')
        return self.leave(client, server)

    def test_certificate_is_chosen_by_name(self):
        server = self.server_of_names()
        self.assert_subject(server, 'other', name='other.example')
        self.assert_subject(server, 'other', name='www.wild.example')
        self.assert_subject(server, 'server', name='elsewhere.example')
        self.assert_subject(server, 'server', name=None)
        report = self.assert_subject(server, 'server', name='localhost')
        self.assertEqual(report['server_name'], 'localhost')

    def test_certificate_is_chosen_by_key_type(self):
        server = self.server_of_names()
        self.assert_subject(server, 'rsa_server', '-sigalgs', 'rsa_pss_rsae_sha256', name='localhost')
        self.assert_subject(server, 'server', '-sigalgs', 'ecdsa_secp256r1_sha256',
                            name='localhost')

    def test_protocol_is_chosen_by_the_servers_order(self):
        server = self.serve('http', alpn='h2,http/1.1')
        client = self.s_client(server, '-alpn', 'x,http/1.1,h2')
        client.expect('ALPN protocol: h2')
        self.assertEqual(self.leave(client, server)['alpn'], 'h2')

    def test_protocol_without_overlap_is_refused(self):
        server = self.serve('http', alpn='h2')
        client = self.s_client(server, '-alpn', 'imap')
        client.expect('alert no application protocol')
        client.wait()
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')

    def test_protocol_without_overlap_may_be_optional(self):
        server = self.serve('http', alpn='h2', alpn_optional='yes')
        client = self.s_client(server, '-alpn', 'imap')
        client.expect('No ALPN negotiated')
        self.assertEqual(self.leave(client, server)['alpn'], '')

    def test_group_of_the_options_is_used(self):
        server = self.serve('http', groups='P-384')
        # TLS 1.2 wants the certificate's curve to be among the client's groups.
        report = self.leave(self.s_client(server, '-groups', 'X25519:P-384:P-256'), server)
        self.assertEqual(report['group'], 'secp384r1')
        client = self.s_client(server, '-groups', 'X25519:P-256')
        client.expect('alert')
        client.wait()
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')

    def test_signature_algorithm_of_the_options_is_used(self):
        server = self.serve('http', signature_algorithms='rsa_pss_rsae_sha512',
                            **own(self.pki.rsa_server))
        report = self.leave(self.s_client(server), server)
        self.assertEqual(report['signature_algorithm'], 'rsa_pss_rsae_sha512')

    def test_key_log_is_the_clients(self):
        folder = self.folder()
        server = self.serve('http', keylog_file=folder / 'server')
        self.leave(self.s_client(server, '-keylogfile', folder / 'client'), server)
        logs = [{line for line in (folder / end).read_text().splitlines() if line[0] != '#'}
                for end in ('server', 'client')]
        self.assertTrue(logs[0])
        self.assertEqual(logs[0], logs[1])
        self.assertEqual((folder / 'server').stat().st_mode & 0o777, 0o600)

    def psk_arguments(self):
        suite = ['-cipher', 'ECDHE-PSK-CHACHA20-POLY1305'] if self.protocol == 'TLSv1.2' else []
        return ['-psk_identity', 'sensor', *suite]

    def test_pre_shared_key_needs_no_certificate(self):
        server = self.serve('http', certificate=None, key=None, psk=f'sensor={PSK}')
        client = self.s_client(server, *self.psk_arguments(), '-psk', PSK)
        report = self.leave(client, server)
        self.assertEqual((report['psk_identity'], report['resumed'], report['protocol']),
                         ('sensor', 'no', self.protocol))

    def test_pre_shared_key_that_is_wrong_is_refused(self):
        server = self.serve('http', psk=f'sensor={PSK}')
        client = self.s_client(server, *self.psk_arguments(), '-psk', PSK[::-1])
        client.expect('alert')
        client.wait()
        self.assertEqual(server.report()['end'], 'error')

    def test_certificate_client_max_chain(self):
        chain = self.folder() / 'chain.pem'
        chain.write_text(self.pki.ca.read_text() * 30)
        server = self.serve('http', verify='required', ca=self.pki.ca, max_certificate_chain=8000)
        credential = ['-cert', self.pki.client.certificate, '-key', self.pki.client.key]
        self.leave(self.s_client(server, *credential), server)
        client = self.s_client(server, *credential, '-cert_chain', chain)
        client.wait()
        report = server.report()
        self.assert_error(report, 'handshake_failed', operation='handshake')
        self.assertIn('excessive message size', report['what'])


@needs('openssl')
class Tls12(ServerCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('openssl')
class Tls13(ServerCases, ServerCase):
    protocol = 'TLSv1.3'


@needs('openssl')
class Commands(ServerCase):
    def test_command_is_obeyed(self):
        server = self.serve('http', openssl_command='MaxProtocol=TLSv1.2')
        report = self.leave(self.s_client(server), server)
        self.assertEqual(report['protocol'], 'TLSv1.2')


class Python(InteropCase):
    def connect(self, server, protocols, name='localhost'):
        context = ssl.create_default_context(cafile=self.pki.ca)
        context.set_alpn_protocols(protocols)
        with socket.create_connection(('127.0.0.1', server.port), LIMIT) as plain:
            with context.wrap_socket(plain, server_hostname=name) as peer:
                peer.sendall(b'GET / HTTP/1.0\r\n\r\n')
                while peer.recv(65536):
                    pass
                return peer.selected_alpn_protocol()

    def test_protocol_and_certificate_are_chosen(self):
        other = self.pki.authority.issue('python_other', names='DNS:other.example')
        server = self.serve('http', alpn='h2,http/1.1', another_credential=another(other))
        self.assertEqual(self.connect(server, ['http/1.1']), 'http/1.1')
        self.assertEqual(self.connect(server, ['http/1.1', 'h2'], 'other.example'), 'h2')

    def test_protocol_without_overlap_is_refused(self):
        server = self.serve('http', alpn='h2')
        with self.assertRaisesRegex(ssl.SSLError, '(?i)no.application.protocol'):
            self.connect(server, ['imap'])
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')


@needs('curl')
class Curl(InteropCase):
    def test_protocol_and_certificate_are_chosen(self):
        other = self.pki.authority.issue('curl_other', names='DNS:other.example')
        server = self.serve('http', alpn='http/1.1', another_credential=another(other))
        for name in ('localhost', 'other.example'):
            status, output = self.run_to_end(
                'curl', '--silent', '--show-error', '--http1.1', '--cacert', self.pki.ca,
                '--resolve', f'{name}:{server.port}:127.0.0.1',
                f'https://{name}:{server.port}/hello')
            self.assertEqual((status, output), (0, 'you asked for /hello\n'))
            self.assertEqual(server.report()['alpn'], 'http/1.1')


@needs('gnutls-cli')
class Gnutls(InteropCase):
    def gnutls_cli(self, server, *arguments):
        return self.start('gnutls-cli', '--x509cafile', self.pki.ca, '--port', server.port,
                          *arguments, 'localhost')

    def echo(self, server, client):
        client.expect('Handshake was completed')
        client.send('hello\n')
        client.expect('^hello$')
        client.end_input()
        self.assertEqual(client.wait(), 0)
        return server.report()

    def test_protocol_is_chosen(self):
        server = self.serve('echo', alpn='h2,http/1.1')
        client = self.gnutls_cli(server, '--alpn', 'http/1.1')
        self.assertEqual(self.echo(server, client)['alpn'], 'http/1.1')

    def psk_client(self, version, exchanges):
        server = self.serve('echo', certificate=None, key=None, psk=f'sensor={PSK}')
        priority = f'NORMAL:-VERS-ALL:+VERS-{version}:-KX-ALL:{exchanges}'
        return server, self.gnutls_cli(server, '--pskusername', 'sensor', '--pskkey', PSK,
                                       '--priority', priority)

    def assert_psk(self, report, protocol):
        self.assertEqual((report['psk_identity'], report['protocol']), ('sensor', protocol))

    def test_pre_shared_key_of_tls_1_2(self):
        """gnutls-cli 3.7 crashes when it prints such a handshake, which was in order."""
        server, client = self.psk_client('TLS1.2', '+ECDHE-PSK')
        client.end_input()
        client.wait()
        self.assert_psk(server.report(), 'TLSv1.2')

    def test_pre_shared_key_of_tls_1_3(self):
        server, client = self.psk_client('TLS1.3', '+ECDHE-PSK:+DHE-PSK:+PSK')
        self.assert_psk(self.echo(server, client), 'TLSv1.3')


if __name__ == '__main__':
    unittest.main()
