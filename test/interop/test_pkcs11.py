# SPDX-License-Identifier: Apache-2.0
"""Keys that never leave their device: SoftHSM, by OpenSSL's provider for PKCS#11."""

import os
import pathlib
import unittest
from unittest import mock

from interop_case import InteropCase, needs, needs_provider
from pki import openssl

DEVICE = pathlib.Path('/usr/lib/softhsm/libsofthsm2.so')
PIN = '271828'
TOKEN_CONFIGURATION = '''
directories.tokendir = {folder}/tokens
objectstore.backend = file
log.level = ERROR
'''
CONFIGURATION = '''
openssl_conf = all
[all]
providers = providers
[providers]
default = openssl
pkcs11 = device
[openssl]
activate = 1
[device]
pkcs11-module-path = {device}
# SoftHSM's own end comes before that of OpenSSL.
pkcs11-module-quirks = no-deinit
activate = 1
'''


@unittest.skipUnless(DEVICE.exists(), 'SoftHSM is not installed')
@needs_provider('pkcs11', 'pkcs11-provider')
@needs('softhsm2-util')
@needs('p11tool')
class Device(InteropCase):
    """The token has the keys "ecdsa" and "rsa", with their certificates."""

    def setUp(self):
        super().setUp()
        folder = self.folder()
        (folder / 'tokens').mkdir()
        (folder / 'softhsm2.conf').write_text(TOKEN_CONFIGURATION.format(folder=folder))
        (folder / 'openssl.cnf').write_text(CONFIGURATION.format(device=DEVICE))
        environment = mock.patch.dict(os.environ, SOFTHSM2_CONF=str(folder / 'softhsm2.conf'))
        environment.start()
        self.addCleanup(environment.stop)
        self.fill_token(folder)
        os.environ['OPENSSL_CONF'] = str(folder / 'openssl.cnf')

    def tool(self, *arguments):
        status, said = self.run_to_end(*arguments)
        self.assertEqual(status, 0, said)

    def fill_token(self, folder):
        self.tool('softhsm2-util', '--init-token', '--free', '--label', 'iostls', '--pin', PIN,
                  '--so-pin', PIN)
        for number, name, credential in (('01', 'ecdsa', self.pki.server),
                                         ('02', 'rsa', self.pki.rsa_server)):
            key = folder / f'{name}.key'
            openssl('pkcs8', '-topk8', '-nocrypt', '-in', credential.key, '-out', key)
            self.tool('softhsm2-util', '--import', key, '--token', 'iostls', '--label', name,
                      '--id', number, '--pin', PIN)
            self.tool('p11tool', '--provider', DEVICE, '--login', '--set-pin', PIN, '--write',
                      '--load-certificate', credential.certificate, '--label', name,
                      '--id', number, 'pkcs11:token=iostls')

    def assert_served(self, protocol, **options):
        server = self.serve('echo', **options)
        client = self.start('openssl', 's_client', '-connect', f'127.0.0.1:{server.port}',
                            '-CAfile', self.pki.ca, '-verify_return_error', '-verify_hostname',
                            'localhost', protocol)
        client.send('hello\n')
        client.expect('Verify return code: 0 ')
        client.expect('hello')  # not ^: s_client writes what it reads into lines of its own
        client.end_input()

    def test_server_signs_by_the_device(self):
        for name, credential in (('ecdsa', self.pki.server), ('rsa', self.pki.rsa_server)):
            for protocol in ('-tls1_2', '-tls1_3'):
                with self.subTest(name, protocol=protocol):
                    self.assert_served(protocol, certificate=credential.certificate, password=PIN,
                                       key=f'pkcs11:token=iostls;object={name};type=private')

    def test_server_finds_the_certificate_in_the_device_too(self):
        self.assert_served('-tls1_3', certificate='pkcs11:token=iostls;object=ecdsa', key=None,
                           password=PIN)

    def test_pin_may_be_part_of_the_uri(self):
        self.assert_served('-tls1_3', certificate=self.pki.server.certificate,
                           key=f'pkcs11:token=iostls;object=ecdsa;type=private?pin-value={PIN}')

    def test_client_signs_by_the_device(self):
        server = self.serve('echo', verify='required', ca=self.pki.ca)
        report = self.connect('lines', server.port, 'hello\n', password=PIN,
                              certificate=self.pki.server.certificate,
                              key='pkcs11:token=iostls;object=ecdsa;type=private')
        self.assertEqual(report.all('answer'), ['hello'], report.all('what'))

    def refusal(self, **options):
        client = self.start_our_client('lines', 1, certificate=self.pki.server.certificate,
                                       **options)
        client.end_input()
        self.assertNotEqual(client.wait(), 0)
        return client.output

    def test_wrong_pin_is_refused_and_not_told(self):
        said = self.refusal(key='pkcs11:token=iostls;object=ecdsa;type=private?pin-value=31415')
        self.assertIn('key: ', said)
        self.assertIn('pkcs11:token=iostls;object=ecdsa', said)
        self.assertNotIn('31415', said.split('interop_client: ')[1])

    def test_key_that_is_not_there_is_refused(self):
        said = self.refusal(key='pkcs11:token=iostls;object=none;type=private', password=PIN)
        self.assertIn('pkcs11:token=iostls;object=none', said)

    def test_key_of_another_certificate_is_refused(self):
        said = self.refusal(key='pkcs11:token=iostls;object=rsa;type=private', password=PIN)
        self.assertIn('pkcs11:token=iostls;object=rsa', said)


if __name__ == '__main__':
    unittest.main()
