# SPDX-License-Identifier: Apache-2.0
"""Our client, Postfix as its server: SMTP with STARTTLS (RFC 3207)."""

import os
import pwd
import unittest

from interop_case import find_program, needs, own
from process import LIMIT
from program_server import ServerCase, TrustCases

CONFIGURATION = '''
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = test.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {both}
smtpd_tls_CAfile = {ca}
smtpd_tls_mandatory_protocols = {protocols}
smtpd_tls_session_cache_database =
smtpd_tls_received_header = yes
{more}
'''

SERVICES = '''
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
'''

CERTIFICATES_WANTED = 'smtpd_tls_ask_ccert = yes\nsmtpd_tls_req_ccert = yes'


class PostfixCases(TrustCases):
    protocol = ''

    def postfix(self, more=''):
        folder = self.open_folder()
        user = pwd.getpwnam('postfix')
        nobody = pwd.getpwnam('nobody')
        for name, owner in (('queue', None), ('data', user), ('mail', nobody)):
            (folder / name).mkdir()
            if owner:
                os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        self.mailbox = folder / 'mail' / 'box' / 'new'

        def begin(port):
            (folder / 'main.cf').write_text(CONFIGURATION.format(
                folder=folder, uid=nobody.pw_uid, gid=nobody.pw_gid, ca=self.pki.ca, more=more,
                both=self.key_and_certificate(self.pki.server), protocols=self.protocols))
            (folder / 'master.cf').write_text(SERVICES.format(port=port))
            # Makes the folders of the queue.
            self.assertEqual(self.run_to_end(find_program('postfix'), '-c', folder, 'check')[0], 0)
            self.master = self.daemon('/usr/lib/postfix/sbin/master', '-c', folder, '-s')
            return self.master

        return self.run_server(begin)

    def key_and_certificate(self, credential):
        path = self.folder() / 'chain.pem'
        path.write_bytes(credential.key.read_bytes() + credential.certificate.read_bytes())
        path.chmod(0o600)
        return path

    def dial(self, more='', **options):
        channel = self.channel(**options).open(self.postfix(more))
        channel.expect('220 ')
        channel.ask('EHLO localhost', '250 ')
        channel.ask('STARTTLS', '220 ')
        return channel.secure()

    def send(self, channel, lines):
        channel.ask('EHLO localhost', '250 ')
        channel.ask('MAIL FROM:<one@test.example>', '250 ')
        channel.ask('RCPT TO:<two@test.example>', '250 ')
        channel.ask('DATA', '354 ')
        channel.write('Subject: test\r\n\r\n' + '\r\n'.join(lines) + '\r\n')
        channel.ask('.', '250 ')

    def delivered(self):
        """The message, once it is there."""
        for _ in range(LIMIT * 20):
            found = list(self.mailbox.glob('*')) if self.mailbox.is_dir() else []
            if found:
                return found[0].read_text()
            self.assertFalse(self.master.ends_within(0.05), 'Postfix has ended')
        raise AssertionError('nothing was delivered')

    def test_message_is_delivered_whole(self):
        channel = self.dial()
        self.assertEqual(channel.info()['protocol'], self.protocol)
        lines = [f'line {number} ' + 'x' * 60 for number in range(20000)]
        self.send(channel, lines)
        channel.ask('QUIT', '221 ')
        channel.do('read_line', state='eof')
        self.assert_ended_well(channel.close(), 'eof')
        header, _, body = self.delivered().partition('\n\n')
        self.assertEqual(body.rstrip('\n').split('\n'), lines)
        self.assertIn('using ' + self.protocol, header)

    def test_client_certificate_is_shown(self):
        channel = self.dial(CERTIFICATES_WANTED, **own(self.pki.client))
        self.send(channel, ['a line'])
        self.assert_ended_well(channel.close())
        self.assertIn('Client CN "client", Issuer "Interop CA" (verified OK)', self.delivered())

    def test_client_without_certificate_is_refused_by_an_answer(self):
        """Postfix lets the handshake pass, and has something to say then."""
        channel = self.dial(CERTIFICATES_WANTED)
        channel.ask('EHLO localhost', '421 .*No client certificate')
        self.assert_ended_well(channel.close())


def as_root(case):
    return unittest.skipUnless(os.getuid() == 0, 'Postfix can only be started by root')(case)


@as_root
@needs('postfix')
class Tls12(PostfixCases, ServerCase):
    protocol = 'TLSv1.2'
    protocols = '>=TLSv1.2, <=TLSv1.2'


@as_root
@needs('postfix')
class Tls13(PostfixCases, ServerCase):
    protocol = 'TLSv1.3'
    protocols = '>=TLSv1.3'


if __name__ == '__main__':
    unittest.main()
