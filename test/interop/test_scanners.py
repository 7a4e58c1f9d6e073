# SPDX-License-Identifier: Apache-2.0
"""What the scanners sslscan and testssl.sh find wrong with https_server of doc/example: nothing."""

import json
import re
import unittest
import xml.etree.ElementTree as ElementTree

from interop_case import InteropCase, find_program, needs, our_program

AEAD = ('GCM', 'CHACHA20', 'CCM')
NO_FINDING = ('OK', 'INFO')
# What testssl.sh prints about itself and not about the server.
ABOUT_ITSELF = ('engine_problem', 'scanTime')


class ScannerCase(InteropCase):
    def https_server(self):
        process = self.start(our_program('https_server'), '--port', '0')
        return process.expect(r'^listening on https://(127\.0\.0\.1:\d+)/')[1].decode()

    def assert_good_cipher(self, version, name):
        """Authenticated encryption, with a key for this connection alone."""
        self.assertIn(version, ('TLSv1.2', 'TLSv1.3'), name)
        self.assertTrue(any(word in name for word in AEAD), name)
        if version == 'TLSv1.2':
            self.assertTrue(name.startswith('ECDHE-'), name)


@needs('sslscan')
class Sslscan(ScannerCase):
    def scan(self):
        server = self.https_server()
        status, output = self.run_to_end('sslscan', '--no-colour', '--xml=-', server)
        self.assertEqual(status, 0)
        report = ElementTree.fromstring(output[output.index('<?xml'):]).find('ssltest')
        self.assertIsNotNone(report, output)
        return report

    def test_finds_the_versions_and_ciphers_that_are_safe(self):
        report = self.scan()
        enabled = [p.get('version') for p in report.iter('protocol') if p.get('enabled') == '1']
        self.assertEqual(enabled, ['1.2', '1.3'])
        ciphers = [(c.get('sslversion'), c.get('cipher')) for c in report.iter('cipher')]
        self.assertEqual({version for version, _ in ciphers}, {'TLSv1.2', 'TLSv1.3'})
        for version, name in ciphers:
            self.assert_good_cipher(version, name)
        renegotiation = report.find('renegotiation')
        self.assertEqual(renegotiation.get('supported'), '0')
        heartbleed = [h.get('vulnerable') for h in report.iter('heartbleed')]
        self.assertEqual(set(heartbleed), {'0'})
        self.assertEqual([c for c in report.iter('compression') if c.get('supported') == '1'], [])


@unittest.skipUnless(find_program('testssl') or find_program('testssl.sh'),
                     'testssl.sh is not installed')
class Testssl(ScannerCase):
    def scan(self):
        """The findings about protocols, forward secrecy, preferences, ciphers, vulnerabilities. The
        certificate is a throw-away one, and no matter here."""
        program = find_program('testssl') or find_program('testssl.sh')
        findings = self.folder() / 'findings.json'
        scanner = self.start(program, '--quiet', '--color', '0', '--warnings', 'off', '--nodns',
                             'none', '--ip', '127.0.0.1', '--jsonfile', findings,
                             '-p', '-f', '-P', '-E', '-U', self.https_server(),
                             cwd=findings.parent)
        scanner.end_input()
        scanner.wait(900)
        found = json.loads(findings.read_text())
        return [f for f in found if f['id'] not in ABOUT_ITSELF]

    def test_finds_nothing_wrong(self):
        found = self.scan()
        wrong = [f'{f["id"]}: {f["severity"]}: {f["finding"]}' for f in found
                 if f['severity'] not in NO_FINDING]
        self.assertEqual(wrong, [])
        ids = {f['id'] for f in found}
        for wanted in ('TLS1_3', 'heartbleed', 'CCS', 'secure_client_renego', 'LUCKY13'):
            self.assertIn(wanted, ids)
        ciphers = [f for f in found if f['id'].startswith('cipher-tls1_')]
        self.assertGreaterEqual(len(ciphers), 6)
        for cipher in ciphers:
            version = 'TLSv1.' + cipher['id'][len('cipher-tls1_')]
            # "TLS 1.2   xc02c   ECDHE-ECDSA-AES256-GCM-SHA384   ...", or "TLSv1.2   xc02c   ..."
            name = re.search(r'\sx[0-9a-f]+\s+(\S+)', cipher['finding'])[1]
            self.assert_good_cipher(version, name)


if __name__ == '__main__':
    unittest.main()
