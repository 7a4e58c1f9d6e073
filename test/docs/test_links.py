# SPDX-License-Identifier: Apache-2.0
"""Every link of a page to a file of the project leads somewhere: to a file that is there, and to a
heading that it has. And every page is linked from another one."""

import re
import unittest

from pages import FENCE, ROOT

LINK = re.compile(r'\]\(([^)\s]+)\)')
UNMEASURED = '<!-- measured: begin -->\n<!-- measured: end -->'
HEADING = re.compile(r'^#+ +(.*)$', re.MULTILINE)


def pages():
    return [*sorted(ROOT.glob('*.md')), *sorted((ROOT / 'doc').rglob('*.md'))]


def prose(page):
    """Without its blocks of code."""
    return FENCE.sub('', page.read_text())


def links(page):
    """Pairs of a path and the name of a heading, either of which may be empty."""
    for target in LINK.findall(prose(page)):
        if '://' not in target and not target.startswith('mailto:'):
            path, _, heading = target.partition('#')
            yield path, heading


def anchors(page):
    """As GitHub makes them of headings."""
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
            for heading in HEADING.findall(prose(page))}


class Links(unittest.TestCase):
    def check(self, page):
        if UNMEASURED in page.read_text():
            self.skipTest('its numbers and charts have not been measured yet')
        for path, heading in links(page):
            target = (page.parent / path).resolve() if path else page
            self.assertTrue(target.exists(), f'{page}: {path} is not there')
            if heading:
                self.assertIn(heading, anchors(target), f'{page}: {path}#{heading}')

    def test_no_page_is_lost(self):
        linked = {(page.parent / path).resolve() for page in pages() for path, _ in links(page)}
        for page in pages():
            self.assertTrue(page == ROOT / 'README.md' or page.resolve() in linked,
                            f'no page leads to {page}')


def add_case(page):
    name = 'test_' + str(page.relative_to(ROOT).with_suffix('')).replace('/', '_')
    setattr(Links, name, lambda self: self.check(page))


for each in pages():
    add_case(each)

if __name__ == '__main__':
    unittest.main()
