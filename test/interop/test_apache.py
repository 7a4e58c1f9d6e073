# SPDX-License-Identifier: Apache-2.0
"""Our client, Apache's httpd as its server: client certificates for all of it, and for one folder."""

import hashlib
import os
import unittest

from interop_case import find_program, large_file, needs, own
from program_server import CertificateCases, ServerCase, TrustCases, needs_file

MODULES = '/usr/lib/apache2/modules'

CONFIGURATION = '''
ServerRoot {folder}
DefaultRuntimeDir {folder}
Mutex file:{folder}
PidFile {folder}/pid
ErrorLog /dev/stderr
ServerName localhost
{rights}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LoadModule ssl_module {modules}/mod_ssl.so
StartServers 1
ServerLimit 2
ThreadsPerChild 4
MaxRequestWorkers 8
Listen 127.0.0.1:{port}
DocumentRoot {root}
SSLEngine on
SSLProtocol {protocol}
SSLCertificateFile {certificate}
SSLCertificateKeyFile {key}
SSLCACertificateFile {ca}
SSLSessionCache shmcb:{folder}/sessions
Header set Client "%{{SSL_CLIENT_VERIFY}}s %{{SSL_CLIENT_S_DN}}s"
{more}
'''

WHOLE_SERVER = 'SSLVerifyClient require'
ONE_FOLDER = '<Location /members/>\nSSLVerifyClient require\n</Location>'
# Asked for in the first handshake, and wanted only where it matters.
ONE_FOLDER_WITHOUT_ASKING_AGAIN = '''
SSLVerifyClient optional
<Location /members/>
Require expr %{SSL_CLIENT_VERIFY} == "SUCCESS"
</Location>
'''


