# SPDX-License-Identifier: Apache-2.0
"""Our client, ProFTPD as its server, which wants data connections to resume the very session of the
control connection."""

import os
import pathlib
import pwd
import unittest

from ftp import FtpCases
from interop_case import find_program, needs
from pki import openssl
from program_server import ServerCase, needs_file

MODULES = '/usr/lib/proftpd'
MODULE = MODULES + '/mod_tls.so'
# Built in, or to be loaded.
COMMANDS = 'mod_ls', 'mod_xfer'

CONFIGURATION = '''
ModulePath {modules}
{load}
ServerType standalone
ServerName test
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
UseReverseDNS off
WtmpLog off
TransferLog none
SystemLog {folder}/system.log
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
{rights}
AuthPAM off
AuthOrder mod_auth_file.c
AuthUserFile {folder}/users
RequireValidShell off
DefaultRoot {folder}/root
AllowOverwrite on
TLSEngine on
TLSLog {folder}/tls.log
TLSProtocol TLSv1.2 TLSv1.3
TLSRSACertificateFile {certificate}
TLSRSACertificateKeyFile {key}
TLSCACertificateFile {ca}
TLSRequired on
{more}
'''


class ProftpdCases(FtpCases):
    login = {'user': 'somebody', 'password': 'a password'}

    def ftp_server(self, more='TLSVerifyClient off'):
        folder = self.open_folder()
        self.incoming = folder / 'root' / 'incoming'
        self.incoming.mkdir(parents=True)
        rights, user = '', pwd.getpwuid(os.getuid())
        if os.getuid() == 0:
            rights, user = 'User nobody\nGroup nogroup', pwd.getpwnam('nobody')
            os.chown(self.incoming, user.pw_uid, user.pw_gid)
        password = openssl('passwd', '-5', self.login['password']).strip()
        users = folder / 'users'
        users.write_text(f'somebody:{password}:{user.pw_uid}:{user.pw_gid}::{folder}/root:/bin/sh\n')
        users.chmod(0o600)
        loaded = [name for name in COMMANDS if pathlib.Path(MODULES, name + '.so').exists()]
        load = '\n'.join(f'LoadModule {name}.c' for name in loaded + ['mod_tls'])
        configuration = folder / 'proftpd.conf'

        def begin(port):
            configuration.write_text(CONFIGURATION.format(
                port=port, folder=folder, rights=rights, modules=MODULES, load=load,
                ca=self.pki.ca, more=more,
                certificate=self.pki.rsa_server.certificate, key=self.pki.rsa_server.key))
            self.daemon_of_server = self.daemon(find_program('proftpd'), '-n', '-c', configuration)
            return self.daemon_of_server

        return self.run_server(begin)


@needs('proftpd')
@needs_file(MODULE, 'proftpd-mod-crypto')
class Tls12(ProftpdCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('proftpd')
@needs_file(MODULE, 'proftpd-mod-crypto')
class Tls13(ProftpdCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
