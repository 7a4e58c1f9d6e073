# SPDX-License-Identifier: Apache-2.0
"""The programs of doc/example: https_server with curl, https_get with nginx, and one with the
other."""

import hashlib
import pathlib
import signal
import time
import unittest

import nginx
from interop_case import VERSIONS, InteropCase, flags, large_file, needs, our_program, own


class ExampleCase(InteropCase):
    def https_server(self, **options):
        """Returns the process and its port."""
        process = self.start(our_program('https_server'), '--port', '0', *flags(options))
        return process, int(process.expect(r'^listening on https://127\.0\.0\.1:(\d+)/')[1])

    def https_get(self, port, path, *arguments, host='localhost'):
        return self.run_to_end(our_program('https_get'), *arguments, host, port, path)


@needs('curl')
class HttpsServer(ExampleCase):
    def curl(self, port, ca, *arguments, path='/'):
        return self.run_to_end('curl', '-q', '--noproxy', '*', '--ipv4', '--silent',
                               '--show-error', '--max-time', '25', '--cacert', ca, *arguments,
                               f'https://localhost:{port}{path}')

    def curl_with_certificate(self, port, credential):
        return self.curl(port, self.pki.ca, '--cert', credential.certificate,
                         '--key', credential.key)

    def test_page_tells_the_protocol(self):
        _, port = self.https_server(**own(self.pki.server))
        status, page = self.curl(port, self.pki.ca, '--tls-max', '1.2')
        self.assertEqual((status, VERSIONS[0] in page), (0, True))
        status, page = self.curl(port, self.pki.ca, '--tlsv1.3')
        self.assertEqual((status, VERSIONS[1] in page), (0, True))

    def test_certificate_of_its_own_is_good_for_localhost(self):
        saved = self.folder() / 'saved.pem'
        _, port = self.https_server(save_certificate=saved)
        status, page = self.curl(port, saved)
        self.assertEqual(status, 0)
        self.assertIn('<html', page)

    def test_connection_is_kept_for_the_next_request(self):
        _, port = self.https_server(**own(self.pki.server))
        status, output = self.curl(port, self.pki.ca, '--output', '/dev/null', '--output',
                                   '/dev/null', '--write-out', 'connects %{num_connects}\n',
                                   f'https://localhost:{port}/')
        self.assertEqual((status, output), (0, 'connects 1\nconnects 0\n'))

    def test_other_page_is_not_found(self):
        _, port = self.https_server(**own(self.pki.server))
        status, output = self.curl(port, self.pki.ca, '--output', '/dev/null', '--write-out',
                                   '%{http_code}', path='/other')
        self.assertEqual((status, output), (0, '404'))

    def test_metrics_count_handshakes_and_alerts(self):
        _, port = self.https_server(**own(self.pki.server))
        self.assertEqual(self.curl(port, self.pki.ca)[0], 0)
        self.assertNotEqual(self.curl(port, self.pki.stranger.certificate)[0], 0)
        status, page = self.curl(port, self.pki.ca, '--include', path='/metrics')
        self.assertEqual(status, 0)
        self.assertIn('Content-Type: text/plain; version=0.0.4', page)
        for line in ('# TYPE tls_handshakes_total counter',
                     'tls_handshakes_total{resumed="false"} 2',
                     'tls_handshakes_total{resumed="true"} 0',
                     'tls_handshake_failures_total{kind="alert_received"} 1',
                     'tls_alerts_total{direction="received",alert="unknown_ca"} 1'):
            self.assertIn(line + '\n', page)
        self.assertRegex(page, r'tls_bytes_total\{direction="sent"\} [1-9]\d{3,}\n')

    def test_client_certificate_is_shown(self):
        _, port = self.https_server(**own(self.pki.server), client_ca=self.pki.ca)
        status, page = self.curl_with_certificate(port, self.pki.client)
        self.assertEqual(status, 0)
        self.assertIn('CN=client', page)

    def test_client_certificate_may_be_absent_if_optional(self):
        _, port = self.https_server(**own(self.pki.server), client_ca=self.pki.ca,
                                    verify='optional')
        self.assertEqual(self.curl(port, self.pki.ca)[0], 0)

    def test_clients_that_are_refused_do_not_disturb_others(self):
        _, port = self.https_server(**own(self.pki.server), client_ca=self.pki.ca)
        status, output = self.curl(port, self.pki.ca)
        self.assertNotEqual(status, 0)
        self.assertIn('alert', output)
        status, output = self.curl_with_certificate(port, self.pki.stranger)
        self.assertNotEqual(status, 0)
        self.assertIn('alert unknown ca', output)
        self.assertEqual(self.curl_with_certificate(port, self.pki.client)[0], 0)

    def test_renewed_certificate_is_shown(self):
        folder = self.folder()
        names = {'certificate': folder / 'tls.crt', 'key': folder / 'tls.key'}

        def put(credential):
            for kind, path in names.items():
                new = folder / 'new'
                new.write_bytes(pathlib.Path(getattr(credential, kind)).read_bytes())
                new.rename(path)

        def is_ecdsa():
            _, page = self.curl(port, self.pki.ca, '--verbose', '--tls-max', '1.2')
            return 'ECDHE-ECDSA' in page

        put(self.pki.rsa_server)
        process, port = self.https_server(**names)
        self.assertFalse(is_ecdsa())
        put(self.pki.server)
        until = time.monotonic() + 20
        while not is_ecdsa() and time.monotonic() < until:
            pass
        self.assertTrue(is_ecdsa())
        process.expect('has read its files again')

    def test_it_leaves_when_told_to(self):
        process, port = self.https_server(**own(self.pki.server))
        self.assertEqual(self.curl(port, self.pki.ca)[0], 0)
        process.signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 0)


