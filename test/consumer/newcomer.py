# SPDX-License-Identifier: Apache-2.0
"""A reader who pastes the blocks of README.md under "Tutorial: a server and its client" into a shell has a TLS
server and a client that talk to each other; and again, when the last block is pasted a second time. A client that is
started without the server's certificate explains what to do. Commands and files are read out of README.md.

newcomer.py                       on this machine, with a prefix that goes away, nothing installed
newcomer.py --root FOLDER         as root, in a Debian root that debootstrap(8) has made
newcomer.py --debootstrap MIRROR  the same, in one that is made for this and removed"""

import argparse
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import compiling
from compiling import expect
from subproject import SOURCE, copy_project

sys.path.insert(0, str(SOURCE / 'test' / 'interop'))
from process import Process  # pylint: disable=wrong-import-position

HEADING = '## Tutorial: a server and its client\n'
PATIENCE = 900  # seconds for one command, which may install a compiler


def section():
    text = (SOURCE / 'README.md').read_text(encoding='utf-8')
    begin = text.index(HEADING) + len(HEADING)
    return text[begin:text.index('\n## ', begin)]


def files(text):
    """The blocks that follow a file's name: (name, content) pairs."""
    return re.findall(r'`([^`\n]+/[^`\n]+)`\n\n```[a-z]+\n(.*?)^```$', text,
                      re.MULTILINE | re.DOTALL)


def shell_blocks(text):
    return re.findall(r'^```sh\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return str(listener.getsockname()[1])


def shim(folder, name, text):
    path = folder / name
    path.write_text('#!/bin/sh\n' + text, encoding='utf-8')
    path.chmod(0o755)


class Here:
    """This machine: apt-get does nothing, Meson's prefix is a folder, and several sources are compiled at once."""

    def __init__(self, folder):
        self.project = folder / 'iostls'
        shims = folder / 'shims'
        shims.mkdir()
        shim(shims, 'apt-get', 'exit 0\n')
        shim(shims, 'meson', 'case $1 in setup) set -- "$@" "--prefix=%s" -Dunity=on ;; esac\nexec "%s" "$@"\n'
             % (folder / 'prefix', shutil.which('meson')))
        self.environment = dict(os.environ, CMAKE_PREFIX_PATH=str(folder / 'prefix'),
                                PATH='%s:%s' % (shims, os.environ['PATH']), LC_ALL='C.UTF-8')
        self.environment.pop('LD_LIBRARY_PATH', None)

    def shell(self):
        """A shell in the folder of README.md, into which commands can be pasted."""
        words = ['env', '-i'] + ['%s=%s' % pair for pair in self.environment.items()]
        return words + ['sh', '-c', 'cd "$0" && exec sh', str(self.project)]


class Chroot:
    """Another root, in which everything is done as on a machine of its own."""

    def __init__(self, root):
        self.root = root
        self.project = root / 'root' / 'iostls'
        # As an installed system has it; debootstrap leaves it out.
        (root / 'etc' / 'hosts').write_text('127.0.0.1 localhost\n', encoding='ascii')

    def shell(self):
        return ['chroot', str(self.root), 'env', '-i', 'HOME=/root', 'LC_ALL=C.UTF-8',
                'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
                'DEBIAN_FRONTEND=noninteractive',
                'sh', '-c', 'cd /root/iostls && exec sh']


def paste(place, *blocks):
    """Pastes blocks into one shell: all of them at once, as a terminal has them, whether a command is still
    running or not. Returns what was printed."""
    shell = Process(*place.shell())
    try:
        shell.send(''.join(blocks) + 'echo "the last block ended with $?"\n')
        shell.end_input()
        shell.wait(PATIENCE)
        expect('\nthe last block ended with 0\n' in '\n' + shell.output, shell.transcript())
        return shell.output
    finally:
        shell.stop()


def has_a_server_and_a_client(place):
    if isinstance(place, Here):
        for program in 'meson', 'cmake', 'make':
            if not shutil.which(program):
                return program + ' is not installed'
    text = section()
    port = free_port()
    shutil.rmtree(str(place.project), ignore_errors=True)
    copy_project(SOURCE, place.project)
    expect(len(files(text)) == 3, files(text))
    for name, content in files(text):
        path = place.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content.replace('8443', port), encoding='utf-8')
    blocks = [block.replace('8443', port) for block in shell_blocks(text)]
    expect(len(blocks) == 2, blocks)
    install, talk = blocks
    paste(place, install)
    for output in paste(place, talk), paste(place, talk, talk):
        expect('you said: hello' in output, output)
    expect(output.count('you said: hello') == 2, output)
    for spoilt in 'rm certificate.pem', ': >certificate.pem':
        output = paste(place, 'cd my-server && %s && ! build/client\n' % spoilt)
        expect('Start the server first' in output and 'terminate' not in output, output)
    return ''


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--root', type=pathlib.Path)
    parser.add_argument('--debootstrap', metavar='MIRROR')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if options.debootstrap:
            options.root = folder / 'root'
            subprocess.run(['debootstrap', '--variant=minbase', 'bookworm', str(options.root),
                            options.debootstrap], check=True, timeout=1800)
        place = Chroot(options.root) if options.root else Here(folder)
        compiling.report([('a newcomer who pastes two blocks has a server and a client',
                           lambda: has_a_server_and_a_client(place))])


if __name__ == '__main__':
    main()
