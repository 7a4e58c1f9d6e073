# SPDX-License-Identifier: Apache-2.0
"""Runs the cookbook's clients against small servers."""

import contextlib
import ssl
import unittest

from cookbook_case import CookbookCase


def answer(connection, count):
    for _ in range(count):
        connection.send(f'answer to {connection.line()}\n')


class ReconnectingClient(CookbookCase):
    def test_goes_on_when_the_connection_is_lost(self):
        def lose(connection):
            answer(connection, 1)
            connection.line()  # and it is lost without an answer

        def go_on(connection):
            answer(connection, 2)
            connection.end()

        peer = self.peer(lose, go_on)
        status, said = self.run_program('reconnecting_client', 'localhost', peer.port, self.pki.ca,
                                        text='one\ntwo\nthree\n')
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r'answer to one\nattempt 1: .*\nanswer to two\nanswer to three\n')

    def test_gives_up_on_a_server_that_is_not_trusted(self):
        status, said = self.run_program('reconnecting_client', 'localhost',
                                        self.untrusted_peer().port, self.pki.ca, text='one\n')
        self.assertEqual(status, 1)
        self.assertIn('certificate was rejected', said)
        self.assertNotIn('attempt', said)


class ConfirmedDelivery(CookbookCase):
    def deliver(self, port, text='a\nb\n'):
        return self.run_program('confirmed_delivery', 'localhost', port, 'r7', self.pki.ca, text=text)

    def test_is_confirmed(self):
        def receive(connection):
            connection.expect('REPORT r7 4')
            self.assertEqual(connection.read(4), b'a\nb\n')
            connection.send('RECEIVED r7\n')
            connection.end()

        self.assertEqual(self.deliver(self.peer(receive).port), (0, 'confirmed\n'))

    def test_is_unknown_without_an_answer(self):
        status, said = self.deliver(self.peer(lambda connection: connection.line()).port)
        self.assertEqual(status, 1)
        self.assertIn('may have arrived', said)

    def test_has_not_begun_without_a_server(self):
        peer = self.peer()
        peer.finish()
        status, said = self.deliver(peer.port)
        self.assertEqual(status, 2)
        self.assertIn('Connection refused', said)
        self.assertIn('Nothing was sent', said)


class HttpKept(CookbookCase):
    def get(self, connection, path, head, body=b''):
        connection.expect(f'GET {path} HTTP/1.1')
        while connection.line():
            pass
        connection.send(f'HTTP/1.1 200 OK\r\n{head}\r\n\r\n'.encode() + body)

    def test_gets_pages_over_one_connection_as_long_as_it_is_kept(self):
        def first(connection):
            self.get(connection, '/a', 'Content-Length: 5', b'hello')
            self.get(connection, '/b', 'Transfer-Encoding: chunked',
                     b'3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n')
            self.get(connection, '/c', 'Content-Length: 0')
            with contextlib.suppress(ssl.SSLError):  # the next request may be on its way
                connection.end()

        def second(connection):
            self.get(connection, '/d', 'Content-Length: 1\r\nConnection: close', b'd')
            connection.end()

        def third(connection):
            self.get(connection, '/e', 'Content-Length: 2', b'ee')
            connection.end()

        peer = self.peer(first, second, third)
        status, said = self.run_program('http_kept', 'localhost', peer.port, self.pki.ca,
                                        '/a', '/b', '/c', '/d', '/e')
        self.assertEqual(said, ''.join(f'{path}: 200 OK, {size} bytes\n' for path, size in
                                       (('/a', 5), ('/b', 13), ('/c', 0), ('/d', 1), ('/e', 2))))
        self.assertEqual(status, 0)

    def test_refuses_an_answer_that_breaks_off(self):
        peer = self.peer(lambda connection: self.get(connection, '/', 'Content-Length: 5', b'hel'))
        status, said = self.run_program('http_kept', 'localhost', peer.port, self.pki.ca, '/')
        self.assertEqual(status, 1, said)
        self.assertRegex(said, 'close_notify|breaks off')


class PlainDescriptor(CookbookCase):
    def ask(self, peer):
        return self.run_program('plain_descriptor', 'localhost', peer.port, 'why?', self.pki.ca)

    def test_carries_both_directions_to_their_ends(self):
        answer_of_many_blocks = 'because\n' * 100_000

        def explain(connection):
            connection.expect('why?')
            self.assertEqual(connection.line(), '')  # the end of the question
            connection.send(answer_of_many_blocks)
            connection.end()

        self.assertEqual(self.ask(self.peer(explain)), (0, answer_of_many_blocks))

    def test_takes_no_cut_for_an_end(self):
        def break_off(connection):
            connection.expect('why?')
            self.assertEqual(connection.line(), '')  # with input unread, closing would be a reset
            connection.send('beca')

        status, said = self.ask(self.peer(break_off))
        self.assertEqual(status, 1, said)
        self.assertIn('close_notify', said)
        self.assertNotIn('beca', said)

    def test_reports_a_server_that_is_not_trusted(self):
        status, said = self.ask(self.untrusted_peer())
        self.assertEqual(status, 1)
        self.assertIn('certificate was rejected', said)


class Syslog(CookbookCase):
    def test_sends_each_line_as_a_message_with_its_size(self):
        messages = []

        def receive(connection):
            data = b''
            while block := connection.file.read(1):
                data += block
            while data:
                size, _, rest = data.partition(b' ')
                messages.append(rest[:int(size)].decode())
                data = rest[int(size):]
            connection.end()

        peer = self.peer(receive, ca=self.pki.ca)
        status, said = self.run_program('syslog', 'localhost', peer.port, 'test', self.pki.ca,
                                        self.folder_of_pem(self.pki.client), text='one\ntwo three\n')
        self.assertEqual((status, said), (0, 'delivered\n'))
        peer.finish()
        stamp = r'<14>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S+ test - - - '
        self.assertEqual(len(messages), 2)
        self.assertRegex(messages[0], stamp + 'one$')
        self.assertRegex(messages[1], stamp + 'two three$')

    def test_reports_a_receiver_that_does_not_want_it(self):
        def hang_up(connection):
            connection.read(10)

        peer = self.peer(hang_up)
        status, said = self.run_program('syslog', 'localhost', peer.port, 'test', self.pki.ca,
                                        text='one\n' * 1000)
        self.assertEqual(status, 0 if 'not known' in said else 1, said)
        self.assertRegex(said, 'not known|^iostls: ')


class TestingAProgram(CookbookCase):
    def test_passes(self):
        self.assertEqual(self.run_program('testing_a_program'), (0, 'all passed\n'))


if __name__ == '__main__':
    unittest.main()
