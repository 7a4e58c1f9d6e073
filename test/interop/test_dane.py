# SPDX-License-Identifier: Apache-2.0
"""TLSA records (DANE), `openssl s_server` as the server. By the same records, `openssl s_client` decides as our client
does; `danetool` of GnuTLS makes records that it accepts."""

import hashlib
import re
import subprocess
import unittest

from interop_case import InteropCase, needs

NO_MATCHING_RECORD = 65
PKIX_TA, PKIX_EE, DANE_TA, DANE_EE = range(4)


def public_key(certificate):
    pem = subprocess.run(['openssl', 'x509', '-in', certificate, '-noout', '-pubkey'],
                         capture_output=True, check=True).stdout
    return subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'DER'], input=pem,
                          capture_output=True, check=True).stdout


def whole(certificate):
    return subprocess.run(['openssl', 'x509', '-in', certificate, '-outform', 'DER'],
                          capture_output=True, check=True).stdout


def record(certificate, usage, selector=1, matching_type=1):
    data = public_key(certificate) if selector else whole(certificate)
    if matching_type:
        data = hashlib.new({1: 'sha256', 2: 'sha512'}[matching_type], data).digest()
    return f'{usage} {selector} {matching_type} {data.hex()}'


class Dane(InteropCase):
    def s_server(self, credential, authority):
        """It sends the authority's certificate, if one is given."""
        chain = ['-cert_chain', authority] if authority else []
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev', '-cert', credential.certificate,
                             '-key', credential.key, *chain)
        return int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def s_client_accepts(self, port, records, trust):
        arguments = [argument for each in records for argument in ('-dane_tlsa_rrdata', each)]
        arguments += ['-CAfile', self.pki.ca] if trust else ['-no-CAfile', '-no-CApath', '-no-CAstore']
        status, output = self.run_to_end(
            'openssl', 's_client', '-connect', f'127.0.0.1:{port}', '-verify_return_error', '-brief',
            '-dane_tlsa_domain', 'localhost', '-dane_ee_no_namechecks', *arguments, text='')
        return status == 0 and 'Verification: OK' in output

    def ours(self, port, records, trust=True):
        trusted = {} if trust else {'ca': self.pki.other_ca}
        return self.connect('lines', port, 'hello\n', tlsa_record=records, **trusted)

    def assert_agreement(self, credential, records, accepted, trust=True, authority=None):
        port = self.s_server(credential, authority)
        report = self.ours(port, records, trust)
        self.assertEqual(report.all('answer'), ['olleh'] if accepted else [], report.all('what'))
        self.assertEqual(self.s_client_accepts(port, records, trust), accepted)
        return report

    def test_own_certificate_is_enough(self):
        for selector in (0, 1):
            for matching_type in (0, 1, 2):
                known = record(self.pki.stranger.certificate, DANE_EE, selector, matching_type)
                report = self.assert_agreement(self.pki.stranger, [known], True, trust=False)
                self.assertEqual(report['matched_tlsa_record'], known)
                self.assertEqual(report['verified'], 'yes')

    def test_name_of_an_own_certificate_does_not_count(self):
        known = record(self.pki.wrong_name.certificate, DANE_EE)
        self.assert_agreement(self.pki.wrong_name, [known], True)

    def test_dates_of_an_own_certificate_do_not_count(self):
        known = record(self.pki.expired.certificate, DANE_EE)
        self.assert_agreement(self.pki.expired, [known], True)

    def test_authority_of_a_record_is_trusted(self):
        known = record(self.pki.other_ca, DANE_TA)
        self.assert_agreement(self.pki.stranger, [known], True, trust=False, authority=self.pki.other_ca)

    def test_name_counts_beneath_an_authority(self):
        known = record(self.pki.ca, PKIX_TA)
        self.assert_agreement(self.pki.server, [known], True)
        self.assert_agreement(self.pki.wrong_name, [known], False)

    def test_other_record_is_refused(self):
        for usage in (PKIX_TA, PKIX_EE, DANE_TA, DANE_EE):
            known = record(self.pki.other_ca, usage)
            report = self.assert_agreement(self.pki.server, [known], False)
            self.assert_error(report, 'certificate_rejected', NO_MATCHING_RECORD)
            self.assertIn('matches none of tlsa_records', report['what'])

    def test_usages_of_pkix_need_a_trusted_authority(self):
        known = record(self.pki.stranger.certificate, PKIX_EE)
        self.assert_agreement(self.pki.stranger, [known], False)
        known = record(self.pki.server.certificate, PKIX_EE)
        self.assert_agreement(self.pki.server, [known], True)

    def test_one_of_several_records_is_enough(self):
        known = [record(self.pki.other_ca, DANE_EE), '3 1 7 00ff', record(self.pki.server.certificate, DANE_EE)]
        self.assert_agreement(self.pki.server, known, True)

    @needs('danetool')
    def test_records_of_danetool_are_accepted(self):
        for arguments, certificate in [([], self.pki.stranger.certificate), (['--ca'], self.pki.other_ca)]:
            printed = subprocess.run(
                ['danetool', '--tlsa-rr', '--host', 'localhost', '--load-certificate', certificate, *arguments],
                capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
            *numbers, data = re.search(r'TLSA \( (\w\w) (\w\w) (\w\w) (\w+) \)', printed).groups()
            known = ' '.join([str(int(number, 16)) for number in numbers] + [data])
            report = self.assert_agreement(self.pki.stranger, [known], True, trust=False,
                                           authority=self.pki.other_ca)
            self.assertEqual(report['matched_tlsa_record'], known.lower())


if __name__ == '__main__':
    unittest.main()
