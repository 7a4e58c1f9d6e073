# SPDX-License-Identifier: Apache-2.0
"""stunnel before a server that speaks in plaintext, for our client; and before a client that does,
for our server."""

import hashlib
import socket
import threading
import unittest

from interop_case import find_program, large_file, needs, own
from process import LIMIT
from program_server import ServerCase, TrustCases

CONFIGURATION = '''
foreground = yes
pid =
syslog = no
debug = 6
sslVersion = {protocol}
[service]
client = {client}
accept = 127.0.0.1:{port}
connect = localhost:{target}
{more}
'''


class PlainServer:
    """A server in plaintext, which answers with a function of all that came up to the end."""

    def __init__(self, case, answer):
        self._answer = answer
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()
        case.addCleanup(self._listener.close)

    def _run(self):
        try:
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(LIMIT)
                    heard = b''
                    while block := connection.recv(65536):
                        heard += block
                    connection.sendall(self._answer(heard))
        except OSError:
            pass


class StunnelCases(TrustCases):
    protocol = ''

    def stunnel(self, client, target, more):
        configuration = self.folder() / 'stunnel.conf'

        def begin(port):
            configuration.write_text(CONFIGURATION.format(
                protocol=self.protocol, client=client, port=port, target=target, more=more))
            self.tunnel = self.daemon(find_program('stunnel'), configuration)
            return self.tunnel

        # Not by trying, since it would try its server, too.
        return self.run_server(begin, ready='bound to')

    def before_server(self, answer, verify='no'):
        """The port under TLS of a server in plaintext."""
        server = PlainServer(self, answer)
        return self.stunnel('no', server.port, f'cert = {self.pki.server.certificate}\n'
                            f'key = {self.pki.server.key}\n'
                            f'CAfile = {self.pki.ca}\nverifyChain = {verify}\n'
                            f'requireCert = {verify}')

    def before_client(self, target, ca=None, name='localhost'):
        """The plaintext port of a server under TLS."""
        return self.stunnel('yes', target, f'CAfile = {ca or self.pki.ca}\nverifyChain = yes\n'
                            f'checkHost = {name}\nsni = {name}\ncert = {self.pki.client.certificate}\n'
                            f'key = {self.pki.client.key}')

    def dial(self, answer=bytes.upper, verify='no', **options):
        return self.channel(**options).connect(self.before_server(answer, verify))

    def test_our_client_ends_its_output_and_is_answered(self):
        channel = self.dial()
        channel.write('some words\nand more\n').do('shutdown_write')
        self.assertEqual(channel.read_line(), 'SOME WORDS')
        self.assertEqual(channel.read_line(), 'AND MORE')
        channel.do('read_line', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_our_client_that_sends_nothing_is_answered(self):
        channel = self.dial(lambda heard: b'%d bytes\n' % len(heard))
        channel.do('shutdown_write')
        self.assertEqual(channel.read_line(), '0 bytes')
        self.assert_ended_well(channel.close())

    def test_our_client_sends_and_receives_much(self):
        path, digest = large_file()
        channel = self.dial(lambda heard: heard[::-1])
        channel.do('send_file', path)
        channel.do('shutdown_write')
        report = channel.do('digest', state='eof')
        self.assert_ended_well(channel.close(), 'eof')
        # When its server ends as well, stunnel 5.68 sometimes drops what it has not read yet, and
        # ends TLS in order. It logs how much it has sent.
        found = self.tunnel.expect(r'closed: (\d+) byte\(s\) sent to TLS, (\d+) byte\(s\) sent to socket')
        sent_to_us, heard = int(found[1]), path.read_bytes()
        self.assertEqual(int(found[2]), len(heard))
        self.assertEqual(report['sha256'], hashlib.sha256(heard[::-1][:sent_to_us]).hexdigest())

    def test_our_client_shows_its_certificate(self):
        channel = self.dial(verify='yes', **own(self.pki.client))
        channel.write('hello\n').do('shutdown_write')
        self.assertEqual(channel.read_line(), 'HELLO')
        self.assert_ended_well(channel.close())

    def test_our_client_without_certificate_is_refused(self):
        channel = self.dial(verify='yes')
        report = channel.do('info', state=None)
        if report['done'] == 'good':
            report = channel.do('read_line', state='bad')
        self.assertEqual(report['error'], 'alert_received', report['what'])

    def talk(self, port, data):
        """What comes back to a client in plaintext."""
        with socket.create_connection(('127.0.0.1', port), LIMIT) as plain:
            heard = b''
            try:
                plain.sendall(data)
                plain.shutdown(socket.SHUT_WR)
                while block := plain.recv(65536):
                    heard += block
            except OSError:
                pass
            return heard

    def test_our_server_answers_line_by_line(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        self.assertEqual(self.talk(self.before_client(server.port), b'one\ntwo\n'), b'one\ntwo\n')
        report = server.report()
        self.assertEqual((report['protocol'], report['peer']), (self.protocol, 'CN=client'))
        self.assert_clean(report)

    def test_our_server_receives_much_up_to_the_end(self):
        path, digest = large_file()
        server = self.serve('sink', verify='required', ca=self.pki.ca)
        answer = self.talk(self.before_client(server.port), path.read_bytes())
        self.assertEqual(answer.decode(), f'{path.stat().st_size} {digest}\n')
        self.assertEqual(server.report()['sha256'], digest)

    def test_our_server_is_sent_nothing(self):
        server = self.serve('sink', verify='required', ca=self.pki.ca)
        answer = self.talk(self.before_client(server.port), b'')
        self.assertEqual(answer.split()[0], b'0')
        self.assertEqual(server.report()['received'], '0')

    def test_our_server_is_refused_under_another_authority_or_name(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        for refusal in {'ca': self.pki.other_ca}, {'name': 'elsewhere.example'}:
            heard = self.talk(self.before_client(server.port, **refusal), b'one\n')
            self.assertEqual(heard, b'')
            self.assertEqual(server.report()['error'], 'alert_received')


@needs('stunnel')
class Tls12(StunnelCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('stunnel')
class Tls13(StunnelCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
