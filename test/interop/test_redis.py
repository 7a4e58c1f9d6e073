# SPDX-License-Identifier: Apache-2.0
"""Our client, Redis as its server, on its port for TLS."""

import unittest

from interop_case import find_program, large_file, needs, own
from program_server import CertificateCases, ServerCase, TrustCases


class RedisCases(TrustCases, CertificateCases):
    protocol = ''

    def redis(self, verify='no'):
        folder = self.open_folder()

        def begin(port):
            self.server = self.daemon(
                find_program('redis-server'), '--port', 0, '--tls-port', port, '--bind', '127.0.0.1',
                '--tls-cert-file', self.pki.server.certificate, '--tls-key-file', self.pki.server.key,
                '--tls-ca-cert-file', self.pki.ca, '--tls-auth-clients', verify,
                '--tls-protocols', self.protocol, '--dir', folder, '--save', '', '--daemonize', 'no',
                '--enable-debug-command', 'local')
            return self.server

        return self.run_server(begin)

    def dial(self, verify='no', **options):
        return self.channel(**options).connect(self.redis(verify))

    def test_commands_are_answered(self):
        channel = self.dial()
        self.assertEqual(channel.info()['protocol'], self.protocol)
        channel.ask('PING', r'\+PONG')
        for number in range(1000):  # many questions, and then their answers
            channel.write(f'INCRBY counter {number}\r\n')
        for _ in range(999):
            channel.read_line()
        channel.expect(f':{999 * 1000 // 2}$')
        self.assert_ended_well(channel.close())

    def test_large_value_is_whole(self):
        path, digest = large_file()
        size = path.stat().st_size
        channel = self.dial()
        channel.write(f'*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n${size}\r\n')
        channel.do('send_file', path)
        channel.ask('', r'\+OK')
        channel.ask('GET large', rf'\${size}')
        self.assertEqual(channel.do('digest', size)['sha256'], digest)
        self.assertEqual(channel.read_line(), '')
        self.assert_ended_well(channel.close())

    def test_what_it_publishes_arrives_at_once(self):
        client = self.client()
        port = self.redis()
        hears, speaks = client.channel().connect(port), client.channel().connect(port)
        hears.ask('SUBSCRIBE news', r':1')
        speaks.ask('PUBLISH news something', r':1')
        hears.expect('something')
        for channel in hears, speaks:
            self.assert_ended_well(channel.close())

    def test_quit_is_answered_and_ends_the_connection(self):
        channel = self.dial()
        channel.ask('QUIT', r'\+OK')
        channel.do('read_line', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_server_that_is_killed_is_no_end(self):
        channel = self.dial()
        channel.ask('PING', r'\+PONG')
        self.server.kill()
        report = channel.do('read_line', state='bad')
        self.assertIn(report['error'], ('truncated', 'system_error'), report['what'])

    def test_client_certificate_lets_in(self):
        channel = self.dial('yes', **own(self.pki.client))
        channel.ask('PING', r'\+PONG')
        self.assert_ended_well(channel.close())

    def dial_certified(self, **options):
        return self.dial('yes', **options)

    def ask(self, channel):
        channel.write('PING\r\n')
        return channel.do('read_line', state='bad')


@needs('redis-server')
class Tls12(RedisCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('redis-server')
class Tls13(RedisCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
