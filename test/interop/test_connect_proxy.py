# SPDX-License-Identifier: Apache-2.0
"""connect_proxy, an example: curl goes through it to https_server, and clients that ask for what
they must not have."""

import hashlib
import socket
import unittest

import nginx
from interop_case import VERSIONS, large_file, needs, our_program
from program_case import ProgramCase, hear_all
from program_server import ServerCase


class ConnectProxy(ProgramCase, ServerCase):
    def proxy(self, *ports):
        return self.listen('connect_proxy', 0, self.both(self.pki.server), *ports)[1]

    def answer(self, port, request):
        connection = self.client(port)
        connection.sendall(request)
        return hear_all(connection).decode().split('\r\n')

    def curl(self, proxy, url, *arguments):
        return self.start('curl', '-q', '--noproxy', '', '--silent', '--show-error',
                          '--max-time', '25', '--cacert', self.pki.ca, '--proxy-cacert',
                          self.pki.ca, '--proxy', f'https://localhost:{proxy}', *arguments, url)

    @needs('curl')
    def test_curl_speaks_tls_through_tls(self):
        server = self.start(our_program('https_server'), '--certificate',
                            self.pki.server.certificate, '--key', self.pki.server.key)
        port = int(server.expect(r'^listening on https://127\.0\.0\.1:(\d+)/')[1])
        curl = self.curl(self.proxy(port), f'https://localhost:{port}/')
        self.assertEqual(curl.wait(), 0)
        self.assertIn('This page came over TLSv1.3', curl.output)

    @needs('curl')
    @needs('nginx')
    def test_large_page_is_whole(self):
        path, hash_sent = large_file()
        port = nginx.start(self, path.parent, VERSIONS[1])
        curl = self.curl(self.proxy(port), f'https://localhost:{port}/large')
        self.assertEqual(curl.wait(), 0)
        self.assertEqual(hashlib.sha256(curl.output_bytes).hexdigest(), hash_sent)

    def https_server(self):
        server = self.start(our_program('https_server'), '--certificate',
                            self.pki.server.certificate, '--key', self.pki.server.key)
        return int(server.expect(r'^listening on https://127\.0\.0\.1:(\d+)/')[1])

    def get(self, proxy, port, path='/'):
        return self.run_to_end(our_program('https_get'), '--ca', self.pki.ca, '--proxy', proxy,
                               'localhost', port, path)

    def tinyproxy(self, *lines):
        configuration = self.folder() / 'tinyproxy.conf'

        def begin(port):
            configuration.write_text('\n'.join((f'Port {port}', 'Listen 127.0.0.1', 'Timeout 60',
                                                'LogLevel Info', *lines)) + '\n')
            return self.start('tinyproxy', '-d', '-c', configuration)

        return self.run_server(begin)

    def test_our_client_goes_through_by_tls(self):
        port = self.https_server()
        status, output = self.get(f'https://localhost:{self.proxy(port)}', port)
        self.assertEqual(status, 0, output)
        self.assertIn('This page came over TLSv1.3', output)

    def test_our_client_shows_what_the_proxy_has_answered(self):
        status, output = self.get(f'https://localhost:{self.proxy(1)}', 2)
        self.assertEqual(status, 1)
        self.assertIn('the proxy has answered "HTTP/1.1 403 Forbidden"', output)

    @needs('tinyproxy')
    def test_our_client_goes_through_tinyproxy(self):
        port = self.https_server()
        status, output = self.get(f'http://127.0.0.1:{self.tinyproxy(f"ConnectPort {port}")}', port)
        self.assertEqual(status, 0, output)
        self.assertIn('This page came over TLSv1.3', output)

    @needs('tinyproxy')
    def test_tinyproxy_is_shown_credentials(self):
        port = self.https_server()
        proxy = self.tinyproxy(f'ConnectPort {port}', 'BasicAuth user secret')
        status, output = self.get(f'http://user:secret@127.0.0.1:{proxy}', port)
        self.assertEqual(status, 0, output)
        status, output = self.get(f'http://user:wrong@127.0.0.1:{proxy}', port)
        self.assertEqual(status, 1)
        self.assertRegex(output, 'the proxy has answered "HTTP/1.[01] 40[17] ')

    @needs('tinyproxy')
    def test_port_that_tinyproxy_does_not_allow_is_refused(self):
        status, output = self.get(f'http://127.0.0.1:{self.tinyproxy("ConnectPort 1")}', 2)
        self.assertEqual(status, 1)
        self.assertRegex(output, 'the proxy has answered "HTTP/1.[01] 403 ')

    def test_each_direction_ends_by_itself(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            port = listener.getsockname()[1]
            connection = self.client(self.proxy(port))
            # What follows the request is for the destination.
            connection.sendall(f'CONNECT localhost:{port} HTTP/1.1\r\nHost: x\r\n\r\nearly'.encode())
            destination = listener.accept()[0]
        with destination:
            self.assertEqual(connection.recv(100), b'HTTP/1.1 200 Connection established\r\n\r\n')
            self.assertEqual(destination.recv(5, socket.MSG_WAITALL), b'early')
            destination.sendall(b'answer')
            destination.shutdown(socket.SHUT_WR)
            self.assertEqual(hear_all(connection), b'answer')
            connection.unwrap().close()
            self.assertEqual(destination.recv(100), b'')

    def test_destination_learns_of_a_client_that_is_gone(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            port = listener.getsockname()[1]
            connection = self.client(self.proxy(port))
            connection.sendall(f'CONNECT localhost:{port} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
            destination = listener.accept()[0]
        with destination:
            connection.recv(100)
            connection.close()
            destination.settimeout(25)
            self.assertEqual(destination.recv(100), b'')

    def test_other_port_is_forbidden(self):
        answer = self.answer(self.proxy(443), b'CONNECT localhost:22 HTTP/1.1\r\nHost: x\r\n\r\n')
        self.assertEqual(answer[0], 'HTTP/1.1 403 Forbidden')

    def test_other_method_is_not_allowed(self):
        answer = self.answer(self.proxy(443), b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        self.assertEqual(answer[:2], ['HTTP/1.1 405 Method Not Allowed', 'Allow: CONNECT'])

    def test_malformed_request_is_refused(self):
        port = self.proxy(443)
        for line in 'CONNECT', 'CONNECT localhost HTTP/1.1', 'CONNECT :443 HTTP/1.1', \
                'CONNECT a b:443 HTTP/1.1', 'CONNECT localhost:443':
            answer = self.answer(port, line.encode() + b'\r\nHost: x\r\n\r\n')
            self.assertEqual(answer[0], 'HTTP/1.1 400 Bad Request', line)

    def test_destination_that_does_not_answer_is_a_bad_gateway(self):
        free = nginx.free_port()
        answer = self.answer(self.proxy(free),
                             f'CONNECT localhost:{free} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
        self.assertEqual(answer[0], 'HTTP/1.1 502 Bad Gateway')


if __name__ == '__main__':
    unittest.main()
