# SPDX-License-Identifier: Apache-2.0
"""What the interop tests share: our two programs, and the base class that starts processes."""

import collections
import functools
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

from pki import openssl, pki
from process import LIMIT, Process

VERSIONS = ('TLSv1.2', 'TLSv1.3')

# X509_V_ERR_ values, as X509_STORE_CTX_get_error(3) lists them.
NO_CRL = 3
NOT_YET_VALID = 9
EXPIRED = 10
CRL_EXPIRED = 12
SELF_SIGNED = 18
SELF_SIGNED_IN_CHAIN = 19
NO_LOCAL_ISSUER = 20
REVOKED = 23
WRONG_PURPOSE = 26
HOST_MISMATCH = 62
IP_ADDRESS_MISMATCH = 64
OCSP_MISSING = 73
OCSP_UNUSABLE = 74
OCSP_UNKNOWN = 75

SIZE_OF_LARGE_FILE = 10 * 1024 * 1024


def find_program(name):
    """The path of an installed program, or None. Servers may lie where only root looks."""
    return shutil.which(name, path=os.environ.get('PATH', os.defpath) + ':/usr/local/sbin:/usr/sbin:/sbin')


def needs(program):
    """For a class of tests: skips them where a program is missing."""
    return unittest.skipUnless(find_program(program), f'{program} is not installed')


def needs_provider(name, package):
    """The same for a provider: whether it lies where OpenSSL looks for its modules."""
    found = False
    if find_program('openssl'):
        folder = re.search(r'MODULESDIR: "(.*)"', openssl('version', '-m')).group(1)
        found = pathlib.Path(folder, f'{name}.so').exists()
    return unittest.skipUnless(found, f'{package} is not installed')


def version_of(program):
    """Its version, from what it prints about itself: (3, 6, 1)."""
    said = subprocess.run([program, 'version' if program == 'openssl' else '--version'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    return tuple(int(n) for n in re.search(r'\d+(\.\d+)+', said).group().split('.'))


def openssl_is_choosy():
    """Whether its servers staple only what they can read and what is about their certificate."""
    return version_of('openssl') >= (3, 6)


def our_program(name):
    """The path of one of the programs that the build hands over in the environment."""
    variable = 'IOSTLS_' + name.upper()
    if variable not in os.environ:
        raise unittest.SkipTest(f'{variable} does not name the program')
    return os.environ[variable]


def flags(options):
    """{'server_name': 'x', 'path': ['/a', '/b']} -> --server-name x --path /a --path /b"""
    for name, value in options.items():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            yield '--' + name.replace('_', '-')
            yield str(each)


def own(credential):
    """Options that make a credential ours."""
    return {'certificate': credential.certificate, 'key': credential.key}


def gnutls_binding(process, kind):
    """The channel binding that a program of GnuTLS has printed."""
    return process.expect(f"'{kind}': ([0-9a-f]+)$").group(1).decode()


class Report:
    """What one of our programs said about a connection: lines "key value"."""

    def __init__(self, lines):
        self._values = collections.defaultdict(list)
        for line in lines:
            key, _, value = line.partition(' ')
            self._values[key].append(value.rstrip())

    def __getitem__(self, key):
        return self._values[key][-1]

    def __contains__(self, key):
        return key in self._values

    def all(self, key):
        return self._values.get(key, [])


class OurServer:
    """interop_server, listening."""

    def __init__(self, process):
        self._process = process
        self.port = int(process.expect(r'^port (\d+)$').group(1))
        self._reported = 0

    def report(self, seconds=LIMIT):
        """Waits for the end of the next connection; returns what the server reports about it."""
        self._reported += 1
        prefix = f'{self._reported} '
        self._process.expect(f'^{prefix}done', seconds)
        lines = self._process.output.splitlines()
        return Report(line[len(prefix):] for line in lines if line.startswith(prefix))

    def leave(self):
        self._process.end_input()
        status = self._process.wait(10)
        if status != 0:
            raise AssertionError(f'our server ended with {status}')


class InteropCase(unittest.TestCase):
    """Processes that a test starts are stopped when it ends."""

    def setUp(self):
        self._processes = []
        if not find_program('openssl'):
            self.skipTest('openssl, which makes the certificates, is not installed')
        self.pki = pki()

    def transcript(self):
        return '\n'.join(process.transcript() for process in self._processes)

    @staticmethod
    def folder():
        """A folder for this process's files; it goes away with the certificates."""
        return pathlib.Path(tempfile.mkdtemp(dir=pki().folder))

    def start(self, *arguments, **how):
        process = Process(*arguments, **how)
        self._processes.append(process)
        self.addCleanup(process.stop)
        return process

    def run_to_end(self, *arguments, text='', **how):
        """Runs a program, feeds it text as standard input, returns (exit status, output)."""
        process = self.start(*arguments, **how)
        process.send(text)
        process.end_input()
        return process.wait(), process.output

    def serve(self, mode, **options):
        """Starts our server, with the ordinary certificate unless `options` name another; None
        leaves an option out."""
        options = {**own(self.pki.server), **options}
        options = {name: value for name, value in options.items() if value is not None}
        process = self.start(our_program('interop_server'), '--mode', mode, *flags(options))
        server = OurServer(process)
        self.addCleanup(server.leave)
        return server

    def start_our_client(self, mode, port, **options):
        """It trusts the ordinary authority unless `options` say otherwise; None leaves an option
        out."""
        options = {'ca': self.pki.ca, **options}
        options = {name: value for name, value in options.items() if value is not None}
        return self.start(our_program('interop_client'), '--mode', mode, '--port', port,
                          *flags(options))

    def connect(self, mode, port, text='', **options):
        """Runs our client to its end; returns what it prints."""
        client = self.start_our_client(mode, port, **options)
        client.send(text)
        client.end_input()
        self.assertEqual(client.wait(), 0, 'our client could not be run')
        return Report(client.output.splitlines())

    def assert_clean(self, report, end='eof'):
        """The connection ended as it should, by the peer's close_notify unless `end` differs."""
        self.assertEqual((report['end'], report['close']), (end, 'clean'))

    def assert_error(self, report, kind, verify_result=0, operation=None):
        self.assertEqual(report['end'], 'error', 'no error was reported')
        self.assertEqual(report['error'], kind, report['what'])
        self.assertEqual(int(report['verify_result']), verify_result, report['what'])
        if operation:
            self.assertEqual(report['operation'], operation, report['what'])


@functools.lru_cache(maxsize=None)
def large_file():
    """A file of bytes that do not compress, and its SHA-256."""
    path = InteropCase.folder() / 'large'
    data = random.Random(0).randbytes(SIZE_OF_LARGE_FILE)
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()
