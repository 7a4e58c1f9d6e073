# SPDX-License-Identifier: Apache-2.0
"""Our client, nginx as its server."""

import hashlib
import unittest

import nginx
from interop_case import InteropCase, large_file, needs, own


class NginxCases:
    protocol = ''

    def nginx(self, more='', root=None):
        return nginx.start(self, root or self.folder(), self.protocol, more)

    def nginx_that_wants_certificates(self, how):
        return self.nginx(f'ssl_verify_client {how}; ssl_client_certificate {self.pki.ca};')

    def test_pages_are_received_on_one_connection(self):
        root = self.folder()
        (root / 'first').write_bytes(b'the first page\n')
        (root / 'second').write_bytes(b'the second page\n')
        report = self.connect('http', self.nginx(root=root), path=['/first', '/second'])
        self.assertEqual(report.all('status'), ['HTTP/1.1 200 OK'] * 2)
        self.assertEqual(report.all('sha256'),
                         [hashlib.sha256(b'the first page\n').hexdigest(),
                          hashlib.sha256(b'the second page\n').hexdigest()])
        self.assertEqual((report['protocol'], report['verified']), (self.protocol, 'yes'))
        self.assert_clean(report, 'open')

    def test_large_body_is_whole(self):
        path, hash_sent = large_file()
        report = self.connect('http', self.nginx(root=path.parent), path=['/large', '/large'])
        self.assertEqual(report.all('received'), [str(path.stat().st_size)] * 2)
        self.assertEqual(report.all('sha256'), [hash_sent] * 2)

    def test_server_that_ends_the_connection_does_so_cleanly(self):
        root = self.folder()
        (root / 'page').write_bytes(b'the page\n')
        port = self.nginx('keepalive_timeout 0;', root)
        report = self.connect('http', port, path=['/page', '/page'])
        self.assertEqual(report.all('status'), ['HTTP/1.1 200 OK', ''])
        self.assert_clean(report)

    def assert_verified_by_nginx(self, report, text):
        self.assertEqual(report['sha256'], hashlib.sha256(text.encode()).hexdigest())

    def test_client_certificate_is_sent(self):
        port = self.nginx_that_wants_certificates('on')
        report = self.connect('http', port, path='/client', **own(self.pki.client))
        self.assert_verified_by_nginx(report, 'SUCCESS CN=client\n')

    def test_client_without_certificate_is_served_where_it_may_be_absent(self):
        port = self.nginx_that_wants_certificates('optional')
        report = self.connect('http', port, path='/client')
        self.assert_verified_by_nginx(report, 'NONE \n')

    def test_refusal_in_http_is_read_to_its_end(self):
        """nginx refuses certificates with a page."""
        port = self.nginx_that_wants_certificates('on')
        report = self.connect('http', port, path='/client')
        self.assertEqual(report['status'], 'HTTP/1.1 400 Bad Request')
        self.assertGreater(int(report['received']), 0)


@needs('nginx')
class Tls12(NginxCases, InteropCase):
    protocol = 'TLSv1.2'


@needs('nginx')
class Tls13(NginxCases, InteropCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
