# SPDX-License-Identifier: Apache-2.0
"""Our client, Mosquitto as its server: MQTT 3.1.1 under TLS."""

import hashlib
import os
import struct
import unittest

from interop_case import find_program, needs, own
from program_server import CertificateCases, ServerCase, TrustCases

CONFIGURATION = '''
listener {port} 127.0.0.1
allow_anonymous true
cafile {ca}
certfile {certificate}
keyfile {key}
tls_version {protocol}
log_dest stderr
log_type all
persistence false
{user}
{more}
'''
CERTIFICATES_WANTED = 'require_certificate true\nuse_identity_as_username true'

CONNECTED = b'\x20\x02\x00\x00'
PING, PONG, LEAVE = b'\xc0\x00', b'\xd0\x00', b'\xe0\x00'


def text(value):
    return struct.pack('!H', len(value)) + value.encode()


def packet(kind, content):
    """Its length is a number of seven bits a byte."""
    size, length = len(content), b''
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([kind]) + length + content


def connect(name):
    return packet(0x10, text('MQTT') + b'\x04\x02\x00\x3c' + text(name))


class MosquittoCases(TrustCases, CertificateCases):
    protocol = ''

    def mosquitto(self, more=''):
        configuration = self.open_folder() / 'mosquitto.conf'
        user = 'user root' if os.getuid() == 0 else ''  # it would not read the key any more

        def begin(port):
            configuration.write_text(CONFIGURATION.format(
                port=port, ca=self.pki.ca, certificate=self.pki.server.certificate, user=user,
                key=self.pki.server.key, protocol=self.protocol.lower(), more=more))
            self.server = self.daemon(find_program('mosquitto'), '-c', configuration)
            return self.server

        return self.run_server(begin)

    def dial(self, more='', **options):
        return self.channel(method=self.protocol, **options).connect(self.mosquitto(more))

    def log_in(self, channel, name):
        channel.write(connect(name))
        self.assertEqual(channel.read(4), CONNECTED)

    def leave(self, channel):
        channel.write(LEAVE).flush()
        channel.do('digest', state=None)
        return channel.close()

    def test_message_of_one_client_reaches_another_whole(self):
        client = self.client(method=self.protocol)
        port = self.mosquitto()
        hears, speaks = client.channel().connect(port), client.channel().connect(port)
        self.assertEqual(hears.info()['protocol'], self.protocol)
        self.log_in(hears, 'hears')
        self.log_in(speaks, 'speaks')
        hears.write(packet(0x82, b'\x00\x01' + text('news') + b'\x00'))
        self.assertEqual(hears.read(5), b'\x90\x03\x00\x01\x00')
        message = packet(0x30, text('news') + ''.join(f'{n:08}' for n in range(100000)).encode())
        speaks.write(message).write(PING)
        self.assertEqual(speaks.read(2), PONG)
        self.assertEqual(hears.do('digest', len(message))['sha256'],
                         hashlib.sha256(message).hexdigest())
        for channel in hears, speaks:
            self.assert_ended_well(channel.close())

    def test_client_that_leaves_ends_the_connection(self):
        channel = self.dial()
        self.log_in(channel, 'leaves')
        self.assertEqual(self.leave(channel)['end'], 'eof')

    def test_client_certificate_names_the_user(self):
        channel = self.dial(CERTIFICATES_WANTED, **own(self.pki.client))
        self.log_in(channel, 'certified')
        self.server.expect(r"as certified \(.*u'client'")
        self.assert_ended_well(channel.close())

    def dial_certified(self, **options):
        return self.dial(CERTIFICATES_WANTED, **options)

    def ask(self, channel):
        channel.write(connect('refused'))
        return channel.do('read', 1, state='bad')


@needs('mosquitto')
class Tls12(MosquittoCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('mosquitto')
class Tls13(MosquittoCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