@needs('nginx')
class HttpsGet(ExampleCase):
    def test_page_is_received(self):
        for version in VERSIONS:
            root = self.folder()
            (root / 'page').write_text('the page\n')
            port = nginx.start(self, root, version)
            self.assertEqual(self.https_get(port, '/page', '--ca', self.pki.ca), (0, 'the page\n'))

    def test_large_page_is_whole(self):
        path, hash_sent = large_file()
        port = nginx.start(self, path.parent, VERSIONS[1])
        getter = self.start(our_program('https_get'), '--ca', self.pki.ca, 'localhost', port,
                            '/large')
        self.assertEqual(getter.wait(), 0)
        self.assertEqual(hashlib.sha256(getter.output_bytes).hexdigest(), hash_sent)

    def test_client_certificate_is_sent(self):
        port = nginx.start(self, self.folder(), VERSIONS[1],
                           f'ssl_verify_client on; ssl_client_certificate {self.pki.ca};')
        answer = self.https_get(port, '/client', '--ca', self.pki.ca,
                                '--certificate', self.pki.client.certificate,
                                '--key', self.pki.client.key)
        self.assertEqual(answer, (0, 'SUCCESS CN=client\n'))

    def test_missing_page_is_an_error(self):
        port = nginx.start(self, self.folder(), VERSIONS[1])
        status, output = self.https_get(port, '/missing', '--ca', self.pki.ca)
        self.assertEqual(status, 1)
        self.assertIn('404', output)

    def test_server_that_is_not_trusted_is_an_error(self):
        port = nginx.start(self, self.folder(), VERSIONS[1])
        status, output = self.https_get(port, '/page', '--ca', self.pki.other_ca)
        self.assertEqual(status, 1)
        self.assertIn('unable to get local issuer certificate', output)


class BothExamples(ExampleCase):
    def test_one_gets_the_page_of_the_other(self):
        saved = self.folder() / 'saved.pem'
        _, port = self.https_server(save_certificate=saved)
        status, page = self.https_get(port, '/', '--ca', saved)
        self.assertEqual(status, 0)
        self.assertIn('TLSv1.3', page)

    def test_server_with_another_name_is_an_error(self):
        _, port = self.https_server(**own(self.pki.wrong_name))
        status, output = self.https_get(port, '/', '--ca', self.pki.ca)
        self.assertEqual(status, 1)
        self.assertIn('hostname mismatch', output)

    def test_nobody_listens(self):
        status, output = self.https_get(nginx.free_port(), '/', '--ca', self.pki.ca)
        self.assertEqual(status, 1)
        self.assertIn('Connection refused', output)


if __name__ == '__main__':
    unittest.main()
