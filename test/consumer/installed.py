# SPDX-License-Identifier: Apache-2.0
"""What `meson install` installs is enough to compile, link and run a program, with pkg-config and
C++14: installed.py --meson MESON --build FOLDER --prefix PREFIX -- COMPILER..."""

import pathlib
import shlex
import sys
import tempfile

import compiling
from compiling import expect

SOURCE = pathlib.Path(__file__).with_name('echo.cpp')


def run(command, **options):
    result = compiling.run([str(word) for word in command], **options)
    expect(result.returncode == 0, '%s\n%s' % (command, result.stdout))
    return result.stdout


class Installation:
    """All that would be installed, in a folder of its own instead of "/"."""

    def __init__(self, options, root):
        self.options = options
        self.root = root
        run([options.meson, 'install', '-C', options.build, '--no-rebuild', '--destdir', root])
        self.prefix = root / options.prefix.lstrip('/')

    def file(self, name):
        found = sorted(self.prefix.rglob(name))
        return found[0] if found else None

    def pkg_config(self, *arguments):
        environment = {'PKG_CONFIG_PATH': str(self.file('iostls.pc').parent),
                       'PKG_CONFIG_SYSROOT_DIR': str(self.root)}
        output = run(['pkg-config'] + list(arguments) + ['iostls'], environment=environment)
        return shlex.split(output)

    def build(self, program, flags):
        run(self.options.compiler + ['-std=c++14', '-Wall', '-Wextra', '-Wpedantic', '-Werror',
                                     SOURCE, '-o', program, '-pthread'] + flags)

    def version(self):
        return self.pkg_config('--modversion')[0]


def runs(program, installation, environment):
    output = run([program], environment=environment)
    expect(output == installation.version() + ': you said: hello\n', output)


def has_all_headers(installation):
    public = {path.name for path in
              (pathlib.Path(__file__).parents[2] / 'include' / 'iostls').glob('*.hpp')}
    installed = {path.name for path in (installation.prefix / 'include' / 'iostls').iterdir()}
    expect(installed == public | {'version.hpp'}, sorted(installed ^ public))


def pkg_config_names_openssl_only_for_static(installation):
    expect('-lssl' not in installation.pkg_config('--libs'), 'programs would link with libssl')
    expect('-lssl' in installation.pkg_config('--libs', '--static'), 'libssl is missing')


def links_shared(installation):
    if not installation.file('libiostls.so'):
        return 'the shared library is not built'
    program = installation.root / 'shared'
    installation.build(program, installation.pkg_config('--cflags', '--libs'))
    runs(program, installation, {'LD_LIBRARY_PATH': str(installation.file('libiostls.so').parent)})
    expect('libiostls.so' in run(['readelf', '-d', program]), 'not linked with the shared library')
    return ''


def links_static(installation):
    if not installation.file('libiostls.a'):
        return 'the static library is not built'
    program = installation.root / 'static'
    flags = installation.pkg_config('--static', '--cflags', '--libs')
    expect('-liostls' in flags, flags)
    # Beside a shared library, the linker takes the static one only if told so.
    installation.build(program, ['-l:libiostls.a' if f == '-liostls' else f for f in flags])
    runs(program, installation, {})
    expect('libiostls.so' not in run(['readelf', '-d', program]), 'linked with the shared library')
    return ''


def cases(installation):
    for case in (has_all_headers, pkg_config_names_openssl_only_for_static, links_shared,
                 links_static):
        yield case.__name__, lambda case=case: case(installation)


def main():
    parser = compiling.parser(__doc__)
    for option in '--meson', '--build', '--prefix':
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiling.report(cases(Installation(options, pathlib.Path(folder))))


if __name__ == '__main__':
    sys.exit(main())
