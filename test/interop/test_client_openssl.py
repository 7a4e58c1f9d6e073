# SPDX-License-Identifier: Apache-2.0
"""Our client, `openssl s_server` as its server."""

import re
import unittest

from interop_case import NO_LOCAL_ISSUER, InteropCase, large_file, needs, own

VERSION_FLAGS = {'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3'}


class SServerCase(InteropCase):
    def s_server(self, *arguments, credential=None, cwd=None):
        """Returns the process and its port."""
        certificate, key = credential or self.pki.server
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0',
                             '-cert', certificate, '-key', key, *arguments, cwd=cwd)
        return process, int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))


class SServerCases:
    protocol = ''

    def s_server(self, *arguments, **how):
        return super().s_server(VERSION_FLAGS[self.protocol], *arguments, **how)

    def test_lines_come_back_reversed(self):
        _, port = self.s_server('-rev')
        report = self.connect('lines', port, 'hello\na second line\n')
        self.assertEqual(report.all('answer'), ['olleh', 'enil dnoces a'])
        self.assertEqual((report['protocol'], report['verified']), (self.protocol, 'yes'))
        self.assert_clean(report, 'open')

    def test_empty_upload_is_a_clean_end(self):
        process, port = self.s_server()
        report = self.connect('nothing', port)
        self.assert_clean(report, 'open')
        process.expect('^DONE')
        self.assertNotIn('ERROR', process.output)

    def test_exported_keying_material_is_the_servers(self):
        process, port = self.s_server('-keymatexport', 'EXPORTER-Interop',
                                      '-keymatexportlen', '48')
        report = self.connect('lines', port)
        material = process.expect('Keying material: ([0-9A-F]+)').group(1).decode().lower()
        self.assertEqual(report['exported'], material)

    def test_status_page_is_received(self):
        _, port = self.s_server('-www')
        report = self.connect('http', port, path='/')
        self.assertEqual(report['status'], 'HTTP/1.0 200 ok')
        self.assertGreater(int(report['received']), 100)

    def test_large_file_is_whole(self):
        path, hash_sent = large_file()
        answer = path.parent / 'answer'
        answer.write_bytes(b'HTTP/1.0 200 ok\r\nContent-Length: %d\r\n\r\n' % path.stat().st_size +
                           path.read_bytes())
        _, port = self.s_server('-HTTP', cwd=path.parent)
        report = self.connect('http', port, path='/answer')
        self.assertEqual((report['received'], report['sha256']),
                         (str(path.stat().st_size), hash_sent))

    def test_server_name_is_sent(self):
        process, port = self.s_server('-servername', 'localhost', '-cert2',
                                      self.pki.server.certificate, '-key2', self.pki.server.key)
        self.connect('lines', port)
        process.expect('Hostname in TLS extension: "localhost"')

    def test_other_name_is_sent_than_is_verified(self):
        process, port = self.s_server('-servername', 'front.example', '-servername_fatal', '-cert2',
                                      self.pki.server.certificate, '-key2', self.pki.server.key)
        report = self.connect('lines', port, server_name='localhost', sni_name='front.example')
        process.expect('Hostname in TLS extension: "front.example"')
        self.assertEqual((report['verified'], report['server_name']), ('yes', 'front.example'))

    def test_no_name_is_sent(self):
        process, port = self.s_server('-servername', 'localhost', '-cert2',
                                      self.pki.server.certificate, '-key2', self.pki.server.key)
        report = self.connect('lines', port, server_name='localhost', sni_name='')
        self.assertEqual((report['verified'], report['server_name']), ('yes', ''))
        self.assertNotIn('Hostname in TLS extension', process.output)

    def test_client_certificate_is_sent(self):
        process, port = self.s_server('-rev', '-Verify', '2', '-verify_return_error',
                                      '-CAfile', self.pki.ca)
        report = self.connect('lines', port, 'hello\n', **own(self.pki.client))
        self.assertEqual(report.all('answer'), ['olleh'])
        process.expect('Peer certificate: CN ?= ?client')
        self.assert_clean(report, 'open')

    def test_encrypted_key_is_used(self):
        key = self.folder() / 'encrypted.key'
        self.run_to_end('openssl', 'pkey', '-in', self.pki.client.key, '-aes256',
                        '-passout', 'pass:secret', '-out', key)
        process, port = self.s_server('-rev', '-Verify', '2', '-verify_return_error',
                                      '-CAfile', self.pki.ca)
        report = self.connect('lines', port, 'hello\n', password='secret', key=key,
                              certificate=self.pki.client.certificate)
        self.assertEqual(report.all('answer'), ['olleh'])
        process.expect('Peer certificate: CN ?= ?client')

    def test_client_certificate_that_the_server_refuses(self):
        _, port = self.s_server('-rev', '-Verify', '2', '-verify_return_error',
                                '-CAfile', self.pki.ca)
        report = self.connect('lines', port, 'hello\n', **own(self.pki.stranger))
        self.assertEqual(report.all('answer'), [])
        self.assert_error(report, 'alert_received')
        self.assertIn('alert unknown ca', report['what'])

    def test_client_certificate_that_is_missing(self):
        _, port = self.s_server('-rev', '-Verify', '2', '-verify_return_error',
                                '-CAfile', self.pki.ca)
        report = self.connect('lines', port, 'hello\n')
        self.assert_error(report, 'alert_received')
        wanted = {'TLSv1.2': 'alert handshake failure', 'TLSv1.3': 'alert certificate required'}
        self.assertIn(wanted[self.protocol], report['what'])

    def test_other_version_is_refused(self):
        other = {'TLSv1.2': 'tlsv1.3', 'TLSv1.3': 'tlsv1.2'}[self.protocol]
        _, port = self.s_server('-rev')
        report = self.connect('lines', port, 'hello\n', method=other)
        self.assert_error(report, 'alert_received', operation='handshake')
        self.assertIn('alert protocol version', report['what'])

    def test_refusal_is_told_to_the_server(self):
        process, port = self.s_server('-rev')
        report = self.connect('lines', port, 'hello\n', ca=self.pki.other_ca)
        self.assert_error(report, 'certificate_rejected', NO_LOCAL_ISSUER, 'handshake')
        process.expect('alert unknown ca')


