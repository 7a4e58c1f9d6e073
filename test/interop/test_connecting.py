# SPDX-License-Identifier: Apache-2.0
"""Connecting where the network is broken, in a network namespace of the test's own: IPv6 swallows
packets, and the name server does not answer."""

import subprocess
import time
import unittest

from interop_case import find_program, flags, our_program, own
from program_case import ProgramCase

# Far less than a time limit of the programs (30 s) or of the resolver (10 s), and far more than a head start
# of one address (0.25 s).
SOON = 5
TRIES = 5  # of which the best counts: other programs may keep the machine busy

# IPv6 has a neighbour whom nobody is; what is routed to the loopback device without being an address
# of it is dropped.
SETUP = '''set -e
ip link set lo up
ip addr add 192.0.2.80/32 dev lo
ip route add 192.0.2.53/32 dev lo
ip link add name here type veth peer name there
ip link set here up
ip link set there up
ip -6 addr add 2001:db8:1::1/64 dev here nodad
ip -6 neigh add 2001:db8:1::2 lladdr 02:00:00:00:00:02 dev here
for name in hosts resolv.conf nsswitch.conf; do mount --bind "$1/$name" "/etc/$name"; done
echo ready
exec sleep 300'''

FILES = {'hosts': '2001:db8:1::2 localhost\n192.0.2.80 localhost\n',
         'resolv.conf': 'nameserver 192.0.2.53\n',
         'nsswitch.conf': 'hosts: files dns\nservices: files\n'}

UNSHARE = ['unshare', '--user', '--map-root-user', '--net', '--mount']


class BrokenNetwork(ProgramCase):
    def setUp(self):
        super().setUp()
        for program in ('unshare', 'nsenter', 'ip', 'mount'):
            if not find_program(program):
                self.skipTest(f'{program} is not installed')
        folder = self.folder()
        for name, text in FILES.items():
            (folder / name).write_text(text)
        if subprocess.run([*UNSHARE, 'true'], stdin=subprocess.DEVNULL, capture_output=True,
                          check=False).returncode != 0:
            self.skipTest('namespaces are not allowed here')
        network = self.start(*UNSHARE, 'sh', '-c', SETUP, 'sh', folder)
        try:
            network.expect('^ready$')
        except AssertionError:
            self.skipTest('a network cannot be made here: ' + network.output)
        self._inside = ['nsenter', '--target', network.pid, '--user', '--net', '--mount',
                        '--preserve-credentials']

    def start_inside(self, program, *arguments):
        return self.start(*self._inside, our_program(program), *arguments)

    def test_address_that_swallows_packets_costs_a_moment(self):
        server = self.start_inside('https_server', '--host', '192.0.2.80',
                                   *flags(own(self.pki.server)))
        port = server.expect(r'^listening on https://192\.0\.2\.80:(\d+)/')[1].decode()
        begin = time.monotonic()
        client = self.start_inside('https_get', '--ca', self.pki.ca, 'localhost', port, '/')
        self.assertEqual(client.wait(), 0)
        self.assertLess(time.monotonic() - begin, SOON)
        self.assertIn('TLSv1.3', client.output)

    def best_time(self, pattern, *arguments):
        """In milliseconds, as connect_timer prints it."""
        times = []
        for _ in range(TRIES):
            timer = self.start_inside('connect_timer', *arguments)
            self.assertEqual(timer.wait(), 0, timer.output)
            times.append(int(timer.expect(pattern)[1]))
        return min(times)

    def test_second_address_is_connected_within_half_a_second(self):
        server = self.start_inside('https_server', '--host', '192.0.2.80',
                                   *flags(own(self.pki.server)))
        port = server.expect(r'^listening on https://192\.0\.2\.80:(\d+)/')[1].decode()
        time_taken = self.best_time(r'^connected in (\d+) ms$', 'connect', 'localhost', port)
        self.assertGreaterEqual(time_taken, 200, 'the first address does not swallow packets')
        self.assertLess(time_taken, 500)

    def test_connecting_is_canceled_at_once(self):
        """While packets are swallowed, and while the name server is silent."""
        for host in '2001:db8:1::2', 'silent.test':
            with self.subTest(host=host):
                self.assertLess(self.best_time(r'^ended in (\d+) ms: .*cancel', 'cancel', host, '443'), 100)

    def test_second_listener_of_a_name_is_refused(self):
        """Not given an address of the other family, where no client looks for it."""
        timer = self.start_inside('connect_timer', 'listen', 'localhost', '0')
        self.assertEqual(timer.wait(), 1)
        timer.expect('^first$')
        self.assertIn('Address already in use', timer.output)

    def test_error_names_all_addresses(self):
        client = self.start_inside('tls_cat', '--insecure', '--timeout', '1', 'localhost', '9')
        self.assertEqual(client.wait(), 1)
        self.assertRegex(client.output, r'localhost:9: 192\.0\.2\.80:9: Connection refused; '
                                        r'\[2001:db8:1::2\]:9: timed out')

    def test_name_server_that_is_silent_does_not_outlast_the_time_limit(self):
        begin = time.monotonic()
        client = self.start_inside('tls_cat', '--insecure', '--timeout', '1', 'silent.test', '443')
        self.assertEqual(client.wait(), 1)
        self.assertLess(time.monotonic() - begin, SOON)
        self.assertIn('silent.test:443: no answer from the name servers', client.output)

    def test_address_needs_no_name_server(self):
        begin = time.monotonic()
        client = self.start_inside('tls_cat', '--insecure', '--timeout', '20', '192.0.2.80', '9')
        self.assertEqual(client.wait(), 1)
        self.assertLess(time.monotonic() - begin, SOON)
        self.assertIn('Connection refused', client.output)


if __name__ == '__main__':
    unittest.main()
