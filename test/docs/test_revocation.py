# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of the guide's page on revocation, after those on certificates, and has the
page's program and script use what they make."""

import http.server
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

from pages import ROOT, blocks

GUIDE = ROOT / 'doc/guide'
PROGRAM = os.environ['IOSTLS_REVOCATION']


class Responder(http.server.BaseHTTPRequestHandler):
    """Answers for the authority of the page."""

    def do_POST(self):  # pylint: disable=invalid-name
        folder = self.server.folder
        (folder / 'request').write_bytes(self.rfile.read(int(self.headers['Content-Length'])))
        run('openssl', 'ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'ca.pem',
            '-rkey', 'ca.key', '-ndays', '7', '-reqin', 'request', '-respout', 'answer',
            cwd=folder)
        answer = (folder / 'answer').read_bytes()
        self.send_response(200)
        self.send_header('Content-Type', 'application/ocsp-response')
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def run(*command, cwd):
    """The exit status, and what was said."""
    done = subprocess.run(command, cwd=cwd, timeout=60, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


@unittest.skipUnless(shutil.which('openssl'), 'openssl is not installed')
class Revocation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        commands = ''.join(block.text for page in ('certificates.md', 'revocation.md')
                           for block in blocks(GUIDE / page, 'sh'))
        status, said = run('sh', '-eu', '-c', commands, cwd=cls.folder)
        if status != 0:
            raise AssertionError('the commands of the page fail:\n' + said)

    def visit(self, response='server.ocsp', crl='crl.pem'):
        return run(PROGRAM, 'chain.pem', 'server.key', response, 'ca.pem', crl, cwd=self.folder)

    def authority(self, *what):
        status, said = run('openssl', 'ca', '-config', 'authority.cnf', *what, cwd=self.folder)
        self.assertEqual(status, 0, said)

    def respond(self):
        """A responder's address."""
        server = http.server.HTTPServer(('127.0.0.1', 0), Responder)
        server.folder = self.folder
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f'http://127.0.0.1:{server.server_port}/'

    def refresh(self, response, *url):
        return run(GUIDE / 'example/refresh_ocsp', 'chain.pem', response, *url, cwd=self.folder)

    def test_good_certificate_is_accepted(self):
        self.assertEqual(self.visit(), (0, 'status: good\n'))

    def test_response_is_fetched(self):
        status, said = self.refresh('fetched.ocsp', self.respond())
        self.assertEqual(status, 0, said)
        self.assertEqual(self.visit('fetched.ocsp'), (0, 'status: good\n'))

    def test_response_stays_if_none_is_to_be_had(self):
        before = (self.folder / 'server.ocsp').read_bytes()
        url = self.respond()
        self.doCleanups()
        for where in ([url], []):
            status, said = self.refresh('server.ocsp', *where)
            self.assertNotEqual(status, 0, said)
        self.assertEqual((self.folder / 'server.ocsp').read_bytes(), before)
        self.assertEqual(list(self.folder.glob('server.ocsp.*')), [])

    def test_revoked_certificate_is_refused(self):
        shutil.copy(self.folder / 'index.txt', self.folder / 'before')
        self.addCleanup(shutil.copy, self.folder / 'before', self.folder / 'index.txt')
        self.authority('-revoke', 'server.crt')
        self.authority('-gencrl', '-out', 'revoked.pem')
        self.assertEqual(self.refresh('revoked.ocsp', self.respond())[0], 0)
        for which in ({'response': 'revoked.ocsp'}, {'crl': 'revoked.pem'}):
            status, said = self.visit(**which)
            self.assertEqual(status, 1)
            self.assertIn('refused: certificate revoked', said)


if __name__ == '__main__':
    unittest.main()
