# SPDX-License-Identifier: Apache-2.0
"""Certificates of clients that our server must refuse, and what both ends are told."""

import ssl
import unittest

import python_peer
from interop_case import (CRL_EXPIRED, EXPIRED, NO_CRL, NO_LOCAL_ISSUER, NOT_YET_VALID, REVOKED,
                          SELF_SIGNED, SELF_SIGNED_IN_CHAIN, WRONG_PURPOSE, InteropCase)


class RefusalCases:
    protocol = ''

    def ask(self, server, credential):
        """A line to the server and back, from a client with this certificate."""
        context = python_peer.client_context(self.pki.ca, self.protocol, credential)
        with python_peer.connect(server.port, context) as connection:
            connection.sendall(b'hello\n')
            answer = connection.recv(65536)
            python_peer.close_with_notice(connection)
            return answer

    def assert_refused(self, credential, verify_result, alert, **options):
        server = self.serve('echo', verify='required', ca=self.pki.ca, **options)
        with self.assertRaises(ssl.SSLError) as raised:
            self.ask(server, credential)
        self.assertIn(alert, str(raised.exception))
        report = server.report()
        self.assert_error(report, 'certificate_rejected', verify_result, 'handshake')
        if verify_result:
            self.assertNotEqual(report['verify_text'], '')
            self.assertIn(report['verify_text'], report['what'])

    def assert_accepted(self, credential, **options):
        server = self.serve('echo', verify='required', ca=self.pki.ca, **options)
        self.assertEqual(self.ask(server, credential), b'hello\n')
        report = server.report()
        self.assertEqual(report['verified'], 'yes')
        self.assert_clean(report)

    def test_good_certificate_is_accepted(self):
        self.assert_accepted(self.pki.client)

    def test_good_certificate_is_accepted_beside_a_crl(self):
        self.assert_accepted(self.pki.client, crl=self.pki.crl)

    def test_chain_of_the_client_is_followed(self):
        self.assert_accepted(self.pki.chained_server)

    def test_chain_deeper_than_allowed(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca, max_depth=0)
        with self.assertRaises(ssl.SSLError):
            self.ask(server, self.pki.chained_server)
        report = server.report()
        self.assertEqual(report['error'], 'certificate_rejected')
        self.assertNotEqual(report['verify_result'], '0')

    def test_no_certificate(self):
        alert = {'TLSv1.2': 'alert handshake failure', 'TLSv1.3': 'alert certificate required'}
        self.assert_refused(None, 0, alert[self.protocol])

    def test_of_an_unknown_authority(self):
        self.assert_refused(self.pki.stranger, NO_LOCAL_ISSUER, 'alert unknown ca')

    def test_of_an_unknown_authority_that_sends_its_root(self):
        self.assert_refused(self.pki.stranger_with_root, SELF_SIGNED_IN_CHAIN, 'alert unknown ca')

    def test_self_signed(self):
        self.assert_refused(self.pki.self_signed, SELF_SIGNED, 'alert unknown ca')

    def test_expired(self):
        self.assert_refused(self.pki.expired, EXPIRED, 'alert certificate expired')

    def test_not_yet_valid(self):
        self.assert_refused(self.pki.not_yet_valid, NOT_YET_VALID, 'alert bad certificate')

    def test_for_servers_only(self):
        self.assert_refused(self.pki.server_only, WRONG_PURPOSE, 'alert')

    def test_revoked(self):
        self.assert_refused(self.pki.revoked, REVOKED, 'alert certificate revoked',
                            crl=self.pki.crl)

    def test_revoked_is_accepted_where_nobody_has_a_list(self):
        self.assert_accepted(self.pki.revoked)

    def test_list_is_too_old(self):
        self.assert_refused(self.pki.client, CRL_EXPIRED, 'alert', crl=self.pki.expired_crl)

    def test_list_is_of_another_authority(self):
        self.assert_refused(self.pki.client, NO_CRL, 'alert', crl=self.pki.other_crl)


class Tls12(RefusalCases, InteropCase):
    protocol = 'TLSv1.2'


class Tls13(RefusalCases, InteropCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
