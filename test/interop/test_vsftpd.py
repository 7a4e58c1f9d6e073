# SPDX-License-Identifier: Apache-2.0
"""Our client, vsftpd as its server, which wants data connections to resume a session."""

import os
import pwd
import unittest

from ftp import FtpCases
from interop_case import find_program, needs
from program_server import ServerCase

CONFIGURATION = '''
background=NO
listen=YES
listen_address=127.0.0.1
listen_port={port}
{rights}
secure_chroot_dir={folder}/empty
anonymous_enable=YES
no_anon_password=NO
anon_root={folder}/root
anon_upload_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
write_enable=YES
isolate=NO
isolate_network=NO
seccomp_sandbox=NO
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
strict_ssl_read_eof=YES
strict_ssl_write_shutdown=YES
ssl_ciphers=DEFAULT
rsa_cert_file={certificate}
rsa_private_key_file={key}
'''


class VsftpdCases(FtpCases):
    def ftp_server(self):
        folder = self.open_folder()
        (folder / 'empty').mkdir()
        self.incoming = folder / 'root' / 'incoming'
        self.incoming.mkdir(parents=True)
        rights = 'run_as_launching_user=YES'
        if os.getuid() == 0:
            # Whose home must be there, though nothing of it is used.
            rights = 'nopriv_user=nobody\nftp_username=daemon'
            daemon = pwd.getpwnam('daemon')
            os.chown(self.incoming, daemon.pw_uid, daemon.pw_gid)
        (folder / 'root').chmod(0o555)
        configuration = folder / 'vsftpd.conf'

        def begin(port):
            configuration.write_text(CONFIGURATION.format(
                port=port, folder=folder, rights=rights, certificate=self.pki.rsa_server.certificate,
                key=self.pki.rsa_server.key))
            self.daemon_of_server = self.daemon(find_program('vsftpd'), configuration)
            return self.daemon_of_server

        return self.run_server(begin)

    def test_upload_that_is_dropped_is_none(self):
        session = self.session()
        channel, _ = session.data('STOR incoming/part')
        channel.write('part of a file').flush().do('drop', state=None)
        self.assertRegex(session.answer(), '^[45]')


@needs('vsftpd')
class Tls12(VsftpdCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('vsftpd')
class Tls13(VsftpdCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
