# SPDX-License-Identifier: Apache-2.0
"""256 MiB each way at once between one of our ends, with a reader and a writer thread, and
`openssl s_client` or `s_server`, which asks for new keys after each MiB that it sends."""

import array
import fcntl
import hashlib
import random
import re
import subprocess
import termios
import threading
import time

from interop_case import InteropCase, Report, needs

MIB = 1024 * 1024
TIMES = 256
# No letters: openssl takes a read from its standard input that begins with some for a command. And
# s_server strews remarks such as "Read BLOCK" and "SSL_do_handshake -> 1" over what it received.
ALPHABET = b'023456789'
REMARKS = bytes(set(range(256)) - set(ALPHABET))
BLOCK = bytes(random.Random(1).choices(ALPHABET, k=MIB))
EXPECTED = hashlib.sha256(BLOCK * TIMES).hexdigest()
LIMIT = 300  # seconds


class Openssl:
    """openssl with pipes that carry data."""

    def __init__(self, case, *arguments):
        self._popen = subprocess.Popen(['openssl', *map(str, arguments)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       bufsize=0)
        case.addCleanup(self._stop)
        self.output = b''
        self.digest = None

    def _stop(self):
        self._popen.kill()
        self._popen.wait()
        self._popen.stdin.close()
        self._popen.stdout.close()

    def read_until(self, pattern):
        """The match of an expression in the output; what follows it is still to be read."""
        while not (match := re.search(pattern, self.output)):
            more = self._popen.stdout.read(65536)
            if not more:
                raise AssertionError(f'openssl ended: {self.output!r}')
            self.output += more
        self.output = self.output[match.end():]
        return match

    def _wait_until_read(self):
        """openssl has taken all that it was sent, so that what comes next is a read of its own. Or it
        has ended: what it leaves, such as the last wish for new keys, stays in the pipe."""
        count = array.array('i', [1])
        deadline = time.monotonic() + LIMIT
        while True:
            fcntl.ioctl(self._popen.stdin, termios.FIONREAD, count)
            if count[0] == 0 or self._popen.poll() is not None:
                return
            if time.monotonic() > deadline:
                raise AssertionError('openssl does not read')
            time.sleep(0.0001)

    def _write(self, data):
        while data:
            data = data[self._popen.stdin.write(data):]
        self._wait_until_read()

    def feed(self):
        try:
            for number in range(TIMES):
                self._write(memoryview(BLOCK))
                self._write(b'K\n' if number % 2 == 0 else b'k\n')
        except BrokenPipeError:
            pass  # the other end reports what it has missed

    def exchange(self):
        feeder = threading.Thread(target=self.feed)
        feeder.start()
        self.read_until(b'START\n')
        digest = hashlib.sha256()
        left = TIMES * MIB
        data = self.output
        while data and left:
            data = data.translate(None, REMARKS)[:left]
            digest.update(data)
            left -= len(data)
            data = self._popen.stdout.read(MIB)
        feeder.join(LIMIT)
        return left, digest.hexdigest()


@needs('openssl')
class FullDuplex(InteropCase):
    def setUp(self):
        super().setUp()
        self.block = self.folder() / 'block'
        self.block.write_bytes(BLOCK)

    def assert_exchanged(self, peer, report):
        self.assertEqual(peer, (0, EXPECTED))
        self.assertEqual((report['sent'], report['received'], report['sha256']),
                         ('yes', str(TIMES * MIB), EXPECTED))
        self.assertNotEqual(report['end'], 'error')

    def test_server_and_s_client(self):
        server = self.serve('exchange', file=self.block, times=TIMES)
        client = Openssl(self, 's_client', '-connect', f'127.0.0.1:{server.port}', '-brief',
                         '-servername', 'localhost', '-CAfile', self.pki.ca, '-tls1_3')
        self.assert_exchanged(client.exchange(), server.report(LIMIT))

    def test_client_and_s_server(self):
        certificate, key = self.pki.server
        server = Openssl(self, 's_server', '-accept', '127.0.0.1:0', '-cert', certificate,
                         '-key', key, '-tls1_3', '-naccept', '1')
        port = server.read_until(rb'ACCEPT 127\.0\.0\.1:(\d+)\n').group(1).decode()
        client = self.start_our_client('exchange', port, file=self.block, times=TIMES)
        peer = server.exchange()
        self.assertEqual(client.wait(LIMIT), 0)
        self.assert_exchanged(peer, Report(client.output.splitlines()))
