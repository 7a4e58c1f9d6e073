# SPDX-License-Identifier: Apache-2.0
"""Our server, `openssl s_client` as its client."""

import socket
import unittest

from interop_case import InteropCase, needs, own
from process import LIMIT

VERSION_FLAGS = {'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3'}


class SClientCase(InteropCase):
    def s_client(self, server, *arguments, name='localhost'):
        whom = ['-servername', name] if name else ['-noservername']
        return self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
                          '-CAfile', self.pki.ca, '-verify_return_error', *whom, *arguments)

    def leave(self, client):
        """s_client sends close_notify and ends."""
        client.send('Q\n')
        self.assertEqual(client.wait(), 0)

    def assert_echo(self, client, text):
        """The answer may come within a line of what s_client itself has to say, since that is
        buffered."""
        client.send(text + '\n')
        client.expect(f'{text}$')

    def assert_refused(self, client, alert):
        client.expect(alert)
        self.assertNotEqual(client.wait(), 0)

    def assert_served(self, server, *arguments):
        """A client comes, is answered, and leaves as it should."""
        client = self.s_client(server, *arguments)
        self.assert_echo(client, 'hello')
        self.leave(client)
        report = server.report()
        self.assert_clean(report)
        return report


class SClientCases:
    protocol = ''

    def version(self):
        return VERSION_FLAGS[self.protocol]

    def test_empty_answer_is_a_clean_end(self):
        server = self.serve('nothing')
        client = self.s_client(server, self.version())
        client.expect('^closed')
        self.assertEqual(client.wait(), 0)
        self.assertEqual(server.report()['end'], 'open')

    def test_lines_are_echoed(self):
        server = self.serve('echo')
        client = self.s_client(server, self.version())
        client.expect('Verify return code: 0')
        self.assert_echo(client, 'hello')
        self.assert_echo(client, 'a second line')
        self.leave(client)
        report = server.report()
        self.assertEqual(report['protocol'], self.protocol)
        self.assert_clean(report)

    def test_exported_keying_material_is_the_clients(self):
        server = self.serve('echo')
        client = self.s_client(server, self.version(), '-keymatexport', 'EXPORTER-Interop',
                               '-keymatexportlen', '48')
        material = client.expect('Keying material: ([0-9A-F]+)').group(1).decode().lower()
        self.leave(client)
        self.assertEqual(server.report()['exported'], material)

    def test_client_certificate_is_verified(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        report = self.assert_served(server, self.version(), '-cert', self.pki.client.certificate,
                                    '-key', self.pki.client.key)
        self.assertEqual((report['peer'], report['verified']), ('CN=client', 'yes'))

    def test_client_is_told_whom_the_server_trusts(self):
        server = self.serve('echo', verify='optional', ca=self.pki.ca)
        client = self.s_client(server, self.version())
        client.expect('Acceptable client certificate CA names')
        client.expect('CN ?= ?Interop CA')
        self.leave(client)
        server.report()

    def test_server_name_is_seen(self):
        server = self.serve('echo')
        client = self.s_client(server, self.version(), name='other.example')
        self.leave(client)
        self.assertEqual(server.report()['server_name'], 'other.example')

    def test_server_name_that_is_wanted_is_served(self):
        server = self.serve('echo', server_name='localhost')
        self.assertEqual(self.assert_served(server, self.version())['server_name'], 'localhost')

    def test_other_server_name_is_refused(self):
        server = self.serve('echo', server_name='localhost')
        client = self.s_client(server, self.version(), name='other.example')
        self.assert_refused(client, 'unrecognized name')
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')

    def test_absent_server_name_is_refused(self):
        server = self.serve('echo', server_name='localhost')
        client = self.s_client(server, self.version(), name=None)
        self.assert_refused(client, 'unrecognized name')
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')

    def test_resumed_session_has_the_client_certificate(self):
        session = self.folder() / 'session'
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        credential = ['-cert', self.pki.client.certificate, '-key', self.pki.client.key]
        self.assert_served(server, self.version(), *credential, '-sess_out', session)
        report = self.assert_served(server, self.version(), *credential, '-sess_in', session)
        self.assertEqual((report['resumed'], report['peer'], report['verified']),
                         ('yes', 'CN=client', 'yes'))

    def test_session_of_another_server_does_not_replace_a_certificate(self):
        session = self.folder() / 'session'
        self.assert_served(self.serve('echo'), self.version(), '-sess_out', session)
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        client = self.s_client(server, self.version(), '-sess_in', session)
        client.expect('alert')
        client.wait()
        self.assert_error(server.report(), 'certificate_rejected', operation='handshake')

    def test_other_version_is_refused(self):
        other = {'TLSv1.2': 'tlsv1.3', 'TLSv1.3': 'tlsv1.2'}[self.protocol]
        server = self.serve('echo', method=other)
        self.assert_refused(self.s_client(server, self.version()), 'alert protocol version')
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')

    def test_client_that_leaves_at_once_is_no_error(self):
        server = self.serve('echo')
        client = self.s_client(server, self.version())
        client.expect('Verify return code: 0')
        self.leave(client)
        self.assert_clean(server.report())


@needs('openssl')
class Tls12(SClientCases, SClientCase):
    protocol = 'TLSv1.2'

    def assert_cipher_is_refused(self, cipher):
        server = self.serve('echo', **own(self.pki.rsa_server))
        client = self.s_client(server, self.version(), '-cipher', cipher)
        self.assert_refused(client, 'alert handshake failure')
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')

    def assert_cipher_is_taken(self, cipher, credential):
        server = self.serve('echo', **own(credential))
        report = self.assert_served(server, self.version(), '-cipher', cipher)
        self.assertEqual(report['cipher'], cipher)

    def test_cipher_without_forward_secrecy_is_refused(self):
        self.assert_cipher_is_refused('AES128-GCM-SHA256')

    def test_cipher_without_authenticated_encryption_is_refused(self):
        self.assert_cipher_is_refused('ECDHE-RSA-AES128-SHA256')

    def test_cipher_with_neither_is_refused(self):
        self.assert_cipher_is_refused('AES128-SHA')

    def test_aes_gcm_with_rsa_is_taken(self):
        self.assert_cipher_is_taken('ECDHE-RSA-AES256-GCM-SHA384', self.pki.rsa_server)

    def test_chacha20_with_ecdsa_is_taken(self):
        self.assert_cipher_is_taken('ECDHE-ECDSA-CHACHA20-POLY1305', self.pki.server)

    def test_server_chooses_the_cipher(self):
        ours = 'ECDHE-ECDSA-AES128-GCM-SHA256'
        theirs = 'ECDHE-ECDSA-AES256-GCM-SHA384'
        server = self.serve('echo', ciphers=f'{ours}:{theirs}')
        report = self.assert_served(server, self.version(), '-cipher', f'{theirs}:{ours}')
        self.assertEqual(report['cipher'], ours)

    def test_renegotiation_is_refused(self):
        """s_client gives up when it is refused; the server must not mind."""
        server = self.serve('echo')
        client = self.s_client(server, self.version())
        self.assert_echo(client, 'before')
        client.send('R\n')
        client.expect('no renegotiation')
        client.wait()
        report = server.report()
        self.assert_error(report, 'alert_received', operation='read')
        self.assertIn('alert handshake failure', report['what'])
        self.assert_served(server, self.version())


@needs('openssl')
class Tls13(SClientCases, SClientCase):
    protocol = 'TLSv1.3'

    def test_data_go_on_after_a_key_update(self):
        server = self.serve('echo')
        client = self.s_client(server, self.version())
        self.assert_echo(client, 'before')
        client.send('k\n')
        client.expect('KEYUPDATE')
        self.assert_echo(client, 'between')
        client.send('K\n')
        client.expect('KEYUPDATE')
        self.assert_echo(client, 'after')
        self.assert_echo(client, 'and once more')
        self.leave(client)
        self.assert_clean(server.report())

    def test_ciphersuite_of_the_options_is_used(self):
        suite = 'TLS_CHACHA20_POLY1305_SHA256'
        server = self.serve('echo', ciphersuites=suite)
        self.assertEqual(self.assert_served(server, self.version())['cipher'], suite)

    def test_ciphersuite_that_is_off_is_refused(self):
        server = self.serve('echo')
        client = self.s_client(server, self.version(), '-ciphersuites', 'TLS_AES_128_CCM_SHA256')
        self.assert_refused(client, 'alert handshake failure')
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')


@needs('openssl')
class NotModernTls(SClientCase):
    def assert_version_is_refused(self, flag):
        server = self.serve('echo')
        # Without the level, OpenSSL's client would not even ask.
        client = self.s_client(server, flag, '-cipher', 'DEFAULT:@SECLEVEL=0')
        self.assert_refused(client, 'alert protocol version')
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')
        self.assert_served(server)

    def test_tls_1_1_is_refused(self):
        self.assert_version_is_refused('-tls1_1')

    def test_tls_1_0_is_refused(self):
        self.assert_version_is_refused('-tls1')

    @staticmethod
    def wait_for_end(peer):
        while peer.recv(65536):
            pass

    def assert_plain_text_is_named(self, text, name):
        server = self.serve('echo')
        with socket.create_connection(('127.0.0.1', server.port), LIMIT) as peer:
            peer.sendall(text)
            self.wait_for_end(peer)
        report = server.report()
        self.assert_error(report, 'protocol_error', operation='handshake')
        self.assertIn(name, report['what'])
        self.assert_served(server)

    def test_http_request_is_named(self):
        self.assert_plain_text_is_named(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
                                        'http request')

    def test_other_plain_text_is_named(self):
        self.assert_plain_text_is_named(b'220 mail.example ESMTP ready\r\n', 'wrong version number')

    def test_client_that_goes_without_a_word_is_reported(self):
        server = self.serve('echo')
        socket.create_connection(('127.0.0.1', server.port), LIMIT).close()
        self.assert_error(server.report(), 'handshake_failed', operation='handshake')
        self.assert_served(server)

    def test_silent_client_is_left_after_the_handshake_timeout(self):
        server = self.serve('echo', handshake_timeout=200)
        with socket.create_connection(('127.0.0.1', server.port), LIMIT) as peer:
            self.wait_for_end(peer)
        self.assert_error(server.report(), 'timed_out', operation='handshake')
        self.assert_served(server)


if __name__ == '__main__':
    unittest.main()
