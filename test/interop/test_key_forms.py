# SPDX-License-Identifier: Apache-2.0
"""Certificates and keys that openssl has written in other forms than PEM, and behind URIs."""

import unittest

from interop_case import InteropCase, needs
from pki import openssl

PASSWORD = 'secret'


@needs('openssl')
class Forms(InteropCase):
    def assert_served(self, **options):
        """Our server has the credential; s_client verifies its chain up to the root."""
        server = self.serve('echo', **options)
        client = self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
                            '-CAfile', self.pki.ca, '-verify_return_error', '-verify_hostname',
                            'localhost')
        client.send('hello\n')
        client.expect('Verify return code: 0 ')
        client.expect('hello$')  # a ticket may stand before it in the line
        client.end_input()

    def in_der(self, credential):
        folder = self.folder()
        openssl('x509', '-in', credential.certificate, '-outform', 'DER', '-out', folder / 'c.der')
        openssl('pkey', '-in', credential.key, '-outform', 'DER', '-out', folder / 'k.der')
        return {'certificate': folder / 'c.der', 'key': folder / 'k.der'}

    def pkcs12(self, credential, *how):
        """The path of a file that has the credential, its chain and the root."""
        path = self.folder() / 'a.p12'
        openssl('pkcs12', '-export', '-inkey', credential.key, '-in', credential.certificate,
                '-certfile', self.pki.ca, '-passout', 'pass:' + PASSWORD, '-out', path, *how)
        return path

    def test_der_of_ecdsa(self):
        self.assert_served(**self.in_der(self.pki.server))

    def test_der_of_rsa(self):
        self.assert_served(**self.in_der(self.pki.rsa_server))

    def test_der_that_is_encrypted(self):
        key = self.folder() / 'k.der'
        openssl('pkcs8', '-topk8', '-in', self.pki.server.key, '-outform', 'DER', '-v2', 'aes256',
                '-passout', 'pass:' + PASSWORD, '-out', key)
        self.assert_served(key=key, password=PASSWORD)

    def test_pkcs12_with_a_chain(self):
        for credential in (self.pki.chained_server, self.pki.rsa_server):
            self.assert_served(certificate=self.pkcs12(credential), key=None, password=PASSWORD)

    def test_pkcs12_for_a_client(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        report = self.connect('lines', server.port, 'hello\n', password=PASSWORD,
                              certificate=self.pkcs12(self.pki.client))
        self.assertEqual(report.all('answer'), ['hello'], report.all('what'))

    def test_pkcs12_of_3des(self):
        how = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']
        self.assert_served(certificate=self.pkcs12(self.pki.server, *how), key=None,
                           password=PASSWORD)

    def test_pkcs12_of_old_programs_is_refused_with_the_reason(self):
        try:
            path = self.pkcs12(self.pki.server, '-legacy')
        except RuntimeError as why:
            self.skipTest(f'openssl has no legacy provider: {why}')
        client = self.start_our_client('lines', 1, certificate=path, password=PASSWORD)
        client.end_input()
        self.assertNotEqual(client.wait(), 0)
        for words in ('certificate', str(path), 'RC2', 'legacy provider'):
            self.assertIn(words, client.output)

    def test_uri_of_a_file(self):
        path = self.pkcs12(self.pki.chained_server)
        self.assert_served(certificate=f'file:{path}', key=None, password=PASSWORD)
        self.assert_served(key=f'file:{self.pki.server.key}')


if __name__ == '__main__':
    unittest.main()
