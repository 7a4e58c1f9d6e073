# SPDX-License-Identifier: Apache-2.0
"""An installation in a folder of its own, for the tests that use one as its users do."""

import pathlib
import shlex
import subprocess
import tempfile

import compiling
from compiling import expect

SOURCE = pathlib.Path(__file__).with_name('echo.cpp')


def run(command, **options):
    """Runs a command, which must succeed, and returns what it said."""
    result = compiling.run([str(word) for word in command], **options)
    expect(result.returncode == 0, '%s\n%s' % (command, result.stdout))
    return result.stdout


def parser(description):
    """Options: how to install, and after "--" the compiler."""
    result = compiling.parser(description)
    for option in '--meson', '--build', '--prefix':
        result.add_argument(option, required=True)
    return result


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

    def pkg_config_environment(self):
        return {'PKG_CONFIG_PATH': str(self.file('iostls.pc').parent),
                'PKG_CONFIG_SYSROOT_DIR': str(self.root)}

    def pkg_config(self, *arguments):
        output = run(['pkg-config'] + list(arguments) + ['iostls'],
                     environment=self.pkg_config_environment())
        return shlex.split(output)

    def version(self):
        return self.pkg_config('--modversion')[0]

    def library_path(self):
        """The environment of a program that is to find the shared library."""
        return {'LD_LIBRARY_PATH': str(self.file('libiostls.so').parent)}

    def expect_to_run(self, program, environment=None):
        output = run([program], environment=environment or {})
        expect(output == self.version() + ': you said: hello\n', output)


def needed_libraries(program):
    """The names of the shared libraries that a program needs."""
    dynamic = subprocess.run(['readelf', '-d', str(program)], stdout=subprocess.PIPE, check=True,
                             universal_newlines=True, timeout=60).stdout
    return [line.split('[')[1].rstrip(']') for line in dynamic.splitlines() if '(NEEDED)' in line]


def report(options, cases, threads=1):
    """Runs functions of an installation that is made for them, each a case, and ends the program."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, pathlib.Path(folder))
        compiling.report([(name, lambda case=case: case(installation)) for name, case in
                          (case if isinstance(case, tuple) else (case.__name__, case)
                           for case in cases)], threads)
