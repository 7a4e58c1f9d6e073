# SPDX-License-Identifier: Apache-2.0
"""Encrypted Client Hello (RFC 9849), `openssl s_server` as the peer."""

import base64
import re
import unittest

from interop_case import InteropCase, find_program, version_of
from pki import LOCAL_NAMES, openssl

PUBLIC_NAME = 'public.example'


def openssl_has_ech():
    return bool(find_program('openssl')) and version_of('openssl') >= (4,)


@unittest.skipUnless(openssl_has_ech(), 'openssl(1) has Encrypted Client Hello since version 4.0')
class EncryptedClientHello(InteropCase):
    def setUp(self):
        super().setUp()
        self.both = self.pki.authority.issue('both_names', names=f'{LOCAL_NAMES},DNS:{PUBLIC_NAME}')

    def new_key(self):
        """A file with a server's key, and the list for its clients in base 64."""
        path = self.folder() / 'ech.pem'
        openssl('ech', '-public_name', PUBLIC_NAME, '-out', path)
        block = re.search('-----BEGIN ECHCONFIG-----(.*?)-----END', path.read_text(), re.S)
        return path, ''.join(block.group(1).split())

    def s_server(self, *arguments):
        certificate, key = self.both
        process = self.start('openssl', 's_server', '-accept', '127.0.0.1:0', '-rev',
                             '-cert', certificate, '-key', key, *arguments)
        return int(process.expect(r'^ACCEPT 127\.0\.0\.1:(\d+)').group(1))

    def test_server_decrypts_the_hello(self):
        path, config = self.new_key()
        port = self.s_server('-ech_key', path)
        report = self.connect('lines', port, 'hello\n', ech_config=config)
        self.assertEqual((report['ech_status'], report['server_name']), ('accepted', 'localhost'))
        self.assertEqual(report.all('answer'), ['olleh'])

    def test_server_offers_a_newer_list(self):
        path, config = self.new_key()
        port = self.s_server('-ech_key', path)
        _, former = self.new_key()
        report = self.connect('lines', port, 'hello\n', ech_config=former)
        self.assertEqual(report['error'], 'ech_rejected')
        newer = base64.b64encode(bytes.fromhex(report['ech_retry_configs'])).decode()
        self.assertEqual(newer, config)

    def test_server_has_switched_it_off(self):
        _, config = self.new_key()
        report = self.connect('lines', self.s_server(), 'hello\n', ech_config=config)
        self.assertEqual((report['error'], report['ech_retry_configs']), ('ech_rejected', ''))
        self.assertIn(PUBLIC_NAME, report['what'])

    def test_server_gets_random_bytes(self):
        path, _ = self.new_key()
        for port in self.s_server('-ech_key', path), self.s_server():
            report = self.connect('lines', port, 'hello\n', ech_grease='yes')
            self.assertEqual((report['ech_status'], report.all('answer')), ('grease', ['olleh']))


if __name__ == '__main__':
    unittest.main()
