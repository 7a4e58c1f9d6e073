# SPDX-License-Identifier: Apache-2.0
"""What the tests against real servers share: servers that run on free ports, in folders of their
own, as child processes; and our client, which is led through the dialogue of a protocol."""

import os
import pathlib
import re
import signal
import socket
import time
import unittest
import urllib.parse

from interop_case import (HOST_MISMATCH, NO_LOCAL_ISSUER, SELF_SIGNED_IN_CHAIN, InteropCase, Report,
                          flags, our_program, own)
from nginx import free_port
from process import LIMIT, Process


def needs_file(pattern, what):
    """For a class of tests: skips them where no file has the name. Modules of servers lie in
    folders whose names hold versions and architectures."""
    found = list(pathlib.Path('/').glob(pattern.lstrip('/')))
    return unittest.skipUnless(found, f'{what} is not installed')


def find_file(pattern):
    return sorted(pathlib.Path('/').glob(pattern.lstrip('/')))[-1]


def is_open(port):
    """Whether somebody listens."""
    with socket.socket() as s:
        s.settimeout(LIMIT)
        return s.connect_ex(('127.0.0.1', port)) == 0


def parent_of(process):
    """By proc(5): the word behind the state, which is behind the name in parentheses."""
    try:
        return int((process / 'stat').read_text().rpartition(')')[2].split()[1])
    except OSError:
        return None


def descendants(pid):
    """The processes that a process has started, and those that they have."""
    children = {}
    for process in pathlib.Path('/proc').glob('[0-9]*'):
        children.setdefault(parent_of(process), []).append(int(process.name))
    found, new = [], [pid]
    while new:
        new = [child for parent in new for child in children.get(parent, [])]
        found += new
    return found


class Daemon(Process):
    """A server with processes of its own, which it ends itself when it is asked to end."""

    def __init__(self, *arguments, end=signal.SIGTERM, **how):
        super().__init__(*arguments, start_new_session=True, **how)
        self._end = end

    def kill(self, itself=True):
        """At once, with all processes that it has started, or these alone."""
        for pid in descendants(self.pid) + [self.pid] * itself:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def stop(self):
        if not self.ends_within(0):
            self.signal(self._end)
            if not self.ends_within(LIMIT):
                self.kill()
        super().stop()


class Channel:
    """A connection of our client."""

    def __init__(self, client, name):
        self._client = client
        self._name = name

    def do(self, command, *arguments, state='good'):
        """Runs a command, whose outcome is expected to be `state`, unless that is None."""
        report = self._client.command(command, self._name, *arguments)
        if state is not None and report['done'] != state:
            raise AssertionError(f'{command}: {report["done"]}: {report.all("what")}')
        return report

    @property
    def name(self):
        return self._name

    def open(self, port, host='localhost'):
        self.do('open', host, port)
        return self

    def secure(self, session=None):
        """Goes on under TLS."""
        self.do('secure', *([session.name] if session else []))
        return self

    def unwrap(self):
        """Goes on in plaintext."""
        self.do('unwrap')
        return self

    def connect(self, port, host='localhost'):
        """Under TLS. If that fails, so does what comes next."""
        self.do('connect', host, port, state=None)
        return self

    def info(self, **how):
        return self.do('info', **how)

    def binding(self, kind):
        return unquote(self.do('binding', kind)['binding'])

    def write(self, data):
        self.do('write', quote(data))
        return self

    def flush(self):
        self.do('flush')
        return self

    def read_line(self):
        """A line without its end, as text."""
        return unquote(self.do('read_line')['line']).decode().rstrip('\r')

    def expect(self, pattern):
        """Reads lines up to one that begins like the pattern; returns the match."""
        seen = []
        while True:
            line = self.read_line()
            if match := re.match(pattern, line):
                return match
            seen.append(line)
            if len(seen) > 1000:
                raise AssertionError(f'no {pattern} in {seen[:20]}')

    def ask(self, text, pattern):
        """A line, and the answer to it."""
        self.write(text + '\r\n')
        return self.expect(pattern)

    def read(self, size, **how):
        return unquote(self.do('read', size, **how)['block'])

    def close(self):
        """How it ended."""
        return self.do('close', state='closed')


def quote(data):
    return urllib.parse.quote(data, safe='!"#$&\'()*+,-./:;<=>?@[]^_`{|}~')


