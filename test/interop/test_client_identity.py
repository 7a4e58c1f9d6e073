# SPDX-License-Identifier: Apache-2.0
"""Our client's application protocols, groups, signatures, pre-shared keys and key logs, seen by
servers of other make."""

import unittest

from interop_case import InteropCase, needs
from test_client_gnutls import listening_port

VERSION_FLAGS = {'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3'}
PSK = '0123456789abcdef' * 4


class ClientCases:
    protocol = ''

    def s_server(self, *arguments, credential=None):
        """Returns its port; with a pre-shared key instead of a certificate where that is ''."""
        certificate = ['-nocert']
        if credential != '':
            chosen = credential or self.pki.server
            certificate = ['-cert', chosen.certificate, '-key', chosen.key]
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev',
                             VERSION_FLAGS[self.protocol], *certificate, *arguments)
        return int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def assert_agreed(self, port, **options):
        report = self.connect('lines', port, 'hello\n', **options)
        self.assertEqual(report.all('answer'), ['olleh'], report.all('what'))
        self.assert_clean(report, 'open')
        return report

    def test_protocol_is_told(self):
        port = self.s_server('-alpn', 'h2,http/1.1')
        self.assertEqual(self.assert_agreed(port, alpn='http/1.1,h2')['alpn'], 'h2')

    def test_protocol_that_the_server_does_not_have_is_an_alert(self):
        report = self.connect('lines', self.s_server('-alpn', 'h2'), 'hello\n', alpn='imap')
        self.assert_error(report, 'alert_received', operation='handshake')
        self.assertIn('no application protocol', report['what'])

    def test_protocol_that_the_server_does_not_choose_is_an_error(self):
        report = self.connect('lines', self.s_server(), 'hello\n', alpn='h2')
        self.assertEqual(report.all('answer'), [])
        self.assert_error(report, 'handshake_failed', operation='handshake')
        self.assertIn('alpn', report['what'])

    def test_protocol_may_be_optional(self):
        report = self.assert_agreed(self.s_server(), alpn='h2', alpn_optional='yes')
        self.assertEqual(report['alpn'], '')

    def test_group_of_the_options_is_used(self):
        # TLS 1.2 wants the certificate's curve to be among them.
        report = self.assert_agreed(self.s_server('-groups', 'P-521:P-256'), groups='P-521,P-256')
        self.assertEqual(report['group'], 'secp521r1')

    def test_group_that_the_server_does_not_have_is_refused(self):
        report = self.connect('lines', self.s_server('-groups', 'X25519'), groups='P-521')
        self.assert_error(report, 'alert_received', operation='handshake')

    def test_signature_algorithm_of_the_options_is_used(self):
        port = self.s_server(credential=self.pki.rsa_server)
        report = self.assert_agreed(
            port, signature_algorithms='rsa_pss_rsae_sha512,ecdsa_secp256r1_sha256')
        self.assertEqual(report['signature_algorithm'], 'rsa_pss_rsae_sha512')

    def test_chain_is_told(self):
        self.assertEqual(self.assert_agreed(self.s_server())['chain'], '2')

    def test_chain_that_is_too_long_is_refused(self):
        chain = self.folder() / 'chain.pem'
        chain.write_text(self.pki.ca.read_text() * 30)
        port = self.s_server('-cert_chain', chain)
        self.assert_agreed(port)
        report = self.connect('lines', port, max_certificate_chain=8000)
        self.assert_error(report, 'handshake_failed', operation='handshake')
        self.assertIn('excessive message size', report['what'])

    def test_key_log_is_the_servers(self):
        folder = self.folder()
        port = self.s_server('-keylogfile', folder / 'server')
        self.assert_agreed(port, keylog_file=folder / 'client')
        logs = [{line for line in (folder / end).read_text().splitlines() if line[0] != '#'}
                for end in ('server', 'client')]
        self.assertTrue(logs[0])
        self.assertEqual(logs[0], logs[1])

    def psk_arguments(self):
        suite = ['-cipher', 'ECDHE-PSK-CHACHA20-POLY1305'] if self.protocol == 'TLSv1.2' else []
        return ['-psk_identity', 'sensor', '-psk', PSK, *suite]

    def test_pre_shared_key_needs_no_certificate(self):
        port = self.s_server(*self.psk_arguments(), credential='')
        report = self.assert_agreed(port, psk=f'sensor={PSK}', ca=None)
        self.assertEqual((report['psk_identity'], report['resumed'], report['peer']),
                         ('sensor', 'no', ''))

    def test_pre_shared_key_that_is_wrong_is_refused(self):
        port = self.s_server(*self.psk_arguments(), credential='')
        report = self.connect('lines', port, 'hello\n', psk=f'sensor={PSK[::-1]}', ca=None)
        self.assertEqual((report.all('answer'), report['end']), ([], 'error'))

    def test_command_is_obeyed(self):
        report = self.assert_agreed(self.s_server('-groups', 'P-384:P-256'),
                                    openssl_command='Groups=P-384:P-256')
        self.assertEqual(report['group'], 'secp384r1')


@needs('openssl')
class Tls12(ClientCases, InteropCase):
    protocol = 'TLSv1.2'


@needs('openssl')
class Tls13(ClientCases, InteropCase):
    protocol = 'TLSv1.3'


@needs('gnutls-serv')
class Gnutls(InteropCase):
    def gnutls_serv(self, *arguments):
        process = self.start('gnutls-serv', '--port', '0', '--echo', '--disable-client-cert',
                             *arguments)
        process.expect(r'listening on IPv4 .*\.\.\.done')
        return listening_port(process)

    def assert_echo(self, port, **options):
        report = self.connect('lines', port, 'hello\n', **options)
        self.assertEqual(report.all('answer'), ['hello'], report.all('what'))
        return report

    def test_protocol_is_told(self):
        port = self.gnutls_serv('--alpn', 'h2', '--x509certfile', self.pki.server.certificate,
                                '--x509keyfile', self.pki.server.key)
        self.assertEqual(self.assert_echo(port, alpn='http/1.1,h2')['alpn'], 'h2')

    def assert_psk(self, version, exchange):
        passwords = self.folder() / 'psk'
        passwords.write_text(f'sensor:{PSK}\n')
        port = self.gnutls_serv('--pskpasswd', passwords, '--priority',
                                f'NORMAL:-VERS-ALL:+VERS-{version}:{exchange}')
        report = self.assert_echo(port, psk=f'sensor={PSK}', ca=None)
        self.assertEqual((report['psk_identity'], report['protocol']),
                         ('sensor', 'TLSv' + version[3:]))

    def test_pre_shared_key_of_tls_1_2(self):
        self.assert_psk('TLS1.2', '-KX-ALL:+ECDHE-PSK')

    def test_pre_shared_key_of_tls_1_3(self):
        self.assert_psk('TLS1.3', '-KX-ALL:+ECDHE-PSK:+DHE-PSK:+PSK')


if __name__ == '__main__':
    unittest.main()
