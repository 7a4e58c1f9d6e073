# SPDX-License-Identifier: Apache-2.0
"""fiber_server, an example, with fiber_load: many connections that are open at the same time."""

import os
import re
import resource
import signal
import unittest

from interop_case import InteropCase, our_program
from process import LIMIT

# Meson has malloc(3) fill what it hands out, and so makes memory of buffers that nobody has used.
os.environ['MALLOC_PERTURB_'] = '0'


def status(pid, key):
    """A number out of /proc/PID/status."""
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        return int(re.search(rf'^{key}:\s*(\d+)', file.read(), re.MULTILINE)[1])


def open_descriptors(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


class FiberServer(InteropCase):
    def serve(self):
        """Returns the process and its port."""
        both = self.folder() / 'both.pem'
        both.write_bytes(self.pki.server.certificate.read_bytes() +
                         self.pki.server.key.read_bytes())
        process = self.start(our_program('fiber_server'), '0', both)
        return process, process.expect(r'^listening on port (\d+)$')[1].decode()

    def check(self, connections, threads, seconds):
        server, port = self.serve()
        memory, descriptors = status(server.pid, 'VmRSS'), open_descriptors(server.pid)
        load = self.start(our_program('fiber_load'), 'localhost', port, self.pki.ca, connections,
                          threads)
        load.expect('^resident', seconds)
        self.assertEqual(open_descriptors(server.pid) - descriptors, connections)
        self.assertLessEqual(status(server.pid, 'Threads'), 4)
        memory = (status(server.pid, 'VmRSS') - memory) / connections
        load.end_input()
        self.assertEqual(load.wait(seconds), 0)
        print('#', load.output.strip().replace('\n', '; '))
        print(f'# server: {memory:.1f} KiB for each connection')
        self.assertLess(memory, 100)
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        self.assertNotIn('fiber_server:', server.output)

    def test_five_hundred_connections(self):
        self.check(500, 16, LIMIT)

    def test_ten_thousand_connections(self):
        if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 10100:
            self.skipTest('10,000 connections need more descriptors than a process may have')
        self.check(10000, 8, 400)

    def test_told_to_end_it_leaves_open_connections(self):
        server, port = self.serve()
        load = self.start(our_program('fiber_load'), 'localhost', port, self.pki.ca, 20, 4)
        load.expect('^resident')
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        load.end_input()
        load.wait()


if __name__ == '__main__':
    unittest.main()
