# SPDX-License-Identifier: Apache-2.0
"""Compressed certificates, `openssl s_server` and `openssl s_client` as the peers."""

import unittest

from interop_case import InteropCase, find_program, version_of


def openssl_compresses():
    """Since version 3.2, with what Debian builds it with: zlib and zstd."""
    return bool(find_program('openssl')) and version_of('openssl') >= (3, 2)


@unittest.skipUnless(openssl_compresses(), 'openssl(1) compresses certificates since version 3.2')
class CertificateCompression(InteropCase):
    def s_server(self):
        certificate, key = self.pki.server
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-cert_comp', '-trace',
                             '-cert', certificate, '-key', key, '-rev')
        return process, int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def answer_to(self, **options):
        """The end of a client's connection, and what the server has traced."""
        process, port = self.s_server()
        report = self.connect('lines', port, 'hello\n', **options)
        self.assertEqual((report.all('answer'), report['verified']), (['olleh'], 'yes'))
        self.assert_clean(report, 'open')
        return process.output

    def test_client_gets_a_compressed_certificate(self):
        self.assertIn('CompressedCertificate', self.answer_to(certificate_compression='zlib'))

    def test_client_asks_for_none_by_default(self):
        traced = self.answer_to()
        self.assertNotIn('CompressedCertificate', traced)
        self.assertNotIn('extension_type=compress_certificate', traced)

    def trace_of_client(self, **options):
        server = self.serve('echo', **options)
        client = self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}', '-trace',
                            '-CAfile', self.pki.ca, '-verify_return_error', '-servername', 'localhost')
        client.send('hello\n')
        client.expect('hello$')
        client.send('Q\n')
        self.assertEqual(client.wait(), 0)
        self.assert_clean(server.report())
        return client.output

    def test_server_sends_a_compressed_certificate(self):
        self.assertIn('CompressedCertificate', self.trace_of_client(certificate_compression='zlib'))

    def test_server_compresses_nothing_by_default(self):
        self.assertNotIn('CompressedCertificate', self.trace_of_client())


if __name__ == '__main__':
    unittest.main()
