# SPDX-License-Identifier: Apache-2.0
"""OCSP responses of `openssl ocsp`: stapled by our server to gnutls-cli, and by gnutls-serv and nginx to
our client."""

import unittest

import nginx
from interop_case import OCSP_MISSING, OCSP_UNUSABLE, REVOKED, needs, openssl_is_choosy, own
from test_client_gnutls import PRIORITIES, listening_port
from test_ocsp import OcspCase


class GnutlsCliCases:
    """Our server."""

    def gnutls_cli(self, server, saved):
        return self.start('gnutls-cli', '--x509cafile', self.pki.ca, '--save-ocsp', saved,
                          '--priority', PRIORITIES[self.protocol], '--port', server.port, 'localhost')

    def test_gnutls_cli_gets_the_response(self):
        response, saved = self.good(), self.folder() / 'saved'
        client = self.gnutls_cli(self.serve('echo', ca=self.pki.ca, ocsp_response=response), saved)
        client.expect('The certificate is trusted')
        client.expect('Handshake was completed')
        self.assertEqual(saved.read_bytes(), response.read_bytes())

    def test_gnutls_cli_refuses_a_revoked_certificate(self):
        server = self.serve('echo', **own(self.pki.revoked), ca=self.pki.ca,
                            ocsp_response=self.revoked())
        client = self.gnutls_cli(server, self.folder() / 'saved')
        client.expect('The certificate chain is revoked')
        self.assertNotEqual(client.wait(), 0)


class GnutlsServCases:
    """Our client."""

    def gnutls_serv(self, credential, response=None):
        # It would not even hand out that its own certificate is revoked.
        staple = (['--ocsp-response', response, '--ignore-ocsp-response-errors'] if response else [])
        process = self.start('gnutls-serv', '--echo', '--disable-client-cert', '--port', '0',
                             '--priority', PRIORITIES[self.protocol], *staple,
                             '--x509certfile', credential.certificate,
                             '--x509keyfile', credential.key)
        process.expect(r'listening on IPv4 .*\.\.\.done')
        return listening_port(process)

    def ask(self, port, ocsp):
        return self.connect('lines', port, 'hello\n', ocsp=ocsp)

    def assert_goes_on(self, report, status):
        self.assertEqual(report.all('answer'), ['hello'], report.all('what'))
        self.assertEqual((report['verified'], report['ocsp_status']), ('yes', status))

    def test_gnutls_serv_has_a_good_certificate(self):
        port = self.gnutls_serv(self.pki.server, self.good())
        for mode in ('request', 'require'):
            self.assert_goes_on(self.ask(port, mode), 'good')

    def test_gnutls_serv_has_a_revoked_certificate(self):
        port = self.gnutls_serv(self.pki.revoked, self.revoked())
        for mode in ('request', 'require'):
            self.assert_error(self.ask(port, mode), 'certificate_rejected', REVOKED, 'handshake')

    def test_gnutls_serv_has_no_response(self):
        port = self.gnutls_serv(self.pki.server)
        self.assert_goes_on(self.ask(port, 'request'), 'missing')
        self.assert_error(self.ask(port, 'require'), 'certificate_rejected', OCSP_MISSING)


class NginxCases:
    """Our client."""

    def nginx(self, response):
        root = self.folder()
        (root / 'page').write_text('a page')
        return nginx.start(self, root, self.protocol,
                           f'ssl_stapling on; ssl_stapling_file {response};')

    def ask_nginx(self, port):
        return self.connect('http', port, path='/page', ocsp='require')

    def test_nginx_has_a_good_certificate(self):
        report = self.ask_nginx(self.nginx(self.good()))
        self.assertIn('200 OK', report['status'])
        self.assertEqual((report['verified'], report['ocsp_status']), ('yes', 'good'))

    def test_nginx_has_a_response_about_another_certificate(self):
        if openssl_is_choosy():
            self.skipTest('OpenSSL 3.6 does not staple it')
        report = self.ask_nginx(self.nginx(self.revoked()))
        self.assert_error(report, 'certificate_rejected', OCSP_UNUSABLE, 'handshake')


@needs('gnutls-cli')
class GnutlsCliTls12(GnutlsCliCases, OcspCase):
    protocol = 'TLSv1.2'


@needs('gnutls-cli')
class GnutlsCliTls13(GnutlsCliCases, OcspCase):
    protocol = 'TLSv1.3'


@needs('gnutls-serv')
class GnutlsServTls12(GnutlsServCases, OcspCase):
    protocol = 'TLSv1.2'


@needs('gnutls-serv')
class GnutlsServTls13(GnutlsServCases, OcspCase):
    protocol = 'TLSv1.3'


@needs('nginx')
class NginxTls12(NginxCases, OcspCase):
    protocol = 'TLSv1.2'


@needs('nginx')
class NginxTls13(NginxCases, OcspCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
