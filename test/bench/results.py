# SPDX-License-Identifier: Apache-2.0
"""Medians and ratios of what was measured."""
import statistics

MEGABYTE_PER_MIB = 1.048576


class Results:
    """A results file, asked by workload and peer. What was not measured is None."""

    def __init__(self, data):
        self.data = data

    def median(self, workload, peer, metric):
        """Of the rounds."""
        values = self.data['samples'].get(workload, {}).get(peer, {}).get(metric)
        return statistics.median(values) if values else None

    def ratio(self, workload, metric, peer, reference):
        """Of the medians; both may be (workload, peer) pairs instead."""
        one = self.median(workload, peer, metric)
        other = self.median(workload, reference, metric)
        return one / other if one is not None and other else None

    def inverse(self, workload, metric, peer, reference):
        """How many times less the peer needs than the reference."""
        value = self.ratio(workload, metric, peer, reference)
        return 1 / value if value else None

    def calls(self, peer, side):
        """System calls for each MiB of bulk."""
        return self.data.get('calls', {}).get(peer, {}).get(side)

    def instructions(self):
        """For each byte of bulk, of the library alone, both ends."""
        return self.data.get('instructions', {}).get('iostls')

    def bulk(self, peer):
        """MB/s."""
        value = self.median('bulk', peer, 'per_second')
        return value * MEGABYTE_PER_MIB if value is not None else None

    def bulk_cpu(self, peer):
        """Seconds of processor time for a GiB, both ends."""
        value = self.median('bulk', peer, 'cpu_seconds')
        return value * 1024 if value is not None else None

    def millions(self, workload, peer):
        """Lines, in millions a second."""
        value = self.median(workload, peer, 'per_second')
        return value / 1e6 if value is not None else None

    def load(self, peer):
        """[(connections, MB/s)]"""
        points = []
        for name in self.data['samples']:
            value = self.median(name, peer, 'megabytes_per_second')
            if value is not None:
                points.append((int(name.split('_')[1]), value))
        return sorted(points)

    def load_ratio(self):
        """Throughput of the most connections against that of two: (how many, ratio)."""
        points = self.load('iostls')
        two = dict(points).get(2)
        return (points[-1][0], points[-1][1] / two) if two else (0, None)
