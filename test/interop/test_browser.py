# SPDX-License-Identifier: Apache-2.0
"""https_server, an example, in a browser: Chromium without a screen. With the variable
IOSTLS_SCREENSHOTS, which names a folder, pictures of the page are left there."""

import os
import pathlib
import unittest

import browser
from interop_case import InteropCase, flags, our_program, own

PARALLEL = 24
MOST_CONNECTIONS = 6  # to one host, as browsers have it for HTTP/1.1
SIZES = {'desktop': (1280, 900, False), 'telephone': (390, 844, True)}


@unittest.skipIf(browser.missing(), browser.missing())
class HttpsServerInBrowser(InteropCase):
    def serve(self, **options):
        process = self.start(our_program('https_server'), *flags(options))
        port = int(process.expect(r'^listening on https://127\.0\.0\.1:(\d+)/')[1])
        return f'https://localhost:{port}/'

    def browse(self, trusted=None):
        return browser.Browser(self, self.folder(), trusted)

    def test_page_is_secure(self):
        url = self.serve(**own(self.pki.server))
        window = self.browse(self.pki.ca)
        self.assertEqual(window.refusal(url), '')
        window.open(url)
        page = [r for r in window.responses() if r['url'] == url][0]
        self.assertEqual((page['status'], page['securityState']), (200, 'secure'))
        self.assertEqual(page['securityDetails']['protocol'], 'TLS 1.3')
        self.assertEqual(page['securityDetails']['issuer'], 'Interop CA')
        self.assertEqual(window.run('return [isSecureContext, document.title]'),
                         [True, 'iostls: TLSv1.3'])

    def test_authority_that_is_not_trusted_is_refused(self):
        url = self.serve(**own(self.pki.server))
        window = self.browse()
        self.assertIn('ERR_CERT_AUTHORITY_INVALID', window.refusal(url))

    def test_other_name_is_refused(self):
        url = self.serve(**own(self.pki.wrong_name))
        window = self.browse(self.pki.ca)
        self.assertIn('ERR_CERT_COMMON_NAME_INVALID', window.refusal(url))

    def test_connection_is_kept_for_the_next_page(self):
        url = self.serve(**own(self.pki.server))
        window = self.browse(self.pki.ca)
        for _ in range(3):
            window.open(url)
        pages = [r for r in window.responses() if r['url'] == url]
        self.assertEqual([page['connectionReused'] for page in pages], [False, True, True])
        self.assertEqual(len({page['connectionId'] for page in pages}), 1)

    def test_many_requests_come_by_parallel_connections(self):
        url = self.serve(**own(self.pki.server))
        window = self.browse(self.pki.ca)
        window.open(url)
        window.command('Page.setBypassCSP', enabled=True)  # the page itself fetches nothing
        window.open(url)
        window.responses()
        got = window.run(f'''
            const all = [...Array({PARALLEL}).keys()].map(async n => {{
              const answer = await fetch("/?n=" + n);
              return answer.status + " " + (await answer.text()).includes("TLSv1.3");
            }});
            return (await Promise.all(all)).join();''')
        self.assertEqual(got, ','.join(['200 true'] * PARALLEL))
        fetched = [r for r in window.responses() if '?n=' in r['url']]
        self.assertEqual(len(fetched), PARALLEL)
        connections = {r['connectionId'] for r in fetched}
        self.assertTrue(1 < len(connections) <= MOST_CONNECTIONS, connections)
        self.assertEqual({r['securityState'] for r in fetched}, {'secure'})

    def test_page_fits_screens_of_any_size_in_light_and_dark(self):
        url = self.serve(**own(self.pki.server))
        window = self.browse(self.pki.ca)
        backgrounds = set()
        for scheme in 'light', 'dark':
            window.command('Emulation.setEmulatedMedia', features=[
                {'name': 'prefers-color-scheme', 'value': scheme}])
            for name, (width, height, mobile) in SIZES.items():
                window.command('Emulation.setDeviceMetricsOverride', width=width, height=height,
                               deviceScaleFactor=1, mobile=mobile)
                window.open(url)
                wide, background = window.run(
                    'return [document.documentElement.scrollWidth,'
                    ' getComputedStyle(document.body).backgroundColor]')
                self.assertLessEqual(wide, width)
                backgrounds.add(background)
                if 'IOSTLS_SCREENSHOTS' in os.environ:
                    window.screenshot(
                        pathlib.Path(os.environ['IOSTLS_SCREENSHOTS'], f'{name}-{scheme}.png'))
        self.assertEqual(len(backgrounds), 2, backgrounds)


if __name__ == '__main__':
    unittest.main()
