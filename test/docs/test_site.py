# SPDX-License-Identifier: Apache-2.0
"""The site, whose folder the variable IOSTLS_SITE names: its headings, and in Chromium without a screen and
without a network, its search, colours and widths. With the variable IOSTLS_SCREENSHOTS, which names a folder,
pictures are left there."""

import os
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'interop'))
import browser  # pylint: disable=wrong-import-position

SITE = pathlib.Path(os.environ.get('IOSTLS_SITE', '.')).resolve()
# One page of each kind.
SAMPLE = ['index.html', 'doc_guide_README.html', 'doc_guide_client.html', 'doc_guide_options.html',
          'doc_internals.html', 'doc_performance.html', 'doc_example_README.html', 'annotated.html',
          'classiostls_1_1ssl__stream.html', 'structiostls_1_1context__options.html', 'ssl__stream_8hpp_source.html',
          'files/doc/example/https_get.cpp.html']
WIDTHS = {'wide': 1280, 'narrow': 390}
SCHEMES = ['light', 'dark']

# Of each text that is seen, the contrast with what is behind it: WCAG 2.2, 1.4.3. Large text may have less.
CONTRASTS = '''
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => numbers(text).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(style.color), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) {
      found.add(element.tagName + '.' + element.className + ' ' + style.color + ' on ' + behind(element));
    }
  }
  return [...found];'''

SEARCH = '''
  const field = document.getElementById('search');
  field.value = WORDS;
  field.dispatchEvent(new Event('input'));
  return [...document.querySelectorAll('#found a')].map(link => [link.querySelector('b').textContent, link.href]);'''


def pages():
    return sorted(SITE.rglob('*.html'))


@unittest.skipUnless('IOSTLS_SITE' in os.environ, 'IOSTLS_SITE names no site')
class Pages(unittest.TestCase):
    def test_headings_are_in_order(self):
        for page in pages():
            levels = [int(level) for level in re.findall(r'<h([1-6])\b', page.read_text(encoding='utf-8'))]
            self.assertEqual(levels.count(1), 1, page)
            for before, after in zip([0] + levels, levels):
                self.assertLessEqual(after, before + 1, f'{page}: {levels}')

    def test_headings_show_no_markup(self):
        for page in pages():
            for heading in re.findall(r'<h[1-6]\b.*?</h[1-6]>', page.read_text(encoding='utf-8'), re.DOTALL):
                self.assertNotRegex(heading, r'&lt;/?(tt|code)&gt;|`', page)

    def test_names_of_places_are_unique(self):
        for page in pages():
            names = re.findall(r'\bid="([^"]+)"', page.read_text(encoding='utf-8'))
            self.assertEqual(sorted(names), sorted(set(names)), page)

    def test_pages_are_in_the_index(self):
        index = (SITE / 'search_index.js').read_text(encoding='utf-8')
        for page in SITE.glob('doc_*.html'):
            self.assertIn(f'"{page.name}"', index)


@unittest.skipUnless('IOSTLS_SITE' in os.environ, 'IOSTLS_SITE names no site')
@unittest.skipIf(browser.missing(), browser.missing())
class InBrowser(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.window = browser.Browser(self, pathlib.Path(folder.name))
        self.window.command('Network.emulateNetworkConditions', offline=True, latency=0,
                            downloadThroughput=0, uploadThroughput=0)

    def open(self, name):
        self.window.open((SITE / name).as_uri())

    def find(self, words):
        return self.window.run(SEARCH.replace('WORDS', repr(words)))

    def test_search_finds_members_headings_and_text(self):
        self.open('doc_guide_client.html')
        found = self.find('expires_after')
        self.assertIn('expires_after()', found[0][0])
        self.window.open(found[0][1])
        self.assertTrue(self.window.run('return document.querySelector(":target") !== null'))
        self.assertTrue(any('doc_guide' in link for _, link in self.find('STARTTLS')))
        self.assertEqual(self.find('no such word anywhere'), [])

    def test_search_works_by_keyboard(self):
        self.open('index.html')
        self.find('ssl_context')
        place = self.window.run('''
            const press = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
            press('/');
            press('ArrowDown');
            return document.activeElement.closest('#found') !== null;''')
        self.assertTrue(place)

    def test_console_stays_empty_and_nothing_is_fetched_elsewhere(self):
        for name in SAMPLE:
            self.open(name)
            self.assertEqual(self.window.complaints(), [], name)
            self.assertEqual([url for url in self.window.fetched() if re.match('https?:|wss?:', url)], [], name)

    def test_pages_fit_and_are_legible_on_any_screen_in_light_and_dark(self):
        for scheme in SCHEMES:
            self.window.command('Emulation.setEmulatedMedia', features=[
                {'name': 'prefers-color-scheme', 'value': scheme}])
            for kind, width in WIDTHS.items():
                self.window.command('Emulation.setDeviceMetricsOverride', width=width, height=900,
                                    deviceScaleFactor=1, mobile=width < 500)
                for name in SAMPLE:
                    self.open(name)
                    self.assertLessEqual(self.window.run('return document.documentElement.scrollWidth'), width, name)
                    self.assertEqual(self.window.run(CONTRASTS), [], f'{name}, {scheme}')
                    if 'IOSTLS_SCREENSHOTS' in os.environ:
                        self.window.screenshot(pathlib.Path(
                            os.environ['IOSTLS_SCREENSHOTS'], f'{pathlib.Path(name).stem}-{kind}-{scheme}.png'))


if __name__ == '__main__':
    unittest.main()
