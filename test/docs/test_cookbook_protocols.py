# SPDX-License-Identifier: Apache-2.0
"""Runs the cookbook's clients of known protocols against small servers."""

import base64
import socket
import struct
import unittest

from cookbook_case import CookbookCase, LIMIT, Talk, python_peer


class Pop3(CookbookCase):
    def test_lists_subjects(self):
        def serve(connection):
            connection.send('+OK ready\r\n')
            connection.expect('USER alice')
            connection.send('+OK\r\n')
            connection.expect('PASS secret')
            connection.send('+OK\r\n')
            connection.expect('STAT')
            connection.send('+OK 2 320\r\n')
            for i, subject in ((1, 'first'), (2, '.second')):
                connection.expect(f'TOP {i} 0')
                connection.send(f'+OK\r\nFrom: x\r\nSubject: {subject}\r\n..dot\r\n\r\n.\r\n')
            connection.expect('QUIT')
            connection.send('+OK\r\n')
            connection.end()

        peer = self.peer(serve)
        said = self.run_program('pop3', 'localhost', peer.port, 'alice', self.pki.ca,
                                MAIL_PASSWORD='secret')
        self.assertEqual(said, (0, '1: first\n2: .second\n'))

    def test_reports_a_refused_login(self):
        def serve(connection):
            connection.send('+OK ready\r\n')
            connection.expect('USER alice')
            connection.send('-ERR who?\r\n')
            connection.line()

        peer = self.peer(serve)
        said = self.run_program('pop3', 'localhost', peer.port, 'alice', self.pki.ca)
        self.assertEqual(said, (1, 'POP3: -ERR who?\n'))


class Imap(CookbookCase):
    def test_counts_messages(self):
        def serve(connection):
            connection.send('* OK ready\r\n')
            connection.expect('a1 LOGIN "alice" "a\\"b"')
            connection.send('* CAPABILITY IMAP4rev2\r\na1 OK done\r\n')
            connection.expect('a2 STATUS INBOX (MESSAGES UNSEEN)')
            connection.send('* STATUS INBOX (MESSAGES 3 UNSEEN 1)\r\na2 OK done\r\n')
            connection.expect('a3 LOGOUT')
            connection.send('* BYE\r\na3 OK done\r\n')
            connection.end()

        peer = self.peer(serve)
        said = self.run_program('imap', 'localhost', peer.port, 'alice', self.pki.ca,
                                MAIL_PASSWORD='a"b')
        self.assertEqual(said, (0, 'INBOX (MESSAGES 3 UNSEEN 1)\n'))

    def test_reports_a_refused_login(self):
        def serve(connection):
            connection.send('* OK ready\r\n')
            connection.line()
            connection.send('a1 NO who?\r\n')
            connection.line()

        peer = self.peer(serve)
        said = self.run_program('imap', 'localhost', peer.port, 'alice', self.pki.ca)
        self.assertEqual(said, (1, 'IMAP: a1 NO who?\n'))


class Smtp(CookbookCase):
    def send(self, password='secret', verdict='250 queued'):
        message = []

        def serve(connection):
            connection.send('220-hello\r\n220 ready\r\n')
            connection.expect('EHLO localhost')
            connection.send('250-here\r\n250 AUTH PLAIN\r\n')
            login = base64.b64encode(f'\0alice\0{password}'.encode()).decode()
            connection.expect('AUTH PLAIN ' + login)
            connection.send('235 welcome\r\n')
            connection.expect('MAIL FROM:<a@example>')
            connection.send('250 fine\r\n')
            connection.expect('RCPT TO:<b@example>')
            connection.send('250 fine\r\n')
            connection.expect('DATA')
            connection.send('354 go\r\n')
            while (line := connection.line()) != '.':
                message.append(line)
            connection.send(verdict + '\r\n')
            if verdict[0] == '2':
                connection.expect('QUIT')
                connection.end()
            else:
                connection.line()

        peer = self.peer(serve)
        done = self.run_program('smtp', 'localhost', peer.port, 'alice', 'a@example', 'b@example',
                                self.pki.ca, text='Subject: x\n\n.dot\nend\n', MAIL_PASSWORD=password)
        peer.finish()
        return done, message

    def test_submits_a_message(self):
        for password in ('secret', 'secret1', 'secret12'):  # each remainder of base 64
            with self.subTest(password=password):
                self.assertEqual(self.send(password), ((0, 'accepted\n'),
                                                       ['Subject: x', '', '..dot', 'end']))

    def test_reports_a_message_that_is_refused(self):
        self.assertEqual(self.send(verdict='554 no')[0], (1, 'SMTP: 554 no\r\n'))