@needs('openssl')
class Tls12(SServerCases, SServerCase):
    protocol = 'TLSv1.2'

    def refuses_cipher(self, cipher):
        _, port = self.s_server('-rev', '-cipher', cipher, credential=self.pki.rsa_server)
        report = self.connect('lines', port, 'hello\n')
        self.assert_error(report, 'alert_received', operation='handshake')
        self.assertIn('alert handshake failure', report['what'])

    def test_cipher_without_forward_secrecy_is_not_offered(self):
        self.refuses_cipher('AES128-GCM-SHA256')

    def test_cipher_without_authenticated_encryption_is_not_offered(self):
        self.refuses_cipher('ECDHE-RSA-AES128-SHA256')

    def test_only_good_ciphers_are_offered(self):
        process, port = self.s_server('-rev')
        self.connect('lines', port, 'hello\n')
        offered = process.expect('Client cipher list: (.*)').group(1).decode().split(':')
        offered = [name for name in offered if not name.startswith('TLS_')]
        self.assertNotEqual(offered, [])
        for name in offered:
            self.assertRegex(name, r'^(EC)?DHE-.*(GCM|CHACHA20)')

    def test_cipher_of_the_options_is_used(self):
        _, port = self.s_server('-rev')
        cipher = 'ECDHE-ECDSA-CHACHA20-POLY1305'
        report = self.connect('lines', port, 'hello\n', ciphers=cipher)
        self.assertEqual(report['cipher'], cipher)


@needs('openssl')
class Tls13(SServerCases, SServerCase):
    protocol = 'TLSv1.3'

    def test_ciphersuite_of_the_options_is_used(self):
        _, port = self.s_server('-rev')
        suite = 'TLS_CHACHA20_POLY1305_SHA256'
        report = self.connect('lines', port, 'hello\n', ciphersuites=suite)
        self.assertEqual(report['cipher'], suite)

    def test_data_go_on_after_a_key_update(self):
        process, port = self.s_server()
        client = self.start_our_client('lines', port)
        process.expect('Shared ciphers|Shared Elliptic')
        for command in ('k', 'K'):
            process.send(command + '\n')
            client.send(f'after {command}\n')
            process.expect(f'^after {command}$')
            process.send(f'answer to {command}\n')
            client.expect(f'^answer answer to {command}$')
        process.send('Q\n')
        client.end_input()
        self.assertEqual(client.wait(), 0)


@needs('openssl')
class NotModernTls(SServerCase):
    def test_tls_1_1_is_refused(self):
        _, port = self.s_server('-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0', '-rev')
        report = self.connect('lines', port, 'hello\n')
        self.assertEqual(report['end'], 'error')
        self.assertIn(report['error'], ('alert_received', 'handshake_failed'))
        self.assertTrue(re.search('protocol version|unsupported protocol', report['what']))


if __name__ == '__main__':
    unittest.main()