def unquote(text):
    return urllib.parse.unquote_to_bytes(text)


class ProtocolClient:
    """protocol_client, running."""

    def __init__(self, process):
        self._process = process
        self._read = 0
        self._channels = 0

    def command(self, *words):
        self._process.send(' '.join(map(str, words)) + '\n')
        end = self._process.expect(r'^done .*\n', 2 * LIMIT).end()
        lines = self._process.output_bytes[self._read:end].decode().splitlines()
        self._read = end
        return Report(lines)

    def channel(self):
        self._channels += 1
        return Channel(self, f'channel{self._channels}')


class ServerCase(InteropCase):
    """A server is started by begin(), which writes its configuration for a port, and tried again on
    another port if somebody else was faster."""

    def run_server(self, begin, ports=1, ready=None):
        """begin(port...) starts the server and returns the process. It serves once it listens, or, if
        `ready` is given, once it prints that. Returns the port, or all if there are several."""
        for _ in range(5):
            chosen = [free_port() for _ in range(ports)]
            process = begin(*chosen)
            if self._says(process, ready) if ready else self._listens(process, chosen):
                return chosen[0] if ports == 1 else chosen
            process.stop()
        raise AssertionError('the server does not start')

    @staticmethod
    def _says(process, ready):
        return b'in use' not in process.expect(f'{ready}|Address already in use').group()

    @staticmethod
    def _listens(process, ports):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if all(map(is_open, ports)):
                return not process.ends_within(0)
            if process.ends_within(0.02):
                return False
        return False

    def daemon(self, *arguments, **how):
        process = Daemon(*arguments, **how)
        self._processes.append(process)
        self.addCleanup(process.stop)
        return process

    def open_folder(self):
        """A folder that other users may enter, as servers do that give up their rights."""
        folder = self.folder()
        os.chmod(self.pki.folder, 0o711)
        os.chmod(folder, 0o711)
        return folder

    def both(self, credential):
        """A certificate and its key in one file."""
        path = self.folder() / 'both.pem'
        path.write_bytes(credential.certificate.read_bytes() + credential.key.read_bytes())
        path.chmod(0o600)
        return path

    def client(self, **options):
        """Our client; it trusts the ordinary authority unless `options` say otherwise."""
        options = {'ca': self.pki.ca, 'read_timeout': LIMIT * 1000, **options}
        options = {name: value for name, value in options.items() if value is not None}
        process = self.start(our_program('protocol_client'), *flags(options))
        return ProtocolClient(process)

    def channel(self, **options):
        """The one connection of a client of its own."""
        return self.client(**options).channel()

    def assert_ended_well(self, report, end='open'):
        self.assertEqual((report['end'], report['close']), (end, 'clean'), report.all('what'))


class TrustCases:
    """A class of tests adds dial(**options), which returns a channel whose handshake is yet to be done; the
    options are our client's."""

    def assert_not_trusted(self, verify_results, **options):
        report = self.dial(**options).info(state='failed')
        self.assertEqual(report['error'], 'certificate_rejected', report['what'])
        self.assertIn(int(report['verify_result']), verify_results, report['what'])

    def test_server_of_an_unknown_authority_is_refused(self):
        """Some send the certificate of their authority, too."""
        self.assert_not_trusted((NO_LOCAL_ISSUER, SELF_SIGNED_IN_CHAIN), ca=self.pki.other_ca)

    def test_server_with_another_name_is_refused(self):
        self.assert_not_trusted((HOST_MISMATCH,), server_name='elsewhere.example')


class CertificateCases:
    """A class of tests adds dial_certified(**options), which connects to a server that wants certificates
    of its clients, ask(channel), which returns the report of an answer that does not come, and
    `protocol`."""

    def assert_refused_by_server(self, text, **options):
        """In TLS 1.3, clients hear of it after the handshake."""
        channel = self.dial_certified(**options)
        report = channel.do('info', state=None)
        if report['done'] == 'good':
            report = self.ask(channel)
        self.assertEqual(report['error'], 'alert_received', report['what'])
        self.assertIn(text, report['what'])

    def test_client_without_certificate_is_refused(self):
        self.assert_refused_by_server('certificate required' if self.protocol == 'TLSv1.3' else
                                      'handshake failure')

    def test_client_of_an_unknown_authority_is_refused(self):
        self.assert_refused_by_server('unknown ca', **own(self.pki.stranger))
