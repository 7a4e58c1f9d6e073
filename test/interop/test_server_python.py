# SPDX-License-Identifier: Apache-2.0
"""Our server, Python's ssl module as its client."""

import hashlib
import ssl
import unittest

import python_peer
from interop_case import InteropCase, large_file


class PythonClientCases:
    protocol = ''

    def connect_python(self, server, name='localhost'):
        context = python_peer.client_context(self.pki.ca, self.protocol)
        connection = python_peer.connect(server.port, context, name)
        self.addCleanup(connection.close)
        return connection

    def half_closing(self, server):
        context = python_peer.client_context(self.pki.ca, self.protocol)
        return python_peer.HalfClosingClient(server.port, context)

    def assert_echo(self, connection, text=b'hello\n'):
        connection.sendall(text)
        received = b''
        while len(received) < len(text):
            received += connection.recv(65536)
        self.assertEqual(received, text)

    def test_empty_answer_is_a_clean_end(self):
        server = self.serve('nothing')
        connection = self.connect_python(server)
        self.assertEqual(python_peer.receive_all(connection), b'')
        python_peer.close_with_notice(connection)
        self.assertEqual(server.report()['end'], 'open')

    def test_lines_are_echoed(self):
        server = self.serve('echo')
        connection = self.connect_python(server)
        self.assertEqual(connection.version(), self.protocol)
        self.assert_echo(connection)
        self.assert_echo(connection, b'one\ntwo\n')
        python_peer.close_with_notice(connection)
        report = server.report()
        self.assertEqual(report['protocol'], self.protocol)
        self.assert_clean(report)

    def test_both_ends_agree_on_the_cipher(self):
        server = self.serve('echo')
        connection = self.connect_python(server)
        cipher = connection.cipher()[0]
        python_peer.close_with_notice(connection)
        self.assertEqual(server.report()['cipher'], cipher)

    def test_address_is_verified_as_an_address(self):
        server = self.serve('echo')
        connection = self.connect_python(server, '127.0.0.1')
        self.assert_echo(connection)
        python_peer.close_with_notice(connection)
        self.assert_clean(server.report())

    def test_chain_of_the_server_is_sent(self):
        credential = self.pki.chained_server
        server = self.serve('echo', certificate=credential.certificate, key=credential.key)
        connection = self.connect_python(server)
        self.assert_echo(connection)
        python_peer.close_with_notice(connection)
        self.assert_clean(server.report())

    def test_large_upload_is_whole(self):
        path, hash_sent = large_file()
        server = self.serve('sink')
        with self.half_closing(server) as client:
            client.sendall(path.read_bytes())
            client.end_output()
            answer = python_peer.receive_all(client).decode()
        self.assertEqual(answer, f'{path.stat().st_size} {hash_sent}\n')
        self.assert_clean(server.report(), 'open')

    def test_large_download_is_whole(self):
        path, hash_sent = large_file()
        server = self.serve('source', file=path)
        connection = self.connect_python(server)
        received = python_peer.receive_all(connection)
        python_peer.close_with_notice(connection)
        self.assertEqual(hashlib.sha256(received).hexdigest(), hash_sent)
        self.assert_clean(server.report(), 'open')

    def test_many_small_records_are_one_stream(self):
        lines = b''.join(b'%d\n' % number for number in range(2000))
        server = self.serve('sink')
        with self.half_closing(server) as client:
            for at in range(0, len(lines), 3):
                client.sendall(lines[at:at + 3])
            client.end_output()
            answer = python_peer.receive_all(client).decode()
        self.assertEqual(answer, f'{len(lines)} {hashlib.sha256(lines).hexdigest()}\n')
        self.assert_clean(server.report(), 'open')

    def test_answer_goes_out_after_the_client_ended_its_output(self):
        server = self.serve('echo')
        with self.half_closing(server) as client:
            client.sendall(b'a line without an end')
            client.end_output()
            self.assertEqual(python_peer.receive_all(client), b'a line without an end\n')
        self.assert_clean(server.report())

    def test_cut_connection_is_truncated(self):
        server = self.serve('echo')
        connection = self.connect_python(server)
        self.assert_echo(connection)
        python_peer.close_without_notice(connection)
        self.assert_error(server.report(), 'truncated', operation='read')

    def test_cut_upload_is_not_taken_for_a_whole_one(self):
        server = self.serve('sink')
        connection = self.connect_python(server)
        connection.sendall(b'half of it')
        python_peer.close_without_notice(connection)
        report = server.report()
        self.assertEqual(report['received'], '10')
        self.assertEqual(report['end'], 'error')
        self.assertIn(report['error'], ('truncated', 'system_error'))

    def test_cut_connection_is_an_end_where_that_was_asked_for(self):
        server = self.serve('echo', require_close_notify='no')
        connection = self.connect_python(server)
        self.assert_echo(connection)
        python_peer.close_without_notice(connection)
        self.assertEqual(server.report()['end'], 'eof')

    def test_reset_connection_is_a_system_error(self):
        server = self.serve('echo')
        connection = self.connect_python(server)
        self.assert_echo(connection)
        python_peer.reset(connection)
        report = server.report()
        self.assert_error(report, 'system_error', operation='read')

    def test_silent_client_is_left_after_the_read_timeout(self):
        server = self.serve('echo', read_timeout=200)
        connection = self.connect_python(server)
        self.assertEqual(python_peer.receive_all(connection), b'')
        python_peer.close_with_notice(connection)
        self.assert_error(server.report(), 'timed_out', operation='read')

    def test_refusal_by_the_client_is_reported(self):
        server = self.serve('echo')
        context = python_peer.client_context(self.pki.other_ca, self.protocol)
        with self.assertRaises(ssl.SSLCertVerificationError):
            python_peer.connect(server.port, context)
        report = server.report()
        self.assert_error(report, 'alert_received', operation='handshake')
        self.assertIn('alert unknown ca', report['what'])


class Tls12(PythonClientCases, InteropCase):
    protocol = 'TLSv1.2'


class Tls13(PythonClientCases, InteropCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
