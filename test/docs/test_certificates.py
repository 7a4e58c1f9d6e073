# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of the guide's page on certificates, as they stand there, and has the guide's
programs use what they make."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from pages import ROOT, blocks

sys.path.insert(0, str(ROOT / 'test/interop'))
from process import Process  # noqa: E402 pylint: disable=wrong-import-position

PROGRAMS = dict(line.split('=', 1) for line in os.environ['IOSTLS_GUIDE'].splitlines())


@unittest.skipUnless(shutil.which('openssl'), 'openssl is not installed')
class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        page = ROOT / 'doc/guide/certificates.md'
        commands = ''.join(block.text for block in blocks(page, 'sh'))
        done = subprocess.run(['sh', '-eu', '-c', commands], cwd=cls.folder, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        cls.said = done.stdout.decode()
        if done.returncode != 0:
            raise AssertionError('the commands of the page fail:\n' + cls.said)

    def start(self, name, *arguments):
        process = Process(PROGRAMS[name], *arguments, cwd=self.folder)
        self.addCleanup(process.stop)
        return process

    def serve(self):
        return self.start('server', 'server.crt', 'server.key').expect(r'^port (\d+)$')[1].decode()

    def ask(self, port, *certificate, host='localhost', ca_file='ca.pem'):
        client = self.start('client', host, port, ca_file, *certificate)
        client.send('hello\n')
        client.end_input()
        return client.wait(), client.output

    def test_commands_tell_what_was_made(self):
        self.assertIn('DNS:localhost, IP Address:127.0.0.1', self.said)
        self.assertIn('server.crt: OK', self.said)

    def test_client_talks_to_the_server(self):
        self.assertEqual(self.ask(self.serve()), (0, 'you said: hello\n'))

    def test_client_with_a_certificate_talks_to_the_server(self):
        answer = self.ask(self.serve(), 'alice.pem', 'alice.key')
        self.assertEqual(answer, (0, 'you said: hello\n'))

    def test_certificate_of_a_client_verifies_as_one(self):
        done = subprocess.run(['openssl', 'verify', '-CAfile', 'ca.pem', '-purpose', 'sslclient',
                               'alice.pem'], cwd=self.folder, stdout=subprocess.PIPE, timeout=30)
        self.assertEqual(done.returncode, 0)

    def test_other_authority_is_not_trusted(self):
        status, said = self.ask(self.serve(), ca_file='alice.pem')
        self.assertEqual(status, 1)
        self.assertIn('certificate', said)

    def test_encrypted_key_without_its_password_is_refused(self):
        status, said = self.ask(self.serve(), 'alice.pem', 'alice-encrypted.key')
        self.assertEqual(status, 1)
        self.assertIn('password', said)

    def test_watchdog_tells_how_long_the_certificate_lasts(self):
        port = self.serve()
        watchdog = self.start('deployment', 'localhost', port, 'ca.pem', '30')
        self.assertEqual((watchdog.wait(), watchdog.output), (0, '364 days left\n'))
        watchdog = self.start('deployment', 'localhost', port, 'ca.pem', '400')
        self.assertEqual(watchdog.wait(), 1)


if __name__ == '__main__':
    unittest.main()
