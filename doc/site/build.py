# SPDX-License-Identifier: Apache-2.0
"""Makes the site: build.py DOXYGEN DOXYFILE FOLDER

Doxygen makes the pages. Here they get headings in order, navigation, and an index for the search; what it
made for a frame of its own goes. The result is a folder of files that need no server."""

import html
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

import navigation
import search_index

HERE = pathlib.Path(__file__).resolve().parent
TITLE = re.compile(r'<div class="title">(.*?)</div>(?=</div>)', re.DOTALL)
HEADING = re.compile(r'<(/?)h([1-5])\b')
FILE_LINK = re.compile(r'href="(files/[^"#]+)"')
LINK = re.compile(r'(?:href|src)="([^"#?]+)')
# Of what has to be clicked to be of use, and of what is clicked elsewhere.
INTERACTIVE = re.compile(r'<div class="levels">.*?</div>|<span[^>]*class="arrow"[^>]*>.*?</span>| onclick="[^"]*"'
                         r'| target="_self"|<span class="permalink">.*?</span>')
# Doxygen shows the markup of code in headings as text.
HEADING_TEXT = re.compile(r'<h[1-6]>.*?</h[1-6]>', re.DOTALL)
CODE_AS_TEXT = re.compile(r'&lt;(/?)tt&gt;')
PICTURES = {'.svg', '.png'}


def in_order(text):
    """The page's title is its one <h1>; what Doxygen takes for the first level is the second one."""
    head, begin, rest = text.partition('<div class="contents">')
    if '<h1' in rest:
        rest = HEADING.sub(lambda match: f'<{match[1]}h{int(match[2]) + 1}', rest)
    return TITLE.sub(r'<h1 class="title">\1</h1>', head) + begin + rest


def corrected(text):
    text = INTERACTIVE.sub('', text)
    text = HEADING_TEXT.sub(lambda match: CODE_AS_TEXT.sub(r'<\1code>', match[0]), text)
    # A table that is wider than the screen is moved by itself, also by the keyboard.
    text = text.replace('<table class="markdownTable">', '<div class="wide" tabindex="0"><table class="markdownTable">')
    text = re.sub(r'(<table class="markdownTable">.*?</table>)', r'\1</div>', text, flags=re.DOTALL)
    text = re.sub(r'(<th class="markdownTableHead\w+">)\s*(</th>)', r'\1<span class="unseen">Column</span>\2', text)
    return in_order(text.replace('<div class="fragment">', '<div class="fragment" tabindex="0">'))


def shown(folder, link):
    """The page for a file or folder of the project that a page links to."""
    path = folder / urllib.parse.unquote(link)
    if path.is_dir():
        return link.rstrip('/') + '/index.html'
    return link if path.suffix in PICTURES or path.suffix == '.html' else link + '.html'


def listing(path):
    rows = [f'<li><a href="{name}">{html.escape(entry.name)}</a></li>' for entry in sorted(path.iterdir())
            if entry.suffix != '.html' for name in [shown(path, entry.name)]]
    return '<ul>' + ''.join(rows) + '</ul>'


def wrap(folder, path, content):
    """A page with the site's frame, for a file or folder below FOLDER/files."""
    name = str(path.relative_to(folder / 'files'))
    up = '../' * (len(path.relative_to(folder).parts) - (0 if path.is_dir() else 1))
    frame = (HERE / 'header.html').read_text() + f'</div><div class="header"><h1 class="title">{html.escape(name)}' \
        f'</h1></div><div class="contents">{content}</div>' + (HERE / 'footer.html').read_text()
    frame = frame.replace('$title', html.escape(name)).replace('$projectnumber', '').replace('$relpath^', up)
    return frame, up


def show_files(folder):
    """What pages link to, as pages: browsers would save a file of C++ instead of showing it."""
    for path in sorted((folder / 'files').rglob('*')):
        if path.is_dir():
            yield path / 'index.html', *wrap(folder, path, listing(path))
        elif path.suffix not in PICTURES and path.suffix != '.html':
            text = html.escape(path.read_text(encoding='utf-8'))
            yield pathlib.Path(f'{path}.html'), *wrap(folder, path, f'<pre class="fragment" tabindex="0">{text}</pre>')


def reachable(folder):
    """What index.html leads to, step by step."""
    left, seen = [folder / 'index.html'], set()
    while left:
        path = left.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        if path.suffix == '.html':
            left += [(path.parent / urllib.parse.unquote(link)).resolve()
                     for link in LINK.findall(path.read_text(encoding='utf-8')) if not re.match(r'[a-z]+:', link)]
    return seen


def finish(folder):
    raw = list(show_files(folder))
    pages = {path: corrected(path.read_text(encoding='utf-8')) for path in sorted(folder.glob('*.html'))}
    site = navigation.Site(folder, pages)
    for path, text in pages.items():
        text = FILE_LINK.sub(lambda match: f'href="{shown(folder, match[1])}"', text)
        path.write_text(site.framed(path, text, ''), encoding='utf-8')
    for path, text, up in raw:
        path.write_text(site.framed(path, text, up), encoding='utf-8')
    for path, _, _ in raw:
        if path.name != 'index.html':
            path.with_suffix('').unlink()
    kept = reachable(folder)
    (folder / 'search_index.js').write_text(search_index.script(
        (path.name, path.read_text(encoding='utf-8')) for path in pages if path in kept), encoding='utf-8')
    kept.add(folder / 'search_index.js')
    for path in [*folder.rglob('*')]:
        if path.is_file() and path not in kept:
            path.unlink()


def main():
    doxygen, doxyfile, folder = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    result = subprocess.run([doxygen, doxyfile], check=False)
    if result.returncode == 0:
        finish(folder)
    return result.returncode


if __name__ == '__main__':
    sys.exit(main())
