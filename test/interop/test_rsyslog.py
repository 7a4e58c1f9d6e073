# SPDX-License-Identifier: Apache-2.0
"""Our client, rsyslog as its server: syslog under TLS (RFC 5425), by either of its drivers."""

import unittest

from interop_case import find_program, needs, own
from process import LIMIT
from program_server import ServerCase, TrustCases, needs_file

CONFIGURATION = '''
global(workDirectory="{folder}" defaultNetstreamDriver="{driver}"
  defaultNetstreamDriverCAFile="{ca}" defaultNetstreamDriverCertFile="{certificate}"
  defaultNetstreamDriverKeyFile="{key}" maxMessageSize="64k")
module(load="imtcp" streamDriver.name="{driver}" streamDriver.mode="1"
  streamDriver.authMode="{who}" {peer})
template(name="plain" type="list") {{ property(name="msg") constant(value="\\n") }}
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="all")
ruleset(name="all") {{ action(type="omfile" file="{folder}/messages" template="plain") }}
syslog.* action(type="omfile" file="/dev/stdout")
'''


CLOSED = 'closed due to error|failed to process incoming connection'


def frame(text):
    message = f'<14>1 2026-01-01T00:00:00Z host program - - - {text}'
    return f'{len(message)} {message}'


class RsyslogCases(TrustCases):
    driver = ''

    def rsyslog(self, name):
        """Takes the messages of a client whose certificate has the name, or of all."""
        folder = self.open_folder()
        self.messages = folder / 'messages'
        configuration = folder / 'rsyslog.conf'
        who, peer = ('x509/name', f'permittedPeer="{name}"') if name else ('anon', '')

        def begin(port):
            configuration.write_text(CONFIGURATION.format(
                folder=folder, port=port, driver=self.driver, ca=self.pki.ca, who=who, peer=peer,
                certificate=self.pki.rsa_server.certificate, key=self.pki.rsa_server.key))
            self.server = self.daemon(find_program('rsyslogd'), '-n', '-f', configuration,
                                      '-i', folder / 'pid')
            return self.server

        return self.run_server(begin)

    def dial(self, name=None, **options):
        return self.channel(**options).connect(self.rsyslog(name))

    def written(self, count):
        """The messages in its file, once there are so many."""
        lines = []
        for _ in range(LIMIT * 20):
            if self.messages.exists():
                lines = self.messages.read_text().splitlines()
            if len(lines) >= count:
                return lines
            self.assertFalse(self.server.ends_within(0.05), 'rsyslog has ended')
        raise AssertionError(f'{len(lines)} of {count} messages were written')

    def test_messages_are_written_down(self):
        texts = [f'message {number} ' + 'x' * (number % 500) for number in range(10000)]
        channel = self.dial('client', **own(self.pki.client))
        for begin in range(0, len(texts), 100):
            channel.write(''.join(map(frame, texts[begin:begin + 100])))
        self.assert_ended_well(channel.close())
        self.assertEqual([line.strip() for line in self.written(len(texts))],
                         [text.strip() for text in texts])

    def test_one_message_of_a_client_that_leaves_at_once_is_written_down(self):
        """Nothing is ever read: close() alone has to bring it there."""
        channel = self.dial('client', **own(self.pki.client))
        channel.write(frame('the only message'))
        self.assert_ended_well(channel.close())
        self.assertEqual(self.written(1), ['the only message'])

    def assert_nothing_is_taken(self, **options):
        channel = self.dial('client', **options)
        self.server.expect(CLOSED)  # somebody looked whether it listens
        channel.do('info', state=None)
        self.send_unwanted(channel)
        try:
            self.server.expect(CLOSED, 5)
        except AssertionError:
            # rsyslogd 8.2302 may sleep on what has come with the end of the handshake, until more comes.
            self.send_unwanted(channel)
            self.server.expect(CLOSED)
        channel.do('digest', state=None)
        channel.close()
        self.assertFalse(self.messages.exists())

    @staticmethod
    def send_unwanted(channel):
        channel.do('write', frame('unwanted').replace(' ', '%20'), state=None)
        channel.do('flush', state=None)

    def test_client_with_another_name_is_refused(self):
        self.assert_nothing_is_taken(**own(self.pki.client_only))

    def test_client_without_certificate_is_refused(self):
        self.assert_nothing_is_taken()

    def test_client_of_an_unknown_authority_is_refused(self):
        self.assert_nothing_is_taken(**own(self.pki.stranger))


@needs('rsyslogd')
@needs_file('/usr/lib/*/rsyslog/lmnsd_gtls.so', 'rsyslog-gnutls')
class GnuTls(RsyslogCases, ServerCase):
    driver = 'gtls'


@needs('rsyslogd')
@needs_file('/usr/lib/*/rsyslog/lmnsd_ossl.so', 'rsyslog-openssl')
class OpenSsl(RsyslogCases, ServerCase):
    driver = 'ossl'


if __name__ == '__main__':
    unittest.main()
