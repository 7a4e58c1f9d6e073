# SPDX-License-Identifier: Apache-2.0
"""chat, an example: two of it talk."""

import unittest

import nginx
from interop_case import our_program
from program_case import ProgramCase


class Chat(ProgramCase):
    def pair(self):
        waiting, port = self.listen('chat', '--wait', 0, self.both(self.pki.server),
                                    ready=r'^\* waiting on port (\d+)$')
        calling = self.start(our_program('chat'), 'localhost', port, self.pki.ca)
        for side in waiting, calling:
            side.expect(r'^\* TLSv1\.3; ')
        return waiting, calling

    def test_both_talk_whenever_they_like(self):
        waiting, calling = self.pair()
        for words in ('one', 'two', 'three'):  # three times in a row, unanswered
            waiting.send(words + '\n')
            calling.expect(f'^> {words}$')
        calling.send('well\n')
        waiting.expect('^> well$')
        for side in waiting, calling:
            side.end_input()
        self.assertEqual((waiting.wait(), calling.wait()), (0, 0))

    def test_one_side_goes_on_after_the_other_has_ended(self):
        waiting, calling = self.pair()
        calling.end_input()
        waiting.expect(r'^\* the other side has ended$')
        waiting.send('one thing more\n')
        calling.expect('^> one thing more$')
        waiting.end_input()
        self.assertEqual((waiting.wait(), calling.wait()), (0, 0))

    def test_broken_connection_is_told(self):
        waiting, calling = self.pair()
        calling.stop()
        waiting.expect(r'^\* the connection broke$')
        waiting.end_input()
        self.assertEqual(waiting.wait(), 1)
        self.assertIn('chat: ', waiting.output)

    def test_caller_who_does_not_trust_the_other_says_nothing(self):
        waiting, port = self.listen('chat', '--wait', 0, self.both(self.pki.server),
                                    ready=r'^\* waiting on port (\d+)$')
        status, output = self.run_to_end(our_program('chat'), 'localhost', port, self.pki.other_ca,
                                         text='secret\n')
        self.assertEqual(status, 1)
        self.assertIn('unable to get local issuer certificate', output)
        waiting.expect('chat: .*alert')
        self.assertNotIn('secret', waiting.output)

    def test_nobody_to_call(self):
        status, output = self.run_to_end(our_program('chat'), 'localhost', nginx.free_port(),
                                         self.pki.ca)
        self.assertEqual(status, 1)
        self.assertIn('Connection refused', output)


if __name__ == '__main__':
    unittest.main()
