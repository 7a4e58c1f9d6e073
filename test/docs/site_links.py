# SPDX-License-Identifier: Apache-2.0
"""Every link within the pages of the site leads somewhere: site_links.py FOLDER"""

import pathlib
import re
import sys
import urllib.parse

ATTRIBUTE = re.compile(r'(?:href|src)="([^"]*)"')
NAME = re.compile(r'(?:id|name)="([^"]+)"')


def broken(page, names):
    for link in ATTRIBUTE.findall(page.read_text(encoding='utf-8')):
        path, _, anchor = urllib.parse.unquote(link).partition('#')
        if not link or re.match(r'[a-z]+:', link) and not link.startswith('file:'):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f'{page.name}: {link} is not there'
        elif anchor and target in names and anchor not in names[target]:
            yield f'{page.name}: {link} is no place in there'


def main():
    pages = sorted(pathlib.Path(sys.argv[1]).resolve().rglob('*.html'))
    names = {page: set(NAME.findall(page.read_text(encoding='utf-8'))) for page in pages}
    found = sorted({line for page in pages for line in broken(page, names)})
    print('\n'.join(found))
    print(f'{len(pages)} pages')
    return 1 if found or len(pages) < 50 else 0


if __name__ == '__main__':
    sys.exit(main())
