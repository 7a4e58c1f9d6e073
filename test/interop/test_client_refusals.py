# SPDX-License-Identifier: Apache-2.0
"""Certificates of servers that our client must refuse, and what both ends are told."""

import ssl
import unittest

import python_peer
from interop_case import (CRL_EXPIRED, EXPIRED, HOST_MISMATCH, IP_ADDRESS_MISMATCH, NO_CRL,
                          NO_LOCAL_ISSUER, NOT_YET_VALID, REVOKED, SELF_SIGNED,
                          SELF_SIGNED_IN_CHAIN, WRONG_PURPOSE, InteropCase)


def echo(connection):
    while block := connection.recv(65536):
        connection.sendall(block)
    python_peer.close_with_notice(connection)


class RefusalCases:
    protocol = ''

    def python_server(self, credential):
        return python_peer.Server(self, python_peer.server_context(credential, self.protocol), echo)

    def assert_refused(self, credential, verify_result, alert, **options):
        server = self.python_server(credential)
        report = self.connect('lines', server.port, 'hello\n', **options)
        self.assertEqual(report.all('answer'), [])
        self.assert_error(report, 'certificate_rejected', verify_result, 'handshake')
        self.assertNotEqual(report['verify_text'], '')
        self.assertIn(report['verify_text'], report['what'])
        with self.assertRaises(ssl.SSLError) as raised:
            server.result()
        self.assertIn(alert, str(raised.exception))

    def assert_accepted(self, credential, **options):
        server = self.python_server(credential)
        report = self.connect('lines', server.port, 'hello\n', **options)
        self.assertEqual(report.all('answer'), ['hello'])
        self.assert_clean(report, 'open')
        server.result()
        return report

    def test_good_certificate_is_accepted(self):
        self.assertEqual(self.assert_accepted(self.pki.server)['verified'], 'yes')

    def test_good_certificate_is_accepted_beside_a_crl(self):
        self.assert_accepted(self.pki.server, crl=self.pki.crl)

    def test_chain_of_the_server_is_followed(self):
        self.assert_accepted(self.pki.chained_server)

    def test_of_an_unknown_authority(self):
        self.assert_refused(self.pki.stranger, NO_LOCAL_ISSUER, 'alert unknown ca')

    def test_of_an_unknown_authority_that_sends_its_root(self):
        self.assert_refused(self.pki.stranger_with_root, SELF_SIGNED_IN_CHAIN, 'alert unknown ca')

    def test_the_system_trusts_nobody_of_ours(self):
        self.assert_refused(self.pki.server, NO_LOCAL_ISSUER, 'alert unknown ca', ca=None)

    def test_self_signed(self):
        self.assert_refused(self.pki.self_signed, SELF_SIGNED, 'alert unknown ca')

    def test_expired(self):
        self.assert_refused(self.pki.expired, EXPIRED, 'alert certificate expired')

    def test_not_yet_valid(self):
        self.assert_refused(self.pki.not_yet_valid, NOT_YET_VALID, 'alert bad certificate')

    def test_for_clients_only(self):
        self.assert_refused(self.pki.client_only, WRONG_PURPOSE, 'alert')

    def test_for_another_name(self):
        self.assert_refused(self.pki.wrong_name, HOST_MISMATCH, 'alert')

    def test_for_another_address(self):
        self.assert_refused(self.pki.wrong_name, IP_ADDRESS_MISMATCH, 'alert', host='127.0.0.1')

    def test_for_the_address_but_not_the_server_name(self):
        self.assert_refused(self.pki.server, HOST_MISMATCH, 'alert', host='127.0.0.1',
                            server_name='elsewhere.example')

    def test_with_the_name_in_the_subject_only(self):
        self.assert_refused(self.pki.name_in_subject_only, HOST_MISMATCH, 'alert')

    def test_revoked(self):
        self.assert_refused(self.pki.revoked, REVOKED, 'alert certificate revoked',
                            crl=self.pki.crl)

    def test_list_is_too_old(self):
        self.assert_refused(self.pki.server, CRL_EXPIRED, 'alert', crl=self.pki.expired_crl)

    def test_list_is_of_another_authority(self):
        self.assert_refused(self.pki.server, NO_CRL, 'alert', crl=self.pki.other_crl)

    def test_optional_goes_on_and_tells(self):
        report = self.assert_accepted(self.pki.stranger, verify='optional')
        self.assertEqual((report['verified'], report['info_verify_result']),
                         ('no', str(NO_LOCAL_ISSUER)))

    def test_optional_tells_of_another_name(self):
        report = self.assert_accepted(self.pki.wrong_name, verify='optional')
        self.assertEqual((report['verified'], report['info_verify_result']),
                         ('no', str(HOST_MISMATCH)))

    def test_none_does_not_judge(self):
        report = self.assert_accepted(self.pki.wrong_name, verify='none')
        self.assertEqual((report['verified'], report['peer']), ('no', 'CN=wrong_name'))


class Tls12(RefusalCases, InteropCase):
    protocol = 'TLSv1.2'


class Tls13(RefusalCases, InteropCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
