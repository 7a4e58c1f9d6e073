# SPDX-License-Identifier: Apache-2.0
"""A release archive, as `meson dist` writes it of what is committed, has all that building, the tests and the
packages need: archive.py --meson MESON -- COMPILER..."""

import functools
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import compiling
from compiling import expect
from installation import run

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def committed():
    names = subprocess.run(['git', '-C', str(SOURCE), 'ls-tree', '-r', '--name-only', 'HEAD'], check=True, timeout=60,
                           stdout=subprocess.PIPE, universal_newlines=True).stdout.splitlines()
    return set(names)


class Archive:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder

    @functools.lru_cache(maxsize=None)
    def unpacked(self):
        build = self.folder / 'for dist'
        environment = {'CXX': ' '.join(self.options.compiler)}
        run([self.options.meson, 'setup', build, SOURCE, '-Dtests=disabled', '-Dexamples=disabled'],
            environment=environment)
        run([self.options.meson, 'dist', '-C', build, '--no-tests', '--allow-dirty'], environment=environment)
        path, = (build / 'meson-dist').glob('iostls-*.tar.xz')
        with tarfile.open(str(path)) as archive:
            archive.extractall(str(self.folder))
        return self.folder / path.name[:-len('.tar.xz')]


def has_what_is_committed(archive):
    root = archive.unpacked()
    names = {str(path.relative_to(root)) for path in root.rglob('*') if not path.is_dir()}
    expect(names == committed(), names ^ committed())


def has_tests_that_need_no_repository(archive):
    root = archive.unpacked()
    run([archive.options.meson, 'setup', root / 'build', root, '-Dtests=enabled'],
        environment={'CXX': ' '.join(archive.options.compiler)})
    tests = json.loads(run([archive.options.meson, 'introspect', '--tests', root / 'build']))
    expect(len(tests) > 100, len(tests))
    for script in 'test/consumer/recipes.py', 'test/rooms.py lib', 'test/docs/test_links.py':
        run([sys.executable] + script.split(), cwd=str(root))


def cases(archive):
    for case in has_what_is_committed, has_tests_that_need_no_repository:
        yield case.__name__, functools.partial(case, archive)


def main():
    parser = compiling.parser(__doc__)
    parser.add_argument('--meson', required=True)
    options = parser.parse_args()
    if not (SOURCE / '.git').exists() or not shutil.which('git'):
        compiling.report([('a release archive', lambda: 'there is no repository to make one of')])
    with tempfile.TemporaryDirectory() as folder:
        compiling.report(cases(Archive(options, pathlib.Path(folder))))


if __name__ == '__main__':
    sys.exit(main())
