# SPDX-License-Identifier: Apache-2.0
"""mutual_tls_server and mutual_tls_client, examples."""

import signal
import ssl
import unittest

from interop_case import our_program
from program_case import ProgramCase


class MutualTls(ProgramCase):
    def serve(self):
        return self.listen('mutual_tls_server', 0, self.both(self.pki.server), self.pki.ca)

    def ask(self, port, credential, ca=None):
        return self.run_to_end(our_program('mutual_tls_client'), port, self.both(credential),
                               ca or self.pki.ca)

    def test_client_is_greeted_by_name(self):
        _, port = self.serve()
        self.assertEqual(self.ask(port, self.pki.client),
                         (0, 'hello CN=client\nyou said: good morning\n'))

    def test_stranger_is_refused_and_others_are_served(self):
        server, port = self.serve()
        status, output = self.ask(port, self.pki.stranger)
        self.assertEqual(status, 1)
        self.assertRegex(output, 'unknown ca|was refused|alert')
        server.expect('unable to get local issuer certificate')
        self.assertEqual(self.ask(port, self.pki.client)[0], 0)

    def test_client_without_a_certificate_is_refused(self):
        server, port = self.serve()
        connection = self.client(port)
        with self.assertRaises(OSError):
            self.assertEqual(connection.recv(1), b'')
            connection.sendall(b'x' * 65536)
        server.expect('peer did not return a certificate')

    def test_client_refuses_a_server_that_it_does_not_trust(self):
        server, port = self.serve()
        status, output = self.ask(port, self.pki.client, self.pki.other_ca)
        self.assertEqual(status, 1)
        self.assertIn('unable to get local issuer certificate', output)
        self.assertNotIn('hello', output)
        server.expect('alert')

    def test_end_does_not_wait_for_a_client_that_says_nothing_more(self):
        server, port = self.serve()
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        context.load_cert_chain(self.both(self.pki.client))
        connection = self.client(port, context)
        self.assertRegex(connection.recv(100), b'^hello ')
        server.signal(signal.SIGTERM)
        self.assertTrue(server.ends_within(8))  # its read_timeout is a minute
        self.assertEqual(server.wait(), 0)


if __name__ == '__main__':
    unittest.main()
