# SPDX-License-Identifier: Apache-2.0
"""The recipes of doc/packaging are for this version, and correct as far as their own tools know."""

import json
import pathlib
import re
import shutil

import compiling
import debian_symbols
from compiling import expect
from installation import run

FOLDER = pathlib.Path(__file__).resolve().parents[2] / 'doc' / 'packaging'
SPEC = FOLDER / 'iostls.spec'
APKBUILD = FOLDER / 'alpine' / 'APKBUILD'
RULES = FOLDER / 'debian' / 'rules'


def text(path):
    return path.read_text(encoding='utf-8')


def are_for_this_version():
    given = {
        'debian/changelog': re.search(r'\Aiostls \(([\d.]+)-', text(FOLDER / 'debian' / 'changelog'))[1],
        'iostls.spec': re.search(r'^Version: +(\S+)$', text(SPEC), re.MULTILINE)[1],
        'alpine/APKBUILD': re.search(r'^pkgver=(\S+)$', text(APKBUILD), re.MULTILINE)[1],
        'vcpkg': json.loads(text(FOLDER / 'vcpkg' / 'iostls' / 'vcpkg.json'))['version'],
    }
    expect(set(given.values()) == {debian_symbols.version()}, given)


def run_the_same_tests():
    """Those that run when a package is built."""
    found = [re.search(r'^(?:_?tests|%meson_test --no-rebuild) ?=?"? ?([\w ]+)"?$', text(path), re.MULTILINE)[1].split()
             for path in (RULES, SPEC, APKBUILD)]
    expect(found[0] and found[0] == found[1] == found[2], found)
    for name in found[0]:
        expect(list((FOLDER.parents[1] / 'test' / 'unit').rglob(name + '.cpp')), name + ' is not there')


def are_for_this_series():
    series = debian_symbols.version().rpartition('.')[0]
    expect(debian_symbols.path(series).exists(), 'no symbols of series ' + series)
    for path in FOLDER / 'debian' / 'control', SPEC:
        expect(re.search(r'libiostls(\.so\.)?%s\b' % re.escape(series), text(path)), path)


def satisfy_rpmspec():
    if not shutil.which('rpmspec'):
        return 'rpmspec is not installed'
    for flags in [], ['--without', 'tests', '--without', 'docs']:
        names = run(['rpmspec', '-q', '--qf', '%{name}\n', *flags, SPEC]).split()
        expect(names == ['iostls', 'iostls-devel', 'iostls-doc'][:3 - len(flags) // 4], names)
    return ''


def satisfy_rpmlint():
    if not shutil.which('rpmlint'):
        return 'rpmlint is not installed'
    output = run(['rpmlint', SPEC])
    # BuildRoot is for RPM before 4.6; the archive comes from no host.
    known = ('no-buildroot-tag', 'invalid-url Source0')
    expect(not [line for line in output.splitlines() if re.search(': [EW]: ', line) and
                not any(word in line for word in known)], output)
    return ''


def is_a_script(path):
    run(['sh', '-n', path])
    if not shutil.which('shellcheck'):
        return 'shellcheck is not installed'
    # abuild(1) reads and sets variables of these scripts.
    run(['shellcheck', '--shell=dash', '--exclude=SC2034,SC2154', path])
    return ''


def cases():
    for case in (are_for_this_version, are_for_this_series, run_the_same_tests, satisfy_rpmspec, satisfy_rpmlint):
        yield case.__name__, case
    for path in APKBUILD, FOLDER / 'deb' / 'build', FOLDER / 'debian' / 'tests' / 'build-programs':
        yield '%s is a script' % path.name, lambda path=path: is_a_script(path)


if __name__ == '__main__':
    compiling.report(cases())
