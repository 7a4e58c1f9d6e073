# SPDX-License-Identifier: Apache-2.0
"""The Debian packages that doc/packaging/deb/build makes are enough to build and to run a program.

debian.py                       unpacked into folders of this machine
debian.py --root FOLDER         installed, as root, in a Debian root that debootstrap(8) has made,
                                used there, and removed
debian.py --debootstrap MIRROR  the same, in one that is made for this and removed"""

import argparse
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import compiling
from compiling import expect
from installation import SOURCE, needed_libraries, run

PROJECT = pathlib.Path(__file__).resolve().parents[2]
NEEDED = ('dpkg-deb', 'dpkg-buildflags', 'dpkg-shlibdeps', 'dpkg-architecture', 'pkg-config')


class Packages:
    """Built when first asked for, in a folder."""

    def __init__(self, folder):
        self.folder = folder

    @functools.lru_cache(maxsize=None)
    def all(self):
        """Name -> path."""
        built = self.build(self.folder / 'packages')
        return {path.name.split('_')[0]: path for path in built}

    @staticmethod
    def build(target):
        return [pathlib.Path(line) for line in
                run(['sh', PROJECT / 'doc' / 'packaging' / 'deb' / 'build', target]).splitlines()]

    def library(self):
        return next(name for name in self.all() if name[len('libiostls'):][:1].isdigit())

    def unpack(self, folder, *names):
        target = self.folder / folder
        for name in names:
            run(['dpkg-deb', '-x', self.all()[name], target])
        return target

    def field(self, name, field):
        return run(['dpkg-deb', '-f', self.all()[name], field]).strip()

    def files(self, name):
        lines = run(['dpkg-deb', '-c', self.all()[name]]).splitlines()
        return {line.split()[5] for line in lines if not line.startswith('d')}


def library_folder(root):
    return next(root.glob('usr/lib/**/libiostls.so.*')).parent


def are_three(packages):
    expect(set(packages.all()) == {packages.library(), 'libiostls-dev', 'libiostls-doc'},
           sorted(packages.all()))
    series = packages.library()[len('libiostls'):]
    expect(packages.field(packages.library(), 'Version').startswith(series + '.'), series)


def name_what_they_need(packages):
    needed = packages.field(packages.library(), 'Depends')
    for name in 'libc6', 'libssl3', 'libstdc++6':
        expect(name in needed, needed)
    expect(packages.library() + ' (= ' in packages.field('libiostls-dev', 'Depends'),
           'libiostls-dev goes with any library')


def share_no_file(packages):
    seen = set()
    for name in packages.all():
        expect(not seen & packages.files(name), seen & packages.files(name))
        seen |= packages.files(name)
    for name in packages.all():
        expect('./usr/share/doc/%s/copyright' % name in seen, 'no licence in ' + name)


def depend_on_the_sources_alone(packages):
    again = packages.build(packages.folder / 'again')
    for path in again:
        before = packages.all()[path.name.split('_')[0]]
        expect(path.read_bytes() == before.read_bytes(), path.name + ' differs')


def serve_to_build_and_to_run(packages):
    root = packages.unpack('development', packages.library(), 'libiostls-dev')
    environment = {'PKG_CONFIG_PATH': str(library_folder(root) / 'pkgconfig'),
                   'PKG_CONFIG_SYSROOT_DIR': str(root)}
    flags = run(['pkg-config', '--cflags', '--libs', 'iostls'], environment=environment).split()
    program = packages.folder / 'echo'
    run(['c++', '-std=c++14', SOURCE, '-o', program, '-pthread'] + flags)
    # A machine that only runs programs has the library alone.
    alone = packages.unpack('use', packages.library())
    version = packages.field(packages.library(), 'Version').split('-')[0]
    output = run([program], environment={'LD_LIBRARY_PATH': str(library_folder(alone))})
    expect(output == version + ': you said: hello\n', output)


def serve_cmake(packages):
    if not shutil.which('cmake'):
        return 'cmake is not installed'
    root = packages.unpack('development', packages.library(), 'libiostls-dev')
    project = packages.folder / 'project'
    shutil.copytree(str(SOURCE.parent / 'cmake'), str(project))
    shutil.copy(str(SOURCE), str(project))
    run(['cmake', '-S', project, '-B', project / 'build', '-DTARGET=iostls::iostls',
         '-DCMAKE_PREFIX_PATH=%s' % (root / 'usr')])
    run(['cmake', '--build', project / 'build'])
    run([project / 'build' / 'echo'])
    expect(any('libiostls.so' in name for name in needed_libraries(project / 'build' / 'echo')),
           'not linked with the shared library')
    return ''


def install_in(root, packages):
    """With apt-get, which fetches what they depend on."""
    inside = root / 'root' / 'iostls-packages'
    shutil.rmtree(str(inside), ignore_errors=True)
    inside.mkdir()
    for path in list(packages.all().values()) + [SOURCE]:
        shutil.copy(str(path), str(inside))

    def shell(command):
        return run(['chroot', root, 'env', '-i', 'HOME=/root', 'LC_ALL=C.UTF-8',
                    'DEBIAN_FRONTEND=noninteractive',
                    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
                    'sh', '-ec', 'cd /root/iostls-packages; ' + command])

    shell('apt-get update; apt-get install -y --no-install-recommends ./*.deb g++ pkgconf')
    try:
        shell('rm -f echo; c++ -std=c++14 echo.cpp -o echo $(pkg-config --cflags --libs iostls)')
        expect('/usr/local/' not in shell('ldd ./echo'), 'another installation is in the way')
        output = shell('./echo; dpkg --verify libiostls-dev libiostls-doc')
        expect(output.endswith(': you said: hello\n'), output)
    finally:
        shell('apt-get purge -y "libiostls*"')
        shutil.rmtree(str(inside))
    left = [path for path in (root / 'usr').rglob('*iostls*') if 'local' not in path.parts]
    expect(not left, left)


def cases(packages, root):
    if root:
        yield 'install, serve and go in ' + str(root), lambda: install_in(root, packages)
        return
    missing = [program for program in NEEDED if not shutil.which(program)]
    for case in (are_three, name_what_they_need, share_no_file, serve_to_build_and_to_run,
                 serve_cmake, depend_on_the_sources_alone):
        yield (case.__name__, (lambda: missing[0] + ' is not installed') if missing else
               functools.partial(case, packages))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--root', type=pathlib.Path)
    parser.add_argument('--debootstrap', metavar='MIRROR')
    options = parser.parse_args()
    # Debian's packages are made by Debian's compiler, and so is what is linked with them.
    for name in ('CC', 'CXX', 'CXXFLAGS', 'PKG_CONFIG_PATH'):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if options.debootstrap:
            options.root = folder / 'root'
            subprocess.run(['debootstrap', '--variant=minbase', 'bookworm', str(options.root),
                            options.debootstrap], check=True, timeout=1800)
        compiling.report(cases(Packages(folder), options.root))


if __name__ == '__main__':
    sys.exit(main())
