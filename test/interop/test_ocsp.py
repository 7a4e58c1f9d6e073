# SPDX-License-Identifier: Apache-2.0
"""OCSP responses of `openssl ocsp`: stapled by our server to what others ask, and stapled by others to
what our client asks."""

import unittest

from interop_case import (OCSP_MISSING, OCSP_UNKNOWN, OCSP_UNUSABLE, REVOKED, InteropCase, flags,
                          needs, openssl_is_choosy, our_program, own)

VERSION_FLAGS = {'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3'}
CURL_FLAGS = {'TLSv1.2': ['--tlsv1.2', '--tls-max', '1.2'], 'TLSv1.3': ['--tlsv1.3']}
BAD_STATUS = 91


class OcspCase(InteropCase):
    protocol = ''

    def good(self):
        return self.pki.authority.ocsp_response('good', self.pki.server)

    def revoked(self):
        return self.pki.authority.ocsp_response('revoked', self.pki.revoked)


class ServerCases:
    """Our server."""

    def s_client(self, server):
        return self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
                          '-servername', 'localhost', '-CAfile', self.pki.ca, '-status',
                          VERSION_FLAGS[self.protocol])

    def test_s_client_sees_the_response(self):
        server = self.serve('echo', ocsp_response=self.good())
        client = self.s_client(server)
        client.expect('OCSP Response Status: successful')
        client.expect('Cert Status: good')
        client.expect('Verify return code: 0')

    def test_s_client_sees_that_there_is_none(self):
        client = self.s_client(self.serve('echo'))
        client.expect('OCSP responses?: no (OCSP )?responses? (sent|received)')

    def test_s_client_sees_a_revocation(self):
        server = self.serve('echo', **own(self.pki.revoked), ocsp_response=self.revoked())
        self.s_client(server).expect('Cert Status: revoked')

    def test_response_of_another_certificate_is_refused(self):
        options = {**own(self.pki.server), 'ca': self.pki.ca, 'ocsp_response': self.revoked()}
        status, said = self.run_to_end(our_program('interop_server'), '--mode', 'echo',
                                       *flags(options))
        self.assertNotEqual(status, 0)
        self.assertIn('ocsp_response', said)
        self.assertIn('about another certificate', said)

    def curl(self, server):
        return self.run_to_end(
            'curl', '-q', '--noproxy', '*', '--ipv4', '--silent', '--show-error', '--cert-status',
            '--max-time', '25', '--cacert', self.pki.ca, *CURL_FLAGS[self.protocol],
            f'https://localhost:{server.port}/hello')

    def serve_to_curl(self, credential, **options):
        """curl wants to be sent the issuer's certificate."""
        chain = self.folder() / 'chain.pem'
        chain.write_text(credential.certificate.read_text() + self.pki.ca.read_text())
        return self.serve('http', certificate=chain, key=credential.key, **options)

    def assert_curl_refuses(self, server, words):
        status, said = self.curl(server)
        self.assertEqual(status, BAD_STATUS)
        self.assertIn(words, said)

    @needs('curl')
    def test_curl_accepts_a_good_certificate(self):
        server = self.serve_to_curl(self.pki.server, ocsp_response=self.good())
        self.assertEqual(self.curl(server), (0, 'you asked for /hello\n'))

    @needs('curl')
    def test_curl_refuses_a_revoked_certificate(self):
        server = self.serve_to_curl(self.pki.revoked, ocsp_response=self.revoked())
        self.assert_curl_refuses(server, 'revocation reason')

    @needs('curl')
    def test_curl_refuses_a_server_without_a_response(self):
        server = self.serve_to_curl(self.pki.server)
        self.assert_curl_refuses(server, 'No OCSP response received')

    def serve(self, mode, **options):
        return super().serve(mode, ca=self.pki.ca, **options)


class ClientCases:
    """Our client."""

    def s_server(self, credential, response=None):
        staple = ['-status_file', response] if response else []
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev',
                             '-cert', credential.certificate, '-key', credential.key,
                             VERSION_FLAGS[self.protocol], *staple)
        return process, int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def ask(self, port, ocsp):
        return self.connect('lines', port, 'hello\n', ocsp=ocsp)

    def assert_goes_on(self, report, status):
        self.assertEqual(report.all('answer'), ['olleh'], report.all('what'))
        self.assertEqual((report['verified'], report['ocsp_status']), ('yes', status))

    def test_good_certificate_is_accepted(self):
        for mode in ('request', 'require'):
            _, port = self.s_server(self.pki.server, self.good())
            self.assert_goes_on(self.ask(port, mode), 'good')

    def test_responder_of_the_issuer_is_believed(self):
        response = self.pki.authority.ocsp_response('delegated', self.pki.server,
                                                    signer=self.pki.ocsp_responder)
        _, port = self.s_server(self.pki.server, response)
        self.assert_goes_on(self.ask(port, 'require'), 'good')

    def test_revoked_certificate_is_refused(self):
        for mode in ('request', 'require'):
            process, port = self.s_server(self.pki.revoked, self.revoked())
            self.assert_error(self.ask(port, mode), 'certificate_rejected', REVOKED, 'handshake')
            process.expect('bad certificate status response')

    def test_missing_response(self):
        _, port = self.s_server(self.pki.server)
        self.assert_goes_on(self.ask(port, 'request'), 'missing')
        self.assert_error(self.ask(port, 'require'), 'certificate_rejected', OCSP_MISSING)

    def test_unknown_certificate(self):
        response = self.pki.authority.ocsp_response('unknown', self.pki.server, known=False)
        _, port = self.s_server(self.pki.server, response)
        self.assert_goes_on(self.ask(port, 'request'), 'unknown')
        self.assert_error(self.ask(port, 'require'), 'certificate_rejected', OCSP_UNKNOWN)

    def test_response_about_another_certificate(self):
        if openssl_is_choosy():
            self.skipTest('OpenSSL 3.6 does not staple it')
        _, port = self.s_server(self.pki.server, self.revoked())
        for mode in ('request', 'require'):
            self.assert_error(self.ask(port, mode), 'certificate_rejected', OCSP_UNUSABLE)


@needs('openssl')
class Tls12(ServerCases, ClientCases, OcspCase):
    protocol = 'TLSv1.2'


@needs('openssl')
class Tls13(ServerCases, ClientCases, OcspCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