class ApacheCases(TrustCases, CertificateCases):
    protocol = ''

    def apache(self, more=''):
        folder = self.open_folder()
        root = folder / 'root'
        (root / 'members').mkdir(parents=True)
        (root / 'page').write_text('the page\n')
        (root / 'empty').touch()
        (root / 'members' / 'page').write_text('for members\n')
        (root / 'large').symlink_to(large_file()[0])
        configuration = folder / 'httpd.conf'
        rights = 'User nobody\nGroup nogroup' if os.getuid() == 0 else ''
        large_file()[0].parent.chmod(0o711)

        def begin(port):
            configuration.write_text(CONFIGURATION.format(
                folder=folder, port=port, root=root, rights=rights, modules=MODULES, more=more,
                protocol=self.protocol.replace('TLSv1.3', '-all +TLSv1.3'), ca=self.pki.ca,
                certificate=self.pki.server.certificate, key=self.pki.server.key))
            self.httpd = self.daemon(find_program('apache2'), '-D', 'FOREGROUND', '-f', configuration)
            return self.httpd

        return self.run_server(begin)

    def dial(self, more='', **options):
        return self.channel(**options).connect(self.apache(more))

    def get(self, channel, path, last=False):
        """Status, header and body."""
        channel.write(f'GET {path} HTTP/1.1\r\nHost: localhost\r\n' +
                      ('Connection: close\r\n' if last else '') + '\r\n')
        status = channel.read_line()
        header = {}
        while line := channel.read_line():
            name, _, value = line.partition(': ')
            header[name.lower()] = value
        body = channel.do('digest', header['content-length'], state=None)
        return status, header, body['sha256']

    def assert_page(self, answer, text):
        self.assertEqual(answer[0], 'HTTP/1.1 200 OK')
        self.assertEqual(answer[2], hashlib.sha256(text.encode()).hexdigest())

    def test_pages_come_on_one_connection_up_to_its_end(self):
        channel = self.dial()
        self.assertEqual(channel.info()['protocol'], self.protocol)
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        self.assert_page(self.get(channel, '/empty'), '')
        status, _, digest = self.get(channel, '/large', last=True)
        self.assertEqual((status, digest), ('HTTP/1.1 200 OK', large_file()[1]))
        self.assertEqual(channel.do('digest', state='eof')['received'], '0')
        self.assert_ended_well(channel.close(), 'eof')

    def test_output_that_has_ended_is_answered(self):
        channel = self.dial()
        channel.write('GET /page HTTP/1.0\r\nHost: localhost\r\n\r\n').do('shutdown_write')
        self.assertEqual(channel.read_line(), 'HTTP/1.1 200 OK')
        channel.do('digest', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_certificate_for_all_of_the_server_is_shown(self):
        channel = self.dial(WHOLE_SERVER, **own(self.pki.client))
        answer = self.get(channel, '/page')
        self.assert_page(answer, 'the page\n')
        self.assertEqual(answer[1]['client'], 'SUCCESS CN=client')
        self.assert_ended_well(channel.close())

    def dial_certified(self, **options):
        return self.dial(WHOLE_SERVER, **options)

    def ask(self, channel):
        return channel.do('read_line', state='bad')

    def test_certificate_for_one_folder_is_taken_from_the_handshake(self):
        channel = self.dial(ONE_FOLDER_WITHOUT_ASKING_AGAIN, **own(self.pki.client))
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        self.assert_page(self.get(channel, '/members/page'), 'for members\n')
        self.assert_ended_well(channel.close())

    def test_folder_is_closed_to_a_client_without_certificate(self):
        channel = self.dial(ONE_FOLDER_WITHOUT_ASKING_AGAIN)
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        self.assertEqual(self.get(channel, '/members/page')[0], 'HTTP/1.1 403 Forbidden')
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        self.assert_ended_well(channel.close())

    def dial_folder(self, **options):
        channel = self.dial(ONE_FOLDER, **own(self.pki.client), **options)
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        return channel


@needs('apache2')
@needs_file(MODULES + '/mod_ssl.so', 'mod_ssl')
class Tls12(ApacheCases, ServerCase):
    protocol = 'TLSv1.2'

    def test_renegotiation_for_one_folder_is_refused(self):
        channel = self.dial_folder()
        channel.write('GET /members/page HTTP/1.1\r\nHost: localhost\r\n\r\n')
        report = channel.do('read_line', state='bad')
        self.assertEqual(report['error'], 'alert_received', report['what'])
        self.assertIn('see the options max_renegotiations and certificate', report['what'])

    def test_folder_is_open_to_a_client_that_may_renegotiate(self):
        channel = self.dial_folder(max_renegotiations=2)
        answer = self.get(channel, '/members/page')
        self.assert_page(answer, 'for members\n')
        self.assertEqual(answer[1]['client'], 'SUCCESS CN=client')
        self.assertEqual((channel.info()['peer'], channel.info()['verified']), ('CN=server', 'yes'))
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        self.assert_page(self.get(channel, '/members/page'), 'for members\n')
        self.assert_ended_well(channel.close())

    def test_folder_is_open_to_a_client_that_resumes_and_renegotiates(self):
        client = self.client(max_renegotiations=1, **own(self.pki.client))
        port = self.apache(ONE_FOLDER)
        first, second = client.channel().connect(port), client.channel()
        self.assert_page(self.get(first, '/page'), 'the page\n')
        second.do('connect', 'localhost', port, first.name)
        for channel in (first, second):
            self.assert_page(self.get(channel, '/page'), 'the page\n')
            self.assertEqual(channel.info()['resumed'], 'yes' if channel is second else 'no')
            self.assert_page(self.get(channel, '/members/page'), 'for members\n')
            self.assert_ended_well(channel.close())

    def test_folder_is_closed_to_a_client_that_renegotiates_without_certificate(self):
        channel = self.dial(ONE_FOLDER, max_renegotiations=1)
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        channel.write('GET /members/page HTTP/1.1\r\nHost: localhost\r\n\r\n')
        report = channel.do('read_line', state=None)
        self.assertNotIn('200', report['line'] if 'line' in report else report['error'])


@needs('apache2')
@needs_file(MODULES + '/mod_ssl.so', 'mod_ssl')
class Tls13(ApacheCases, ServerCase):
    protocol = 'TLSv1.3'

    def test_folder_for_which_it_would_ask_later_is_closed(self):
        """There is no authentication after the handshake: Apache reports that, and the connection ends."""
        channel = self.dial_folder()
        self.assertEqual(self.get(channel, '/members/page')[0], 'HTTP/1.1 403 Forbidden')

    def test_folder_is_open_to_a_client_that_may_be_asked_later(self):
        channel = self.dial_folder(post_handshake_auth='yes')
        answer = self.get(channel, '/members/page')
        self.assert_page(answer, 'for members\n')
        self.assertEqual(answer[1]['client'], 'SUCCESS CN=client')
        self.assertEqual(channel.info()['peer'], 'CN=server')
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        self.assert_ended_well(channel.close())

    def test_folder_is_closed_to_a_client_that_is_asked_later_and_has_no_certificate(self):
        channel = self.dial(ONE_FOLDER, post_handshake_auth='yes')
        self.assert_page(self.get(channel, '/page'), 'the page\n')
        channel.write('GET /members/page HTTP/1.1\r\nHost: localhost\r\n\r\n')
        report = channel.do('read_line', state=None)
        self.assertNotIn('200', report['line'] if 'line' in report else report['error'])


if __name__ == '__main__':
    unittest.main()
