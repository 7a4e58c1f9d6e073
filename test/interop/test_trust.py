# SPDX-License-Identifier: Apache-2.0
"""Whom our client trusts, `openssl s_server` as its server."""

import subprocess
import unittest

from interop_case import EXPIRED, NO_LOCAL_ISSUER, InteropCase, needs

PINNED_OTHERWISE = 50  # X509_V_ERR_APPLICATION_VERIFICATION


def pin_of(certificate):
    """A certificate's pin for curl's --pinnedpubkey, made as curl's manual describes."""
    steps = (['x509', '-in', certificate, '-noout', '-pubkey'], ['pkey', '-pubin', '-outform', 'DER'],
             ['dgst', '-sha256', '-binary'], ['base64'])
    data = b''
    for step in steps:
        data = subprocess.run(['openssl', *step], input=data, stdout=subprocess.PIPE, check=True,
                              timeout=60).stdout
    return 'sha256//' + data.decode().strip()


class SServerCase(InteropCase):
    def s_server(self, credential):
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev',
                             '-cert', credential.certificate, '-key', credential.key)
        return int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))


@needs('openssl')
class Pins(SServerCase):
    def report(self, credential, *pins, **options):
        return self.connect('lines', self.s_server(credential), 'hello\n', pin=';'.join(pins),
                            **options)

    def test_server_with_the_key_is_taken(self):
        for credential in (self.pki.server, self.pki.rsa_server):
            report = self.report(credential, pin_of(self.pki.stranger.certificate),
                                 pin_of(credential.certificate))
            self.assertEqual(report.all('answer'), ['olleh'], report.all('what'))

    def test_server_with_another_key_is_refused(self):
        for verify in ('required', 'optional', 'none'):
            report = self.report(self.pki.server, pin_of(self.pki.rsa_server.certificate),
                                 verify=verify)
            self.assertEqual(report.all('answer'), [])
            self.assert_error(report, 'certificate_rejected', operation='handshake',
                              verify_result=PINNED_OTHERWISE)
            self.assertIn(pin_of(self.pki.server.certificate), report['what'])

    def test_key_alone_may_be_trusted(self):
        report = self.report(self.pki.self_signed, pin_of(self.pki.self_signed.certificate),
                             verify='none', ca=None)
        self.assertEqual(report.all('answer'), ['olleh'], report.all('what'))

    def test_key_does_not_replace_the_chain(self):
        report = self.report(self.pki.stranger, pin_of(self.pki.stranger.certificate))
        self.assert_error(report, 'certificate_rejected', verify_result=NO_LOCAL_ISSUER)


@needs('openssl')
class Callback(SServerCase):
    def report(self, credential, **options):
        return self.connect('lines', self.s_server(credential), 'hello\n', **options)

    def test_error_that_it_accepts_is_told(self):
        report = self.report(self.pki.expired, accept_error=EXPIRED)
        self.assertEqual(report.all('answer'), ['olleh'], report.all('what'))
        self.assertEqual((report['verified'], report['info_verify_result']), ('no', str(EXPIRED)))

    def test_error_that_it_does_not_accept_is_one(self):
        report = self.report(self.pki.stranger, accept_error=EXPIRED)
        self.assert_error(report, 'certificate_rejected', verify_result=NO_LOCAL_ISSUER)

    def test_certificate_without_error_is_verified(self):
        report = self.report(self.pki.server, accept_error=EXPIRED)
        self.assertEqual((report.all('answer'), report['verified']), (['olleh'], 'yes'))


if __name__ == '__main__':
    unittest.main()
