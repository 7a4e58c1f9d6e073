# SPDX-License-Identifier: Apache-2.0
"""Our server, curl as its client."""

import hashlib
import unittest

from interop_case import NO_LOCAL_ISSUER, InteropCase, large_file, needs, own, version_of

CANNOT_CONNECT_SECURELY = 35
FAILED_TO_RECEIVE = 56
PEER_CERTIFICATE_REFUSED = 60

VERSION_FLAGS = {'TLSv1.2': ['--tlsv1.2', '--tls-max', '1.2'], 'TLSv1.3': ['--tlsv1.3']}


class CurlCases:
    protocol = ''

    def curl(self, server, path, *arguments, host='localhost', ca=None):
        return self.run_to_end(
            'curl', '-q', '--noproxy', '*', '--ipv4', '--silent', '--show-error',
            '--max-time', '25', '--cacert', ca or self.pki.ca, *VERSION_FLAGS[self.protocol],
            *arguments, f'https://{host}:{server.port}{path}')

    def curl_with_certificate(self, server, credential):
        return self.curl(server, '/hello', '--cert', credential.certificate,
                         '--key', credential.key)

    def assert_page(self, answer):
        self.assertEqual(answer, (0, 'you asked for /hello\n'))

    def test_page_is_served(self):
        server = self.serve('http')
        self.assert_page(self.curl(server, '/hello'))
        report = server.report()
        self.assertEqual(report['protocol'], self.protocol)
        self.assertEqual(report['server_name'], 'localhost')
        self.assertEqual(report['peer'], '')
        self.assert_clean(report)

    def test_address_needs_no_server_name(self):
        server = self.serve('http')
        self.assert_page(self.curl(server, '/hello', host='127.0.0.1'))
        report = server.report()
        self.assertEqual(report['server_name'], '')
        self.assert_clean(report)

    def test_two_requests_share_a_connection(self):
        server = self.serve('http')
        second = f'https://localhost:{server.port}/second'
        answer = self.curl(server, '/first', second)
        self.assertEqual(answer, (0, 'you asked for /second\nyou asked for /first\n'))
        report = server.report()
        self.assertEqual(report.all('request'), ['GET /second', 'GET /first'])
        self.assert_clean(report)

    def test_large_download_is_whole(self):
        path, hash_sent = large_file()
        received = self.folder() / 'received'
        server = self.serve('http', file=path)
        self.assertEqual(self.curl(server, '/file', '--output', received), (0, ''))
        self.assertEqual(hashlib.sha256(received.read_bytes()).hexdigest(), hash_sent)
        self.assert_clean(server.report())

    def test_large_upload_is_whole(self):
        path, hash_sent = large_file()
        server = self.serve('http')
        answer = self.curl(server, '/', '--header', 'Expect:', '--data-binary', f'@{path}')
        self.assertEqual(answer, (0, f'{path.stat().st_size} {hash_sent}\n'))
        self.assert_clean(server.report())

    def test_chain_of_the_server_is_sent(self):
        server = self.serve('http', **own(self.pki.chained_server))
        self.assert_page(self.curl(server, '/hello'))
        self.assert_clean(server.report())

    def test_required_client_certificate_is_verified(self):
        server = self.serve('http', verify='required', ca=self.pki.ca)
        self.assert_page(self.curl_with_certificate(server, self.pki.client))
        report = server.report()
        self.assertEqual((report['peer'], report['verified']), ('CN=client', 'yes'))
        self.assert_clean(report)

    def test_optional_client_certificate_is_verified(self):
        server = self.serve('http', verify='optional', ca=self.pki.ca)
        self.assert_page(self.curl_with_certificate(server, self.pki.client))
        report = server.report()
        self.assertEqual((report['peer'], report['verified']), ('CN=client', 'yes'))

    def test_optional_client_certificate_may_be_absent(self):
        server = self.serve('http', verify='optional', ca=self.pki.ca)
        self.assert_page(self.curl(server, '/hello'))
        report = server.report()
        self.assertEqual((report['peer'], report['verified']), ('', 'no'))
        self.assert_clean(report)

    def test_optional_client_certificate_must_verify(self):
        server = self.serve('http', verify='optional', ca=self.pki.ca)
        status, output = self.curl_with_certificate(server, self.pki.stranger)
        self.assertIn(status, (CANNOT_CONNECT_SECURELY, FAILED_TO_RECEIVE))
        self.assertIn('alert unknown ca', output)
        self.assert_error(server.report(), 'certificate_rejected', NO_LOCAL_ISSUER)

    def test_certificate_that_nobody_asked_for_is_not_sent(self):
        server = self.serve('http', verify='none')
        self.assert_page(self.curl_with_certificate(server, self.pki.stranger))
        self.assertEqual(server.report()['peer'], '')

    def test_absent_certificate_is_refused_where_required(self):
        server = self.serve('http', verify='required', ca=self.pki.ca)
        status, output = self.curl(server, '/hello')
        self.assertIn(status, (CANNOT_CONNECT_SECURELY, FAILED_TO_RECEIVE))
        self.assertIn('alert', output)
        self.assert_error(server.report(), 'certificate_rejected', operation='handshake')

    def test_refusal_by_the_client_is_reported(self):
        server = self.serve('http')
        status, _ = self.curl(server, '/hello', ca=self.pki.other_ca)
        self.assertEqual(status, PEER_CERTIFICATE_REFUSED)
        report = server.report()
        if version_of('curl') < (8, 23) or report['error'] == 'alert_received':
            self.assert_error(report, 'alert_received', operation='handshake')
            self.assertIn('alert unknown ca', report['what'])
        else:  # later ones hang up without a word
            self.assertIn(report['error'], ('truncated', 'system_error'), report['what'])


@needs('curl')
class Tls12(CurlCases, InteropCase):
    protocol = 'TLSv1.2'


@needs('curl')
class Tls13(CurlCases, InteropCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
