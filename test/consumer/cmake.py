# SPDX-License-Identifier: Apache-2.0
"""CMake's find_package(iostls) finds an installation, wherever it was moved to:
cmake.py --meson MESON --build FOLDER --prefix PREFIX -- COMPILER..."""

import functools
import shutil
import sys

import compiling
import installation
from compiling import expect
from installation import SOURCE, needed_libraries, run


class Project:
    """A copy of test/consumer/cmake that looks for one installation alone."""

    def __init__(self, installed, name):
        self.installed = installed
        self.folder = installed.root / name
        shutil.copytree(SOURCE.parent / 'cmake', self.folder)
        shutil.copy(SOURCE, self.folder)
        self.build_folder = self.folder / 'build'

    def configure(self, wanted='', target='iostls::iostls', prefix=None, flags=()):
        """Returns what CMake prints, and whether it succeeded."""
        result = compiling.run(
            ['cmake', '-S', str(self.folder), '-B', str(self.build_folder), '-DWANTED=' + wanted,
             '-DTARGET=' + target, '-DCMAKE_CXX_STANDARD=14', '-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF',
             '-DCMAKE_PREFIX_PATH=%s' % (prefix or self.installed.prefix)] + list(flags),
            environment={'CXX': ' '.join(self.installed.options.compiler)})
        return result.stdout, result.returncode == 0

    def build(self, **how):
        """Configures and builds; returns the program."""
        output, done = self.configure(**how)
        expect(done, output)
        run(['cmake', '--build', self.build_folder])
        return self.build_folder / 'echo'


def names_of_ours(program):
    return [name for name in needed_libraries(program) if 'iostls' in name]


def finds_shared(installed):
    if not installed.file('libiostls.so'):
        return 'the shared library is not built'
    program = Project(installed, 'shared').build()
    installed.expect_to_run(program)
    series = '.'.join(installed.version().split('.')[:2])
    expect(names_of_ours(program) == ['libiostls.so.' + series], needed_libraries(program))
    return ''


def finds_static(installed):
    if not installed.file('libiostls.a'):
        return 'the static library is not built'
    program = Project(installed, 'static').build(target='iostls::iostls_static',
                                                 wanted='COMPONENTS;static')
    installed.expect_to_run(program)
    expect(not names_of_ours(program), needed_libraries(program))
    return ''


def is_found_where_it_was_moved_to(installed):
    if not installed.file('libiostls.so'):
        return 'the shared library is not built'
    moved = installed.root / 'moved' / 'far away'
    shutil.copytree(installed.prefix, moved, symlinks=True)
    hidden = installed.prefix.with_name('hidden')
    installed.prefix.rename(hidden)
    try:
        program = Project(installed, 'project of the moved').build(prefix=moved)
    finally:
        hidden.rename(installed.prefix)
    installed.expect_to_run(program)
    expect(str(moved) in run(['ldd', program]), 'another library is used')
    return ''


def needs_openssl_for_static_only(installed):
    if not installed.file('libiostls.so'):
        return 'the shared library is not built'
    without = ['-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON']
    project = Project(installed, 'without openssl')
    output, done = project.configure(flags=without)
    expect(done, output)
    output, done = project.configure(wanted='COMPONENTS;static', flags=without)
    expect(not done and '"static" needs OpenSSL' in ' '.join(output.split()), output)
    return ''


def judges_version(wanted, good, installed):
    project = Project(installed, 'version ' + wanted.replace(';', ' '))
    output, done = project.configure(wanted=wanted)
    expect(done == good, output)
    expect(good or 'compatible with requested version' in ' '.join(output.split()), output)


def versions(version):
    """What is asked for, and whether this version satisfies it."""
    major, minor, patch = map(int, version.split('.'))
    series = '%d.%d' % (major, minor)
    yield version, True
    yield version + ';EXACT', True
    yield series, True
    yield '%s.%d' % (series, patch + 1), False
    yield '%d.%d' % (major, minor + 1), False
    yield str(major + 1), False
    yield '%s...%d' % (series, major + 1), True
    yield '%d.%d...%d' % (major, minor + 1, major + 1), False
    yield '0.0.1...<' + version, False
    yield '0.0.1...' + version, True
    if minor > 0:
        yield '%d.%d' % (major, minor - 1), major > 0


def cases(options):
    yield from (finds_shared, finds_static, is_found_where_it_was_moved_to,
                needs_openssl_for_static_only)
    for wanted, good in versions(options.version):
        yield ('is %s for version %s' % ('good' if good else 'no good', wanted.replace(';', ' ')),
               functools.partial(judges_version, wanted, good))


def main():
    parser = installation.parser(__doc__)
    parser.add_argument('--version', required=True)
    options = parser.parse_args()
    chosen = list(cases(options))
    if not shutil.which('cmake'):
        compiling.report([('find_package', lambda: 'cmake is not installed')])
    installation.report(options, chosen)


if __name__ == '__main__':
    sys.exit(main())