class SmtpWithStarttls(CookbookCase):
    def begin(self, connection, answer):
        connection.send('220-hello\r\n220 ready\r\n')
        connection.expect('EHLO localhost')
        connection.send('250-here\r\n250 STARTTLS\r\n')
        connection.expect('STARTTLS')
        connection.send(answer)

    def submit(self, *talks):
        peer = self.peer(*talks, is_plain=True)
        done = self.run_program('smtp_starttls', 'localhost', peer.port, 'alice', 'a@example',
                                'b@example', self.pki.ca, text='Subject: x\n\n.dot\nend\n',
                                MAIL_PASSWORD='secret')
        peer.finish()
        return done

    def test_submits_a_message_under_tls(self):
        def serve(connection):
            self.begin(connection, '220 go\r\n')
            connection.start_tls(python_peer.server_context(self.pki.server))
            for line, answer in (
                    ('EHLO localhost', '250-here\r\n250 AUTH PLAIN'),
                    ('AUTH PLAIN ' + base64.b64encode(b'\0alice\0secret').decode(), '235 welcome'),
                    ('MAIL FROM:<a@example>', '250 fine'), ('RCPT TO:<b@example>', '250 fine'),
                    ('DATA', '354 go')):
                connection.expect(line)
                connection.send(answer + '\r\n')
            for line in ('Subject: x', '', '..dot', 'end', '.'):
                connection.expect(line)
            connection.send('250 queued\r\n')
            connection.expect('QUIT')
            connection.end()

        self.assertEqual(self.submit(serve), (0, 'accepted\n'))

    def test_sends_no_password_if_the_server_refuses_tls(self):
        def serve(connection):
            self.begin(connection, '502 never heard of it\r\n')
            self.assertEqual(connection.line(), '')

        self.assertEqual(self.submit(serve), (1, 'SMTP: 502 never heard of it\r\n'))

    def test_fails_if_plaintext_was_injected_behind_the_answer(self):
        def serve(connection):
            self.begin(connection, '220 go\r\n250 injected\r\n')
            with self.assertRaises(OSError):
                connection.start_tls(python_peer.server_context(self.pki.server))

        status, said = self.submit(serve)
        self.assertEqual(status, 1)
        self.assertIn('handshake', said)

    def test_refuses_a_server_that_is_not_trusted(self):
        def serve(connection):
            self.begin(connection, '220 go\r\n')
            with self.assertRaises(OSError):
                connection.start_tls(python_peer.server_context(self.pki.stranger))

        status, said = self.submit(serve)
        self.assertEqual(status, 1)
        self.assertIn('certificate was rejected', said)


