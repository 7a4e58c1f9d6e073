# SPDX-License-Identifier: Apache-2.0
"""tls_cat, an example: with itself, with Python's server, and its display of progress."""

import hashlib
import re
import unittest

import nginx
from interop_case import large_file, our_program
from program_case import ProgramCase, hear_all, hear_and_leave


class TlsCat(ProgramCase):
    def call(self, port, *options, text='', ca=None):
        return self.run_to_end(our_program('tls_cat'), '--ca', ca or self.pki.ca, *options,
                               'localhost', port, text=text)

    def answering(self, answer):
        """A server that sends this once it has heard all."""
        def act(connection):
            heard = hear_all(connection)
            connection.sendall(answer)
            connection.unwrap()
            return heard
        return self.tls_server(act)

    def listening(self, *options):
        return self.listen('tls_cat', '-v', '--listen', '--certificate', self.pki.server.certificate,
                           '--key', self.pki.server.key, *options, 'localhost', 0)

    def test_input_goes_out_and_answers_come_in(self):
        port, result = self.answering(b'good bye\n')
        self.assertEqual(self.call(port, text='hello\n'), (0, 'good bye\n'))
        self.assertEqual(result(), b'hello\n')

    def test_large_file_is_whole_and_its_progress_is_told(self):
        path, hash_sent = large_file()
        port, result = self.tls_server(lambda peer: hashlib.sha256(hear_and_leave(peer)).hexdigest())
        command = f'exec "$0" --progress always --ca "$1" localhost {port} <"$2"'
        status, output = self.run_to_end('sh', '-c', command, our_program('tls_cat'), self.pki.ca,
                                         path)
        self.assertEqual(status, 0, output)
        self.assertEqual(result(), hash_sent)
        self.assertRegex(output, f'sent {path.stat().st_size} bytes, received 0 bytes in ')

    def test_progress_of_a_slow_transfer_is_shown_meanwhile(self):
        port, result = self.tls_server(lambda peer: len(hear_and_leave(peer)))
        cat = self.start(our_program('tls_cat'), '--progress', 'always', '--ca', self.pki.ca,
                         'localhost', port)
        shown = None
        for _ in range(300):  # 30 s
            cat.send('x' * 1024)
            try:
                shown = cat.expect(r'\r([0-9.]+) (B|KiB) sent, ([0-9.]+) (B|KiB)/s', 0.1)
                break
            except AssertionError:
                continue
        self.assertIsNotNone(shown, 'no progress was shown')
        cat.end_input()
        self.assertEqual(cat.wait(), 0)
        total = int(re.search(r'sent (\d+) bytes', cat.output)[1])
        self.assertEqual(result(), total)

    def test_quiet_unless_at_a_terminal(self):
        port, _ = self.answering(b'')
        self.assertEqual(self.call(port, text='x'), (0, ''))

    def test_it_ends_with_the_other_side_though_input_stays_open(self):
        port, _ = self.tls_server(lambda peer: (peer.sendall(b'bye\n'), peer.unwrap()) and None)
        cat = self.start(our_program('tls_cat'), '--ca', self.pki.ca, 'localhost', port)
        self.assertEqual(cat.wait(), 0)
        self.assertEqual(cat.output, 'bye\n')

    def test_listens_for_one_client_of_its_kind(self):
        server, port = self.listening()
        status, output = self.call(port, '--method', 'tlsv1.2', '-v', text='hello\n')
        self.assertEqual(status, 0)
        self.assertIn('TLSv1.2', output)
        self.assertIn('CN=server', output)
        server.end_input()
        self.assertEqual(server.wait(), 0)
        self.assertIn('hello\n', server.output)

    def test_listening_with_a_ca_asks_for_a_certificate(self):
        server, port = self.listening('--ca', self.pki.ca)
        server.end_input()
        status, _ = self.call(port, '--certificate', self.pki.client.certificate,
                              '--key', self.pki.client.key, text='hello\n')
        self.assertEqual((status, server.wait()), (0, 0))

    def test_listening_goes_on_after_a_client_without_a_certificate(self):
        server, port = self.listening('--ca', self.pki.ca)
        server.end_input()
        self.assertEqual(self.call(port)[0], 1)
        server.expect('peer did not return a certificate')
        status, _ = self.call(port, '--certificate', self.pki.client.certificate,
                              '--key', self.pki.client.key, text='hello\n')
        self.assertEqual((status, server.wait()), (0, 0))
        self.assertIn('hello\n', server.output)

    def test_server_that_is_not_trusted_hears_nothing(self):
        port, result = self.tls_server(hear_all)
        status, output = self.call(port, text='secret', ca=self.pki.other_ca)
        self.assertEqual(status, 1)
        self.assertIn('unable to get local issuer certificate', output)
        self.assertIsInstance(result(), OSError)

    def test_insecure_talks_to_anybody(self):
        port, result = self.tls_server(hear_and_leave, self.pki.stranger)
        status, _ = self.run_to_end(our_program('tls_cat'), '--insecure', 'localhost', port, text='x')
        self.assertEqual((status, result()), (0, b'x'))

    def test_connection_that_is_cut_is_an_error(self):
        # Having heard all, it can close without a reset, which might destroy what it has sent.
        port, _ = self.tls_server(lambda peer: hear_all(peer) or peer.sendall(b'half'))
        status, output = self.call(port)
        self.assertEqual(status, 1)
        self.assertTrue(output.startswith('half'), output)
        self.assertIn('tls_cat: ', output)

    def test_wrong_arguments_are_told_apart_from_failures(self):
        for arguments in ([], ['localhost'], ['--listen', 'localhost', '0'],
                          ['--ca', '/nonexistent', 'localhost', '1'],
                          ['--insecure', '--ca', self.pki.ca, 'localhost', '1']):
            self.assertEqual(self.run_to_end(our_program('tls_cat'), *arguments)[0], 2, arguments)
        self.assertEqual(self.run_to_end(our_program('tls_cat'), '--help')[0], 0)
        status, output = self.call(nginx.free_port())
        self.assertEqual(status, 1)
        self.assertIn('Connection refused', output)


if __name__ == '__main__':
    unittest.main()
