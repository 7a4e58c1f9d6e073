# SPDX-License-Identifier: Apache-2.0
"""Raw public keys (RFC 7250), `openssl s_server` and `openssl s_client` as the peers. These two do not know which
keys to expect before version 4, and continue."""

import base64
import hashlib
import subprocess
import unittest

from interop_case import InteropCase, find_program, own, version_of


def openssl_has_raw_public_keys():
    return bool(find_program('openssl')) and version_of('openssl') >= (3, 2)


@unittest.skipUnless(openssl_has_raw_public_keys(), 'openssl(1) has raw public keys since version 3.2')
class RawPublicKeys(InteropCase):
    def public_key(self, key, form='PEM'):
        return subprocess.run(['openssl', 'pkey', '-in', key, '-pubout', '-outform', form],
                              capture_output=True, check=True).stdout

    def pin(self, key):
        hashed = hashlib.sha256(self.public_key(key, 'DER')).digest()
        return 'sha256//' + base64.b64encode(hashed).decode()

    def s_server(self, *arguments):
        certificate, key = self.pki.server
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev',
                             '-cert', certificate, '-key', key, *arguments)
        return process, int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def test_client_accepts_the_key_of_a_server(self):
        _, port = self.s_server('-enable_server_rpk')
        pin = self.pin(self.pki.server.key)
        report = self.connect('lines', port, 'hello\n', accept_raw_public_keys='yes', pin=pin)
        self.assertEqual((report['raw_public_key_pin'], report['chain']), (pin, '0'))
        self.assertEqual((report.all('answer'), report['verified']), (['olleh'], 'yes'))

    def test_client_refuses_another_key(self):
        _, port = self.s_server('-enable_server_rpk')
        report = self.connect('lines', port, 'hello\n', accept_raw_public_keys='yes',
                              pin=self.pin(self.pki.client.key))
        self.assertEqual(report['error'], 'certificate_rejected')
        self.assertIn('is none of pinned_public_keys', report['what'])

    def test_client_shows_its_key(self):
        process, port = self.s_server('-enable_client_rpk', '-Verify', '1')
        report = self.connect('lines', port, 'hello\n', present_raw_public_key='yes', **own(self.pki.client))
        self.assertEqual(report.all('answer'), ['olleh'])
        self.assertIn('Peer used raw public key', process.output)

    def s_client(self, server, *arguments):
        return self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}', '-servername',
                          'localhost', '-CAfile', self.pki.ca, *arguments)

    def test_server_shows_its_key(self):
        server = self.serve('echo', present_raw_public_key='yes')
        client = self.s_client(server, '-enable_server_rpk')
        client.send('hello\n')
        client.expect('hello$')
        client.send('Q\n')
        self.assertEqual(client.wait(), 0)
        self.assertIn('Server-to-client raw public key negotiated', client.output)
        self.assert_clean(server.report())

    def test_server_accepts_the_key_of_a_client(self):
        pin = self.pin(self.pki.client.key)
        server = self.serve('echo', verify='required', accept_raw_public_keys='yes', pin=pin)
        client = self.s_client(server, '-enable_client_rpk', '-cert', self.pki.client.certificate, '-key',
                               self.pki.client.key)
        client.send('hello\n')
        client.expect('hello$')
        client.send('Q\n')
        self.assertEqual(client.wait(), 0)
        report = server.report()
        self.assertEqual((report['raw_public_key_pin'], report['verified']), (pin, 'yes'))


if __name__ == '__main__':
    unittest.main()
