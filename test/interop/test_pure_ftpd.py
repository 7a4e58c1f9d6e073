# SPDX-License-Identifier: Apache-2.0
"""Our client, pure-ftpd as its server, which ends TLS on the control connection (CCC, RFC 4217)."""

import os
import pwd
import unittest

from ftp import dial
from interop_case import find_program, needs
from program_server import ServerCase


def needs_user_of_ftp():
    """For a class of tests: anonymous users have the rights of user "ftp", which only root can give."""
    try:
        usable = os.getuid() == 0 and pwd.getpwnam('ftp').pw_uid != 0
    except KeyError:
        usable = False
    return unittest.skipUnless(usable, 'pure-ftpd needs root, and a user "ftp"')


class PureFtpdCases:
    protocol = ''

    def control(self):
        folder = self.open_folder()
        both = folder / 'both.pem'
        credential = self.pki.rsa_server
        both.write_bytes(credential.key.read_bytes() + credential.certificate.read_bytes())
        both.chmod(0o600)

        def begin(port):
            return self.daemon(find_program('pure-ftpd'), '-4', '-S', f'127.0.0.1,{port}', '-e',
                               '-Y', '1', '-2', both, '-g', folder / 'pid')

        control = dial(self.client(method=self.protocol), self.run_server(begin))
        self.assertEqual(control.info()['protocol'], self.protocol)
        control.ask('USER anonymous', '230 ')
        return control

    def assert_answers(self, control, command, pattern):
        """With the next line, so that nothing was in the way of the command."""
        self.assertRegex(control.write(command + '\r\n').read_line(), pattern)

    def test_control_connection_goes_on_in_plaintext(self):
        control = self.control()
        self.assert_answers(control, 'CCC', '^200')
        control.unwrap()
        self.assert_answers(control, 'PWD', '^257')
        self.assert_answers(control, 'NOOP', '^200')
        control.ask('QUIT', '221 ')


@needs('pure-ftpd')
@needs_user_of_ftp()
class Tls12(PureFtpdCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('pure-ftpd')
@needs_user_of_ftp()
class Tls13(PureFtpdCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
