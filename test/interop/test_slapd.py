# SPDX-License-Identifier: Apache-2.0
"""Our client, OpenLDAP's slapd as its server: LDAP (RFC 4511) under TLS."""

import unittest

from interop_case import find_program, needs, own
from program_server import ServerCase, TrustCases

CONFIGURATION = '''
pidfile {folder}/pid
argsfile {folder}/arguments
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
TLSVerifyClient {verify}
'''

SIMPLE = 0x80
SASL = 0xa3
WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3'
SUCCESS = b'\x0a\x01\x00'


def ber(tag, *parts):
    """A value in the Basic Encoding Rules, in a long form of its length."""
    content = b''.join(part.encode() if isinstance(part, str) else part for part in parts)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, 'big') + content


def message(number, operation):
    return ber(0x30, ber(2, bytes([number])), operation)


def bind(*credentials):
    return message(1, ber(0x60, ber(2, b'\3'), ber(4, ''), *credentials))


def read_message(channel):
    """Of the server's messages, whatever form their lengths have."""
    head = channel.read(2)
    size = head[1]
    if size & 0x80:
        size = int.from_bytes(channel.read(size & 0x7f), 'big')
    return channel.read(size)


class SlapdCases(TrustCases):
    protocol = ''

    def slapd(self, verify='never'):
        folder = self.open_folder()
        configuration = folder / 'slapd.conf'
        configuration.write_text(CONFIGURATION.format(
            folder=folder, ca=self.pki.ca, certificate=self.pki.server.certificate,
            key=self.pki.server.key, verify=verify))

        def begin(port):
            return self.daemon(find_program('slapd'), '-d', '0', '-f', configuration,
                               '-h', f'ldaps://127.0.0.1:{port}')

        return self.run_server(begin)

    def dial(self, verify='never', **options):
        channel = self.channel(method=self.protocol, **options)
        return channel.connect(self.slapd(verify))

    def ask(self, channel, request):
        channel.write(request)
        return read_message(channel)

    def leave(self, channel):
        """Unbind: the server ends the connection."""
        channel.write(message(9, ber(0x42))).flush()
        channel.do('digest', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_anonymous_client_is_answered(self):
        channel = self.dial()
        self.assertEqual(channel.info()['protocol'], self.protocol)
        self.assertIn(SUCCESS, self.ask(channel, bind(ber(SIMPLE, ''))))
        search = ber(0x63, ber(4, ''), ber(10, b'\0'), ber(10, b'\0'), ber(2, b'\0'), ber(2, b'\0'),
                     ber(1, b'\0'), ber(0x87, 'objectClass'), ber(0x30, ber(4, '+')))
        self.assertIn(b'supportedLDAPVersion', self.ask(channel, message(2, search)))
        self.assertIn(SUCCESS, read_message(channel))
        self.leave(channel)

    def test_large_request_and_answer_are_whole(self):
        """A comparison with an object that is not there, whose name the answer does not repeat; then
        something small, which only an input that is in step would get."""
        channel = self.dial()
        value = ber(0x30, ber(4, 'cn'), ber(4, 'x' * 200000))
        self.assertIn(b'\x0a\x01', self.ask(channel, message(1, ber(0x6e, ber(4, ''), value))))
        self.assertIn(SUCCESS, self.ask(channel, bind(ber(SIMPLE, ''))))
        self.leave(channel)

    def test_client_certificate_is_who_the_client_is(self):
        channel = self.dial('demand', **own(self.pki.client))
        self.assertIn(SUCCESS, self.ask(channel, bind(ber(SASL, ber(4, 'EXTERNAL'), ber(4, '')))))
        answer = self.ask(channel, message(2, ber(0x77, ber(0x80, WHO_AM_I))))
        self.assertIn(b'dn:cn=client', answer)
        self.leave(channel)

    def test_client_without_certificate_is_refused(self):
        channel = self.dial('demand')
        report = channel.do('info', state=None)
        if report['done'] == 'good':
            channel.write(bind(ber(SIMPLE, '')))
            report = channel.do('read', 2, state='bad')
        # Built with GnuTLS, it leaves without an alert.
        self.assertIn(report['error'], ('alert_received', 'truncated', 'system_error',
                                        'handshake_failed'), report['what'])


@needs('slapd')
class Tls12(SlapdCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('slapd')
class Tls13(SlapdCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
