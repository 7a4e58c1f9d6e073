# SPDX-License-Identifier: Apache-2.0
"""Our client, Python's ssl module as its server."""

import hashlib
import select
import ssl
import unittest

import python_peer
from interop_case import InteropCase, large_file, own
from process import LIMIT


def echo(connection):
    while block := connection.recv(65536):
        connection.sendall(block)
    python_peer.close_with_notice(connection)


class PythonServerCases:
    protocol = ''

    def python_server(self, serve=echo, credential=None, ca=None, prepare=lambda context: None):
        context = python_peer.server_context(credential or self.pki.server, self.protocol, ca)
        prepare(context)
        return python_peer.Server(self, context, serve)

    def test_lines_are_echoed(self):
        server = self.python_server()
        report = self.connect('lines', server.port, 'hello\na second line\n')
        self.assertEqual(report.all('answer'), ['hello', 'a second line'])
        self.assertEqual((report['protocol'], report['verified']), (self.protocol, 'yes'))
        self.assert_clean(report, 'open')
        server.result()

    def test_empty_upload_is_a_clean_end(self):
        server = self.python_server(python_peer.receive_all)
        self.assert_clean(self.connect('nothing', server.port), 'open')
        self.assertEqual(server.result(), b'')

    def test_server_name_is_sent(self):
        names = []
        server = self.python_server(
            prepare=lambda context: setattr(context, 'sni_callback',
                                            lambda _, name, __: names.append(name)))
        self.assert_clean(self.connect('lines', server.port), 'open')
        server.result()
        self.assertEqual(names, ['localhost'])

    def test_address_is_verified_but_not_sent_as_a_name(self):
        names = []
        server = self.python_server(
            prepare=lambda context: setattr(context, 'sni_callback',
                                            lambda _, name, __: names.append(name)))
        report = self.connect('lines', server.port, 'hello\n', host='127.0.0.1')
        self.assertEqual(report['verified'], 'yes')
        server.result()
        self.assertEqual(names, [None])

    def test_client_certificate_is_sent(self):
        def subject(connection):
            found = connection.getpeercert()['subject']
            echo(connection)
            return found
        server = self.python_server(subject, ca=self.pki.ca)
        report = self.connect('lines', server.port, 'hello\n', **own(self.pki.client))
        self.assert_clean(report, 'open')
        self.assertEqual(server.result(), ((('commonName', 'client'),),))

    def test_client_certificate_that_the_server_refuses(self):
        server = self.python_server(ca=self.pki.ca)
        report = self.connect('lines', server.port, 'hello\n', **own(self.pki.stranger))
        self.assert_error(report, 'alert_received')
        self.assertIn('alert unknown ca', report['what'])
        with self.assertRaises(ssl.SSLCertVerificationError):
            server.result()

    def test_large_upload_is_whole_and_answered(self):
        path, hash_sent = large_file()

        def sink(connection):
            received = python_peer.receive_all(connection)
            connection.sendall(hashlib.sha256(received).hexdigest().encode() + b'\n')
            python_peer.close_with_notice(connection)
        server = self.python_server(sink)
        report = self.connect('send', server.port, file=path)
        self.assertEqual(report.all('answer'), [hash_sent])
        self.assert_clean(report)
        server.result()

    def test_large_download_is_whole(self):
        path, hash_sent = large_file()

        def source(connection):
            connection.sendall(path.read_bytes())
            python_peer.close_with_notice(connection)
        server = self.python_server(source)
        report = self.connect('receive', server.port)
        self.assertEqual((report['received'], report['sha256']),
                         (str(path.stat().st_size), hash_sent))
        self.assert_clean(report)
        server.result()

    def test_cut_connection_is_truncated_after_the_data(self):
        def serve(connection):
            connection.sendall(b'some data')
            python_peer.close_without_notice(connection)
        server = self.python_server(serve)
        report = self.connect('receive', server.port)
        self.assertEqual(report['received'], '9')
        self.assert_error(report, 'truncated', operation='read')

    def test_cut_connection_is_an_end_where_that_was_asked_for(self):
        def serve(connection):
            connection.sendall(b'some data')
            python_peer.close_without_notice(connection)
        server = self.python_server(serve)
        report = self.connect('receive', server.port, require_close_notify='no')
        self.assertEqual(report['received'], '9')
        self.assertEqual(report['end'], 'eof')

    def test_reset_connection_is_a_system_error(self):
        def serve(connection):
            connection.recv(65536)
            python_peer.reset(connection)
        server = self.python_server(serve)
        report = self.connect('lines', server.port, 'hello\n')
        self.assert_error(report, 'system_error', operation='read')

    def test_server_that_resets_when_it_has_everything_does_not_make_closing_fail(self):
        """What our close_notify is answered with, where the server closes without reading it."""
        def serve(connection):
            connection.sendall(connection.recv(65536))
            select.select([connection], [], [], LIMIT)
            connection.close()
        server = self.python_server(serve)
        report = self.connect('lines', server.port, 'hello\n')
        self.assertEqual(report.all('answer'), ['hello'])
        self.assert_clean(report, 'open')
        server.result()

    def test_reset_during_an_upload_is_an_error(self):
        def serve(connection):
            connection.recv(1)
            python_peer.reset(connection)
        server = self.python_server(serve)
        path, _ = large_file()
        report = self.connect('send', server.port, file=path)
        self.assert_error(report, 'system_error')
        self.assertEqual(report['close'], 'failed')
        server.result()

    def test_silent_server_is_left_after_the_read_timeout(self):
        def silent(connection):
            received = python_peer.receive_all(connection)
            python_peer.close_with_notice(connection)
            return received
        server = self.python_server(silent)
        report = self.connect('lines', server.port, 'hello\n', read_timeout=200)
        self.assert_error(report, 'timed_out', operation='read')
        self.assertEqual(server.result(), b'hello\n')


class Tls12(PythonServerCases, InteropCase):
    protocol = 'TLSv1.2'


class Tls13(PythonServerCases, InteropCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
