# SPDX-License-Identifier: Apache-2.0
"""acme_tls_alpn, an example, with clients that ask as an ACME server does (RFC 8737): openssl s_client,
gnutls-cli, and Python's."""

import hashlib
import re
import socket
import ssl
import unittest

from interop_case import needs
from process import LIMIT
from program_case import ProgramCase, hear_all

DOMAIN = 'www.example.org'
AUTHORIZATION = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ'
DIGEST = hashlib.sha256(AUTHORIZATION.encode()).digest()
# 1.3.6.1.5.5.7.1.31, critical, an octet string with an octet string of 32 bytes
EXTENSION = bytes.fromhex('06082b0601050507011f' '0101ff' '0422' '0420') + DIGEST


class Acme(ProgramCase):
    def serve(self):
        return self.listen('acme_tls_alpn', 0, self.both(self.pki.server), DOMAIN, AUTHORIZATION)

    def ask(self, port, name=DOMAIN, protocols=('acme-tls/1',)):
        """The certificate that is shown, DER, and the protocol."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if protocols:
            context.set_alpn_protocols(list(protocols))
        with socket.create_connection(('localhost', port), LIMIT) as plain:
            with context.wrap_socket(plain, server_hostname=name) as connection:
                return (connection.getpeercert(True), connection.selected_alpn_protocol(),
                        hear_all(connection))

    def test_challenge_gets_its_certificate_and_no_data(self):
        process, port = self.serve()
        shown, protocol, data = self.ask(port)
        self.assertIn(EXTENSION, shown)
        self.assertIn(DOMAIN.encode(), shown)
        self.assertEqual((protocol, data), ('acme-tls/1', b''))
        process.expect('answered a challenge for ' + re.escape(DOMAIN))

    def test_name_may_have_capital_letters(self):
        self.assertIn(EXTENSION, self.ask(self.serve()[1], name='WWW.Example.ORG')[0])

    def test_other_clients_get_the_servers_own_certificate(self):
        port = self.serve()[1]
        self.assertEqual(hear_all(self.client(port)), b'hello\r\n')
        for protocols in ((), ('h2', 'acme-tls/1'), ('http/1.1',)):
            shown, protocol, data = self.ask(port, protocols=protocols)
            self.assertNotIn(EXTENSION, shown)
            self.assertEqual((protocol, data), (None, b'hello\r\n'))

    def test_challenge_for_another_domain_is_refused(self):
        process, port = self.serve()
        with self.assertRaisesRegex(ssl.SSLError, '(?i)unrecognized.name'):
            self.ask(port, name='other.example.org')
        process.expect('on_client_hello has refused the client with the alert unrecognized_name: '
                       'no challenge for other.example.org')
        self.assertIn(EXTENSION, self.ask(port)[0])

    def test_openssl_gets_the_certificate_of_the_challenge(self):
        for version in '-tls1_2', '-tls1_3':
            _, output = self.run_to_end('openssl', 's_client', '-connect',
                                        f'localhost:{self.serve()[1]}', version, '-alpn',
                                        'acme-tls/1', '-servername', DOMAIN)
            self.assertIn('ALPN protocol: acme-tls/1', output)
            pem = output[output.index('-----BEGIN CERT'):output.index('-----END CERT')]
            _, text = self.run_to_end('openssl', 'x509', '-noout', '-text',
                                      text=pem + '-----END CERTIFICATE-----\n')
            self.assertRegex(text, r'(1\.3\.6\.1\.5\.5\.7\.1\.31|ACME Identifier): critical')
            self.assertIn('DNS:' + DOMAIN, text)

    @needs('gnutls-cli')
    def test_gnutls_gets_the_protocol_of_the_challenge(self):
        _, output = self.run_to_end('gnutls-cli', '--insecure', '--alpn', 'acme-tls/1',
                                    '--sni-hostname', DOMAIN, '-p', str(self.serve()[1]),
                                    'localhost')
        self.assertIn('Application protocol: acme-tls/1', output)
