# SPDX-License-Identifier: Apache-2.0
"""Java's SSLSocket at our server, and our client at its SSLServerSocket."""

import functools
import hashlib
import pathlib
import subprocess
import unittest

from interop_case import InteropCase, Report, large_file, needs, own
from pki import openssl
from process import LIMIT
from program_server import ServerCase, TrustCases

SOURCE = pathlib.Path(__file__).with_name('JavaPeer.java')
TO_START = 2 * LIMIT


@functools.lru_cache(maxsize=None)
def compiled():
    """The folder of the program."""
    folder = InteropCase.folder()
    subprocess.run(['javac', '-d', folder, SOURCE], check=True, stdin=subprocess.DEVNULL,
                   timeout=4 * LIMIT)
    return folder


@functools.lru_cache(maxsize=None)
def stored(credential):
    """A certificate and its key for Java."""
    path = InteropCase.folder() / 'identity.p12'
    openssl('pkcs12', '-export', '-in', credential.certificate, '-inkey', credential.key,
            '-name', 'identity', '-passout', 'pass:password', '-out', path)
    return path


class JavaCases(TrustCases):
    protocol = ''

    def java(self, *arguments):
        return self.start('java', '-XX:TieredStopAtLevel=1', '-cp', compiled(), 'JavaPeer', *arguments)

    def java_client(self, server, data=b'', ca=None, credential=None):
        """What a client of Java's prints that sends data and its end."""
        process = self.java('client', server.port, self.protocol, ca or self.pki.ca,
                            *([stored(credential)] if credential else []))
        process.send(data)
        process.end_input()
        process.wait(TO_START)
        return Report(process.output.splitlines())

    def test_client_sends_much_and_is_answered_after_its_end(self):
        path, digest = large_file()
        server = self.serve('sink', method=self.protocol)
        said = self.java_client(server, path.read_bytes())
        report = server.report()
        self.assertEqual((report['protocol'], report['sha256']), (self.protocol, digest))
        self.assert_clean(report, 'open')
        answer = f'{path.stat().st_size} {digest}\n'
        self.assertEqual(said['sha256'], hashlib.sha256(answer.encode()).hexdigest())
        self.assertEqual((said['end'], said['peer']), ('eof', 'CN=server'))

    def test_client_receives_much_up_to_the_end(self):
        path, digest = large_file()
        said = self.java_client(self.serve('source', method=self.protocol, file=path))
        self.assertEqual((said['sha256'], said['end']), (digest, 'eof'))

    def test_client_shows_its_certificate(self):
        server = self.serve('echo', method=self.protocol, verify='required', ca=self.pki.ca)
        said = self.java_client(server, b'one\ntwo\n', credential=self.pki.client)
        self.assertEqual((said['received'], said['end']), ('8', 'eof'))
        report = server.report()
        self.assertEqual((report['peer'], report['verified']), ('CN=client', 'yes'))

    def test_client_that_is_not_to_be_let_in_is_not(self):
        server = self.serve('echo', method=self.protocol, verify='required', ca=self.pki.ca)
        said = self.java_client(server, b'one\n')
        self.assertNotIn('received', said)
        self.assertRegex(said['end'], 'certificate_required|handshake_failure|closed|reset')
        self.assertEqual(server.report()['error'], 'certificate_rejected')

    def test_client_refuses_our_server(self):
        server = self.serve('echo', method=self.protocol)
        said = self.java_client(server, b'one\n', ca=self.pki.other_ca)
        self.assertIn('unable to find valid certification path', said['end'])
        report = server.report()
        self.assertEqual(report['error'], 'alert_received', report['what'])

    def java_server(self, certificates='none'):
        """The port. Its report of a connection comes by self.java_report()."""
        self.server = self.java('server', self.protocol, self.pki.ca, stored(self.pki.server),
                                certificates)
        return int(self.server.expect(r'^port (\d+)$', TO_START)[1])

    def java_report(self):
        self.server.expect('^done$')
        return Report(self.server.output.splitlines())

    def dial(self, certificates='none', **options):
        return self.channel(**options).connect(self.java_server(certificates))

    def test_server_is_sent_much(self):
        path, digest = large_file()
        channel = self.dial()
        self.assertEqual(channel.info()['protocol'], self.protocol)
        channel.do('send_file', path)
        self.assert_ended_well(channel.close())
        self.assertEqual(self.java_report()['sha256'], digest)

    def test_server_is_sent_nothing(self):
        channel = self.dial()
        self.assert_ended_well(channel.close())
        self.assertEqual(self.java_report()['received'], '0')

    def test_server_takes_our_certificate(self):
        channel = self.dial('wanted', **own(self.pki.client))
        channel.write('hello\n')
        self.assert_ended_well(channel.close())
        report = self.java_report()
        self.assertEqual((report['peer'], report['received']), ('CN=client', '6'))

    def assert_refused_by_java(self, pattern, **options):
        channel = self.dial('wanted', **options)
        report = channel.do('info', state=None)
        if report['done'] == 'good':
            report = channel.do('read_line', state='bad')
        self.assertEqual(report['error'], 'alert_received', report['what'])
        self.assertRegex(report['what'], pattern)
        self.assertNotIn('received', self.java_report())

    def test_server_refuses_a_client_without_certificate(self):
        self.assert_refused_by_java('certificate required|bad certificate|handshake failure')

    def test_server_refuses_a_client_of_an_unknown_authority(self):
        self.assert_refused_by_java('certificate unknown|unknown ca', **own(self.pki.stranger))


@needs('javac')
class Tls12(JavaCases, ServerCase):
    """Java takes an end of input for one of its output, too, as RFC 5246 has it."""
    protocol = 'TLSv1.2'

    def test_server_that_hears_the_end_has_nothing_to_say_any_more(self):
        channel = self.dial()
        channel.write('hello\n').do('shutdown_write')
        channel.do('read_line', state='eof')
        self.assert_ended_well(channel.close(), 'eof')


@needs('javac')
class Tls13(JavaCases, ServerCase):
    protocol = 'TLSv1.3'

    def test_server_answers_after_the_end(self):
        path, digest = large_file()
        channel = self.dial()
        channel.do('send_file', path)
        channel.do('shutdown_write')
        self.assertEqual(channel.do('digest', state='eof')['sha256'], digest)
        self.assert_ended_well(channel.close(), 'eof')
        self.assertEqual(self.java_report()['end'], 'eof')


if __name__ == '__main__':
    unittest.main()