class ExplicitFtps(CookbookCase):
    CONTENT = bytes(range(256)) * 500
    resumed = False

    def data(self, context, listener, is_complete):
        plain, _ = listener.accept()
        data = Talk(plain)
        data.start_tls(context)
        self.resumed = data.socket.session_reused
        data.send(self.CONTENT)
        if is_complete:
            data.end()
        data.close()

    def serve_ftp(self, connection, context, is_complete=True):
        connection.send('220 ready\r\n')
        connection.expect('AUTH TLS')
        connection.send('234 go\r\n')
        connection.start_tls(context)
        connection.expect('USER alice')
        connection.send('331 password\r\n')
        connection.expect('PASS secret')
        connection.send('230-welcome\r\n 230 x\r\n230 in\r\n')
        for command in ('PBSZ 0', 'PROT P', 'TYPE I'):
            connection.expect(command)
            connection.send('200 fine\r\n')
        connection.expect('EPSV')
        with socket.create_server(('127.0.0.1', 0)) as listener:
            listener.settimeout(LIMIT)
            connection.send(f'229 Here (|||{listener.getsockname()[1]}|)\r\n')
            connection.expect('RETR file')
            connection.send('150 comes\r\n')
            self.data(context, listener, is_complete)
        if not is_complete:
            return
        connection.send('226 done\r\n')
        connection.expect('QUIT')
        connection.send('221 bye\r\n')
        connection.end()

    def download(self, **how):
        peer = self.peer(lambda connection: self.serve_ftp(connection, peer.context, **how), is_plain=True)
        return self.run_for_bytes('explicit_ftps', '127.0.0.1', peer.port, self.pki.ca, 'alice',
                                  'file', FTP_PASSWORD='secret')

    def test_downloads_a_file_with_the_session_of_the_control_connection(self):
        self.assertEqual(self.download(), (0, self.CONTENT))
        self.assertTrue(self.resumed)

    def test_reports_a_file_that_is_cut_off(self):
        status, said = self.download(is_complete=False)
        self.assertEqual(status, 1)
        self.assertIn(b'close_notify', said)

    def test_refuses_what_was_injected_before_tls(self):
        def serve(connection):
            connection.send('220 ready\r\n')
            connection.expect('AUTH TLS')
            connection.send('234 go\r\n230 you are in\r\n')
            connection.file.read()  # a hello, an alert

        peer = self.peer(serve, is_plain=True)
        status, said = self.run_program('explicit_ftps', '127.0.0.1', peer.port, self.pki.ca,
                                        'alice', 'file')
        self.assertEqual(status, 1)
        self.assertIn('handshake', said)


class Postgresql(CookbookCase):
    @staticmethod
    def message(kind, content):
        return kind + struct.pack('!I', len(content) + 4) + content

    @staticmethod
    def receive(connection):
        (size,) = struct.unpack('!I', connection.read(4))
        return connection.read(size - 4)

    def ask(self, serve, ca=None):
        peer = self.peer(lambda connection: serve(connection, peer.context), is_plain=True, ca=ca)
        return self.run_program('postgresql', '127.0.0.1', peer.port, self.pki.ca,
                                self.folder_of_pem(self.pki.client), 'alice', 'base', 'SELECT 1')

    def test_prints_rows(self):
        def serve(connection, context):
            self.assertEqual(self.receive(connection), struct.pack('!I', 80877103))
            connection.send('S')
            connection.start_tls(context)
            self.assertEqual(self.receive(connection), struct.pack('!I', 196608) +
                             b'user\0alice\0database\0base\0\0')
            connection.send(self.message(b'R', bytes(4)) + self.message(b'S', b'a\0b\0') +
                            self.message(b'Z', b'I'))
            self.assertEqual(connection.read(1), b'Q')
            self.assertEqual(self.receive(connection), b'SELECT 1\0')
            row = struct.pack('!H', 3) + struct.pack('!I', 1) + b'1' + b'\xff' * 4 + bytes(4)
            connection.send(self.message(b'D', row) + self.message(b'C', b'SELECT 1\0') +
                            self.message(b'Z', b'I'))
            self.assertEqual(connection.read(1), b'X')
            self.receive(connection)
            connection.end()

        self.assertEqual(self.ask(serve, self.pki.ca), (0, '1\t\t\n'))

    def test_does_not_go_on_without_tls(self):
        def serve(connection, _):
            self.receive(connection)
            connection.send('N')
            self.assertEqual(connection.read(1), b'')

        self.assertEqual(self.ask(serve), (1, 'the server does not offer TLS\n'))


if __name__ == '__main__':
    unittest.main()
