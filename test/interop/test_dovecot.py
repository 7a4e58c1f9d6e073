# SPDX-License-Identifier: Apache-2.0
"""Our client, Dovecot as its server: IMAP and POP3 under TLS (RFC 8314)."""

import hashlib
import os
import pwd
import unittest

from interop_case import find_program, needs, own, version_of
from program_server import ServerCase, TrustCases, needs_file

# What versions 2.3 and 2.4 spell differently: their first part, and how they ask for certificates.
SPELLING = {3: ('''
mail_location = maildir:{folder}/mail
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_ca = <{ca}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
''', '''
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = yes
'''), 4: ('''dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
mail_driver = maildir
mail_path = {folder}/mail
ssl_server_cert_file = {certificate}
ssl_server_key_file = {key}
ssl_server_ca_file = {ca}
passdb static {{
  password = secret
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/home
  }}
}}
''', '''
ssl_server_request_client_cert = yes
ssl_server_require_crl = no
auth_ssl_require_client_cert = yes
''')}

CONFIGURATION = '''protocols = imap pop3
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
instance_name = test
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
mail_home = {folder}/home
ssl = required
ssl_min_protocol = {protocol}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
{more}
'''

MESSAGE = 'Subject: test\r\n\r\n' + ''.join(f'line {n} ' + 'x' * 60 + '\r\n' for n in range(20000))


class DovecotCases(TrustCases):
    protocol = ''

    def dovecot(self, certificates_wanted=False):
        """The ports of IMAP and POP3."""
        head, more = SPELLING[3 if version_of(find_program('dovecot')) < (2, 4) else 4]
        more = more if certificates_wanted else ''
        folder = self.open_folder()
        user = pwd.getpwuid(os.getuid())
        internal = login = user
        if os.getuid() == 0:
            user = pwd.getpwnam('nobody')
            internal, login = pwd.getpwnam('dovecot'), pwd.getpwnam('dovenull')
        for name in 'mail', 'home':
            (folder / name).mkdir()
            os.chown(folder / name, user.pw_uid, user.pw_gid)
        configuration = folder / 'dovecot.conf'

        def begin(imaps, pop3s):
            configuration.write_text((head + CONFIGURATION).format(
                folder=folder, internal=internal.pw_name,
                group=internal.pw_name, login=login.pw_name, certificate=self.pki.server.certificate,
                key=self.pki.server.key, ca=self.pki.ca, protocol=self.protocol, uid=user.pw_uid,
                gid=user.pw_gid, imaps=imaps, pop3s=pop3s, more=more))
            return self.daemon(find_program('dovecot'), '-F', '-c', configuration)

        return self.run_server(begin, ports=2)

    def dial(self, **options):
        return self.channel(method=self.protocol, **options).connect(self.dovecot()[0])

    def imap(self, port, **options):
        channel = self.channel(method=self.protocol, **options).connect(port)
        channel.expect(r'\* OK ')
        return channel

    def pop3(self, port, **options):
        channel = self.channel(method=self.protocol, **options).connect(port)
        channel.expect(r'\+OK')
        return channel

    def test_message_goes_up_by_imap_and_comes_down_whole(self):
        channel = self.imap(self.dovecot()[0])
        self.assertEqual(channel.info()['protocol'], self.protocol)
        channel.ask('a login somebody secret', 'a OK')
        channel.ask(f'b append INBOX {{{len(MESSAGE)}}}', r'\+ ')
        channel.write(MESSAGE).ask('', 'b OK')
        channel.ask('c select INBOX', 'c OK')
        size = int(channel.ask('d fetch 1 body[]', r'\* 1 FETCH .*\{(\d+)\}')[1])
        self.assertEqual((size, channel.do('digest', size)['sha256']),
                         (len(MESSAGE), hashlib.sha256(MESSAGE.encode()).hexdigest()))
        channel.expect('d OK')
        channel.ask('e logout', 'e OK')
        channel.do('read_line', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_mailbox_is_read_by_pop3(self):
        channel = self.pop3(self.dovecot()[1])
        channel.ask('USER somebody', r'\+OK')
        channel.ask('PASS secret', r'\+OK')
        channel.ask('STAT', r'\+OK 0 0')
        channel.ask('QUIT', r'\+OK')
        channel.do('read_line', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_client_certificate_lets_in(self):
        channel = self.imap(self.dovecot(certificates_wanted=True)[0], **own(self.pki.client))
        channel.ask('a login somebody secret', 'a OK')
        self.assert_ended_well(channel.close())

    def test_client_without_certificate_is_refused_by_an_answer(self):
        channel = self.imap(self.dovecot(certificates_wanted=True)[0])
        channel.ask('a login somebody secret', 'a (NO|BAD)')
        self.assert_ended_well(channel.close())


@needs('dovecot')
@needs_file('/usr/lib/dovecot/imap-login', 'dovecot-imapd')
@needs_file('/usr/lib/dovecot/pop3-login', 'dovecot-pop3d')
class Tls12(DovecotCases, ServerCase):
    protocol = 'TLSv1.2'


@needs('dovecot')
@needs_file('/usr/lib/dovecot/imap-login', 'dovecot-imapd')
@needs_file('/usr/lib/dovecot/pop3-login', 'dovecot-pop3d')
class Tls13(DovecotCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
