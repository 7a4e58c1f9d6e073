# SPDX-License-Identifier: Apache-2.0
"""FTP under TLS (RFC 4217), as a client speaks it, and the cases that FTP servers share."""

import hashlib

from interop_case import large_file
from program_server import TrustCases


def dial(client, port):
    channel = client.channel().open(port)
    channel.expect('220 ')
    channel.ask('AUTH TLS', '234')
    return channel.secure()


class Session:
    """A control connection, logged in, whose data connections are under TLS, too."""

    def __init__(self, client, port, user='anonymous', password='x'):
        self._client = client
        self.control = dial(client, port)
        self.info = self.control.info()
        self.control.ask('USER ' + user, '331')
        self.control.ask('PASS ' + password, '230 ')
        self.control.ask('PBSZ 0', '200')
        self.control.ask('PROT P', '200')
        self.control.ask('TYPE I', '200')

    def open_data(self, command, session=None):
        """A data connection for a command, whose handshake is yet to be done."""
        port = self.control.ask('EPSV', r'229 .*\(\|\|\|(\d+)\|\)')[1]
        channel = self._client.channel().open(port)
        self.control.ask(command, '150')
        return channel.secure(session)

    def data(self, command):
        """The same, with the session of the control connection, and what was agreed on."""
        channel = self.open_data(command, self.control)
        return channel, channel.info()

    def answer(self):
        return self.control.read_line()

    def retrieve(self, command):
        """What was agreed on, what came, and how it ended."""
        channel, info = self.data(command)
        content = channel.do('digest', state='eof')
        return info, content, channel.close()

    def quit(self):
        self.control.ask('QUIT', '221')
        return self.control.close()


class FtpCases(TrustCases):
    """A class of tests adds ftp_server(), which returns a port and sets `daemon` and `incoming`, the
    folder where the server puts what it is sent."""

    protocol = ''
    login = {}

    def ftp_client(self, **options):
        return self.client(method=self.protocol, **options)

    def session(self, **options):
        port = self.ftp_server()
        return Session(self.ftp_client(**options), port, **self.login)

    def dial(self, **options):
        return dial(self.ftp_client(**options), self.ftp_server())

    def assert_done(self, session):
        self.assertRegex(session.answer(), '^226')

    def assert_stored(self, name, digest):
        stored = (self.incoming / name).read_bytes()
        self.assertEqual(hashlib.sha256(stored).hexdigest(), digest)

    def store(self, session, name, path):
        channel, info = session.data('STOR incoming/' + name)
        channel.do('send_file', path)
        self.assert_ended_well(channel.close())
        self.assert_done(session)
        self.assertEqual(info['resumed'], 'yes')

    def test_file_goes_up_and_comes_down_whole(self):
        path, digest = large_file()
        session = self.session()
        self.assertEqual(session.info['protocol'], self.protocol)
        self.store(session, 'large', path)
        self.assert_stored('large', digest)
        info, content, end = session.retrieve('RETR incoming/large')
        self.assert_done(session)
        self.assertEqual((info['resumed'], content['sha256']), ('yes', digest))
        self.assert_ended_well(end, 'eof')

    def test_empty_file_goes_up_and_comes_down(self):
        empty = self.folder() / 'empty'
        empty.touch()
        session = self.session()
        self.store(session, 'empty', empty)
        self.assertEqual((self.incoming / 'empty').stat().st_size, 0)
        _, content, end = session.retrieve('RETR incoming/empty')
        self.assert_done(session)
        self.assertEqual(content['received'], '0')
        self.assert_ended_well(end, 'eof')

    def test_data_connection_on_which_nothing_is_written_is_an_empty_file(self):
        """Its handshake is left to close()."""
        session = self.session()
        channel = session.open_data('STOR incoming/nothing', session.control)
        self.assert_ended_well(channel.close())
        self.assert_done(session)
        self.assertEqual((self.incoming / 'nothing').stat().st_size, 0)

    def test_many_data_connections_resume_the_session_of_the_control_connection(self):
        session = self.session()
        for number in range(5):
            info, _, end = session.retrieve('NLST incoming')
            self.assert_done(session)
            self.assertEqual(info['resumed'], 'yes', f'connection {number}')
            self.assert_ended_well(end, 'eof')

    def test_data_connection_that_resumes_nothing_is_refused(self):
        session = self.session()
        channel = session.open_data('NLST incoming')
        channel.info(state=None)
        self.assertEqual(channel.do('digest', state=None)['received'], '0')
        channel.close()
        self.assertRegex(session.answer(), '^[45]')

    def test_download_that_is_cut_is_an_error(self):
        path, _ = large_file()
        session = self.session()
        self.store(session, 'large', path)
        channel, _ = session.data('RETR incoming/large')
        self.daemon_of_server.kill()
        report = channel.do('digest', state='bad')
        self.assertLess(int(report['received']), path.stat().st_size)
        self.assertIn(report['error'], ('truncated', 'system_error'), report['what'])
        session.control.do('read_line', state='bad')

    def test_control_connection_ends_cleanly(self):
        self.assert_ended_well(self.session().quit())
