# SPDX-License-Identifier: Apache-2.0
"""Our client, gnutls-serv as its server."""

import os
import pathlib
import re
import unittest

from interop_case import NO_LOCAL_ISSUER, InteropCase, gnutls_binding, needs, own
from program_server import ServerCase

PRIORITIES = {version: f'NORMAL:-VERS-ALL:+VERS-{version.replace("v", "")}'
              for version in ('TLSv1.2', 'TLSv1.3')}


def listening_port(process):
    """The IPv4 port on which a process listens, as the kernel knows it: gnutls-serv finds itself a
    free one, but does not tell."""
    links = [os.readlink(link) for link in pathlib.Path(f'/proc/{process.pid}/fd').iterdir()]
    sockets = {match.group(1) for match in map(re.compile(r'socket:\[(\d+)\]').match, links)
               if match}
    for line in pathlib.Path('/proc/net/tcp').read_text().splitlines()[1:]:
        field = line.split()
        if field[9] in sockets:
            return int(field[1].split(':')[1], 16)
    raise AssertionError(f'{process.arguments[0]} does not listen')


class GnutlsServCases:
    protocol = ''

    def gnutls_serv(self, *arguments):
        """Returns the process and its port."""
        process = self.start('gnutls-serv', '--port', '0', '--priority', PRIORITIES[self.protocol],
                             '--x509certfile', self.pki.server.certificate,
                             '--x509keyfile', self.pki.server.key, *arguments)
        process.expect(r'listening on IPv4 .*\.\.\.done')
        return process, listening_port(process)

    def test_lines_are_echoed(self):
        _, port = self.gnutls_serv('--echo', '--disable-client-cert')
        report = self.connect('lines', port, 'hello\na second line\n')
        self.assertEqual(report.all('answer'), ['hello', 'a second line'])
        self.assertEqual((report['protocol'], report['verified']), (self.protocol, 'yes'))
        self.assert_clean(report, 'open')

    def test_channel_bindings_are_the_servers(self):
        process, port = self.gnutls_serv('--echo', '--disable-client-cert')
        report = self.connect('lines', port, 'hello\n')
        for kind in ('tls-server-end-point', 'tls-exporter'):
            self.assertEqual(report[kind], gnutls_binding(process, kind))

    def test_status_page_is_received(self):
        _, port = self.gnutls_serv('--http', '--disable-client-cert')
        report = self.connect('http', port, path='/')
        self.assertIn('200 OK', report['status'])
        self.assertGreater(int(report['received']), 100)

    def test_client_certificate_is_sent(self):
        _, port = self.gnutls_serv('--echo', '--require-client-cert', '--verify-client-cert',
                                   '--x509cafile', self.pki.ca)
        report = self.connect('lines', port, 'hello\n', **own(self.pki.client))
        self.assertEqual(report.all('answer'), ['hello'])
        self.assert_clean(report, 'open')

    def test_client_certificate_that_the_server_refuses(self):
        _, port = self.gnutls_serv('--echo', '--require-client-cert', '--verify-client-cert',
                                   '--x509cafile', self.pki.ca)
        report = self.connect('lines', port, 'hello\n', **own(self.pki.stranger))
        self.assertEqual(report.all('answer'), [])
        self.assert_error(report, 'alert_received')

    def test_refusal_ends_the_handshake_at_the_server(self):
        process, port = self.gnutls_serv('--echo')
        report = self.connect('lines', port, 'hello\n', ca=self.pki.other_ca)
        self.assert_error(report, 'certificate_rejected', NO_LOCAL_ISSUER, 'handshake')
        process.expect('Error in handshake')


@needs('gnutls-serv')
class Tls12(GnutlsServCases, InteropCase):
    protocol = 'TLSv1.2'


@needs('gnutls-serv')
class Tls13(GnutlsServCases, ServerCase):
    protocol = 'TLSv1.3'

    def test_data_go_on_after_our_key_updates(self):
        _, port = self.gnutls_serv('--echo', '--disable-client-cert')
        channel = self.channel()
        channel.connect(port)
        for number, request in enumerate(('not_requested', 'requested', 'requested'), 1):
            report = channel.do('update_keys', request)
            self.assertEqual(report['key_updates_sent'], str(number))
            channel.do('write', f'line{number}%0A')
            self.assertEqual(channel.do('read_line')['line'], f'line{number}')
        report = channel.do('update_keys', 'not_requested')
        self.assertEqual(report['key_updates_received'], '2')


if __name__ == '__main__':
    unittest.main()
