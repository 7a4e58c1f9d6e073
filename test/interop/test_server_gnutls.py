# SPDX-License-Identifier: Apache-2.0
"""Our server, gnutls-cli as its client."""

import unittest

from interop_case import EXPIRED, InteropCase, gnutls_binding, needs

PRIORITIES = {version: f'NORMAL:-VERS-ALL:+VERS-{version.replace("v", "")}'
              for version in ('TLSv1.2', 'TLSv1.3')}


class GnutlsCliCases:
    protocol = ''

    def gnutls_cli(self, server, *arguments, ca=None):
        return self.start('gnutls-cli', '--x509cafile', ca or self.pki.ca,
                          '--priority', PRIORITIES[self.protocol], '--port', server.port,
                          *arguments, 'localhost')

    def assert_echo(self, client, text):
        client.send(text + '\n')
        client.expect(f'^{text}$')

    def leave(self, client):
        client.end_input()
        self.assertEqual(client.wait(), 0)

    def test_lines_are_echoed(self):
        server = self.serve('echo')
        client = self.gnutls_cli(server)
        client.expect('The certificate is trusted')
        self.assert_echo(client, 'hello')
        self.assert_echo(client, 'a second line')
        self.leave(client)
        report = server.report()
        self.assertEqual(report['protocol'], self.protocol)
        self.assertEqual(report['server_name'], 'localhost')
        self.assert_clean(report)

    def test_client_certificate_is_verified(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        client = self.gnutls_cli(server, '--x509certfile', self.pki.client.certificate,
                                 '--x509keyfile', self.pki.client.key)
        self.assert_echo(client, 'hello')
        self.leave(client)
        report = server.report()
        self.assertEqual((report['peer'], report['verified']), ('CN=client', 'yes'))
        self.assert_clean(report)

    def test_expired_client_certificate_is_refused(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        client = self.gnutls_cli(server, '--x509certfile', self.pki.expired.certificate,
                                 '--x509keyfile', self.pki.expired.key)
        client.expect('[Aa]lert')
        client.wait()
        self.assert_error(server.report(), 'certificate_rejected', EXPIRED)

    def test_refusal_by_the_client_is_reported(self):
        server = self.serve('echo')
        client = self.gnutls_cli(server, ca=self.pki.other_ca)
        self.assertNotEqual(client.wait(), 0)
        self.assert_error(server.report(), 'alert_received', operation='handshake')

    def test_channel_bindings_are_the_clients(self):
        server = self.serve('echo')
        client = self.gnutls_cli(server, '--verbose', '--keymatexport', 'EXPORTER-Interop',
                                 '--keymatexportsize', '48')
        bindings = {kind: gnutls_binding(client, kind)
                    for kind in ('tls-server-end-point', 'tls-exporter')}
        bindings['exported'] = client.expect('Key material: ([0-9a-f]+)$').group(1).decode()
        self.leave(client)
        report = server.report()
        self.assertEqual({kind: report[kind] for kind in bindings}, bindings)

    def test_end_point_of_a_resumed_session_is_that_of_its_first_handshake(self):
        server = self.serve('echo')
        client = self.gnutls_cli(server, '--verbose', '--resume')
        first = server.report()
        self.leave(client)
        again = server.report()
        self.assertEqual(again['resumed'], 'yes')
        self.assertEqual(again['tls-server-end-point'], first['tls-server-end-point'])
        self.assertEqual(gnutls_binding(client, 'tls-server-end-point'),
                         again['tls-server-end-point'])

    def test_session_is_resumed(self):
        server = self.serve('echo')
        client = self.gnutls_cli(server, '--resume')
        self.assert_clean(server.report())
        self.assert_echo(client, 'hello')
        self.leave(client)
        report = server.report()
        self.assertEqual(report['resumed'], 'yes')
        self.assert_clean(report)


@needs('gnutls-cli')
class Tls12(GnutlsCliCases, InteropCase):
    protocol = 'TLSv1.2'


@needs('gnutls-cli')
class Tls13(GnutlsCliCases, InteropCase):
    protocol = 'TLSv1.3'

    def assert_data_go_on_after(self, command):
        server = self.serve('echo')
        client = self.gnutls_cli(server, '--inline-commands')
        self.assert_echo(client, 'before')
        client.send(command + '\n')
        client.expect('Rekey was completed')
        self.assert_echo(client, 'after')
        self.assert_echo(client, 'and once more')
        self.leave(client)
        self.assert_clean(server.report())

    def test_data_go_on_after_a_key_update(self):
        self.assert_data_go_on_after('^rekey1^')

    def test_data_go_on_after_a_key_update_that_wants_an_answer(self):
        self.assert_data_go_on_after('^rekey^')


if __name__ == '__main__':
    unittest.main()
