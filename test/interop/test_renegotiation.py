# SPDX-License-Identifier: Apache-2.0
"""Our client, and servers of TLS 1.2 that renegotiate: `openssl s_server`; and gnutls-serv, which can do
so without RFC 5746."""

import unittest

from interop_case import needs, own
from program_server import ServerCase
from test_client_gnutls import listening_port


@needs('openssl')
class OpenSSL(ServerCase):
    def dial(self, *arguments, **options):
        self.server = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-tls1_2',
                                 '-cert', self.pki.server.certificate, '-key', self.pki.server.key,
                                 '-CAfile', self.pki.ca, '-msg', *arguments)
        port = self.server.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1).decode()
        channel = self.channel(**options).connect(port)
        self.assertEqual(channel.info()['protocol'], 'TLSv1.2')
        return channel

    def ask(self, key):
        """Presses a key that makes s_server renegotiate."""
        self.server.send(f'{key}\n')
        self.server.expect('HelloRequest')

    def assert_renegotiates(self, channel, key):
        self.ask(key)
        self.server.send('a line\n')
        self.assertEqual(channel.read_line(), 'a line')  # it may come before the handshake
        channel.write('an answer\n').flush()  # but nothing is sent before that is done
        self.server.expect('an answer')

    def assert_goes_on(self, *arguments, resumed):
        channel = self.dial(*arguments, max_renegotiations=2, groups='?nonsense,P-256',
                            **own(self.pki.client))
        for key in 'rR':
            self.assert_renegotiates(channel, key)
            info = channel.info()
            self.assertEqual((info['peer'], info['verified'], info['resumed']),
                             ('CN=server', 'yes', resumed))
        self.assertEqual(self.server.output.count(', Finished'), 6)  # each side's, three times
        channel.close()

    def test_data_go_on_after_full_handshakes(self):
        self.assert_goes_on('-no_resumption_on_reneg', resumed='no')
        self.assertIn('CertificateVerify', self.server.output)

    def test_data_go_on_after_short_handshakes(self):
        self.assert_goes_on(resumed='yes')

    def test_one_too_many_is_refused(self):
        channel = self.dial(max_renegotiations=1)
        self.assert_renegotiates(channel, 'r')
        self.ask('r')
        report = channel.do('read_line', state='bad')
        self.assertEqual(report['error'], 'alert_received')
        self.server.expect('no renegotiation')


@needs('gnutls-serv')
class GnuTLS(ServerCase):
    def dial(self, priority='', **options):
        self.server = self.start('gnutls-serv', '--port', '0', '--echo', '--priority',
                                 f'NORMAL:-VERS-ALL:+VERS-TLS1.2{priority}',
                                 '--x509certfile', self.pki.server.certificate,
                                 '--x509keyfile', self.pki.server.key)
        self.server.expect(r'listening on IPv4 .*\.\.\.done')
        return self.channel(**options).connect(listening_port(self.server))

    def test_server_without_secure_renegotiation_is_refused(self):
        channel = self.dial(':%DISABLE_SAFE_RENEGOTIATION', max_renegotiations=1)
        report = channel.info(state=None)
        self.assertIn('does not know secure renegotiation', report['what'])

    def test_server_without_secure_renegotiation_may_not_do_it_where_it_is_let_in(self):
        channel = self.dial(':%DISABLE_SAFE_RENEGOTIATION', max_renegotiations=1,
                            openssl_command='Options=UnsafeLegacyServerConnect')
        self.assertEqual(channel.write('hello\n').read_line(), 'hello')
        self.assertIn('Success', channel.write('**REHANDSHAKE**\n').read_line())
        self.server.expect('Sending rehandshake request')
        channel.write('hello again\n').do('read_line', state=None)
        self.server.expect('A TLS warning alert has been received')  # no_renegotiation


if __name__ == '__main__':
    unittest.main()
