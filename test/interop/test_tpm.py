# SPDX-License-Identifier: Apache-2.0
"""Keys that never leave a TPM: swtpm, by OpenSSL's provider of tpm2-openssl, and its URIs."""

import os
import socket
import unittest
from unittest import mock

from interop_case import InteropCase, OurServer, needs, needs_provider, our_program
from program_server import is_open

HANDLE = '0x81000001'
# What the TPM need not do is done by OpenSSL.
CONFIGURATION = '''
openssl_conf = all
[all]
providers = providers
alg_section = algorithms
[algorithms]
default_properties = "?provider=tpm2,tpm2.digest!=yes,tpm2.cipher!=yes"
[providers]
tpm2 = device
default = openssl
[openssl]
activate = 1
[device]
activate = 1
'''


def two_ports():
    """A port and the next one, on which nobody listened a moment ago: swtpm uses such a pair."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(('127.0.0.1', 0))
            port = first.getsockname()[1]
            try:
                second.bind(('127.0.0.1', port + 1))
            except OSError:
                continue
            return port


@needs_provider('tpm2', 'tpm2-openssl')
@needs('swtpm')
@needs('tpm2_createprimary')
class Tpm(InteropCase):
    """A TPM with a key for ECDSA, and a certificate for it."""

    def setUp(self):
        super().setUp()
        self.files = self.folder()
        (self.files / 'openssl.cnf').write_text(CONFIGURATION)
        self.start_tpm()
        self.make_key()
        self.certificate = self.files / 'certificate.pem'
        self.tool('openssl', 'req', '-x509', '-new', '-key', f'handle:{HANDLE}', '-subj', '/CN=localhost',
                  '-addext', 'subjectAltName=DNS:localhost', '-days', '2', '-out', self.certificate,
                  env=self.with_tpm())

    def with_tpm(self):
        """The environment of a program that uses the TPM."""
        return {**os.environ, 'OPENSSL_CONF': str(self.files / 'openssl.cnf')}

    def start_tpm(self):
        (self.files / 'state').mkdir()
        port = two_ports()
        place = f'type=tcp,bindaddr=127.0.0.1,port={port}'
        control = f'type=tcp,bindaddr=127.0.0.1,port={port + 1}'
        tpm = self.start('swtpm', 'socket', '--tpm2', '--tpmstate', f'dir={self.files}/state',
                         '--server', place, '--ctrl', control, '--flags', 'not-need-init,startup-clear')
        tcti = f'swtpm:host=127.0.0.1,port={port}'
        environment = mock.patch.dict(os.environ, TPM2TOOLS_TCTI=tcti, TPM2OPENSSL_TCTI=tcti)
        environment.start()
        self.addCleanup(environment.stop)
        # The control channel is open last, and a connection to the other one would take the TPM.
        while not is_open(port + 1):
            self.assertFalse(tpm.ends_within(0.02), 'swtpm has ended')

    def tool(self, *arguments, **how):
        status, said = self.run_to_end(*arguments, **how)
        self.assertEqual(status, 0, said)

    def make_key(self):
        primary = self.files / 'primary'
        attributes = 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign'
        self.tool('tpm2_createprimary', '-Q', '-C', 'o', '-g', 'sha256', '-G', 'ecc256:ecdsa-sha256',
                  '-a', attributes, '-c', primary)
        self.tool('tpm2_flushcontext', '-t')
        self.tool('tpm2_evictcontrol', '-Q', '-C', 'o', '-c', primary, HANDLE)
        self.tool('tpm2_flushcontext', '-t')

    def serve_with(self, uri):
        """Our server alone uses the TPM."""
        server = OurServer(self.start(our_program('interop_server'), *self.options(uri), env=self.with_tpm()))
        self.addCleanup(server.leave)
        return server

    def options(self, uri):
        return '--mode', 'echo', '--certificate', self.certificate, '--key', uri

    def test_server_signs_by_the_tpm(self):
        # In TLS 1.2, OpenSSL 3.0 finds no cipher suite for a key of this provider, in s_server neither.
        server = self.serve_with(f'handle:{HANDLE}')
        client = self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}', '-CAfile',
                            self.certificate, '-verify_return_error', '-verify_hostname', 'localhost',
                            '-tls1_3')
        client.send('hello\n')
        client.expect('Verify return code: 0 ')
        client.expect('hello')
        client.end_input()

    def test_handle_without_a_key_is_named(self):
        status, said = self.refused(self.with_tpm(), 'handle:0x81000077')
        self.assertNotEqual(status, 0)
        self.assertIn('key', said)
        self.assertIn('"handle:0x81000077"', said)

    def test_provider_that_is_not_active_is_missed(self):
        status, said = self.refused(dict(os.environ), f'handle:{HANDLE}')
        self.assertNotEqual(status, 0)
        self.assertIn(f'"handle:{HANDLE}": No such file or directory, and no provider', said)

    def refused(self, environment, uri):
        return self.run_to_end(our_program('interop_server'), *self.options(uri), env=environment)


if __name__ == '__main__':
    unittest.main()
