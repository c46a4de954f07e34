import unittest
from datetime import timedelta

import timespan


class FormatTest(unittest.TestCase):
    def test_short(self):
        self.assertEqual(timespan.format_short(timedelta(hours=1, minutes=30)), "1h30m")

    def test_short_leaves_out_zeros(self):
        self.assertEqual(timespan.format_short(timedelta(days=8, seconds=1)), "1w1d1s")

    def test_short_zero(self):
        self.assertEqual(timespan.format_short(timedelta(0)), "0s")

    def test_long(self):
        self.assertEqual(timespan.format_long(timedelta(hours=1, minutes=30)), "1 hour, 30 minutes")

    def test_long_zero(self):
        self.assertEqual(timespan.format_long(timedelta(0)), "0 seconds")

    def test_reads_its_own_output(self):
        delta = timedelta(days=9, hours=3, minutes=2, seconds=1)
        self.assertEqual(timespan.parse(timespan.format_short(delta)), delta)
        self.assertEqual(timespan.parse(timespan.format_long(delta)), delta)


class TotalTest(unittest.TestCase):
    def test_whole_numbers_are_ints(self):
        self.assertEqual(repr(timespan.total_in(timedelta(hours=2), "minutes")), "120")

    def test_fractions_are_floats(self):
        self.assertEqual(timespan.total_in(timedelta(minutes=90), "h"), 1.5)

    def test_refuses_an_unknown_unit(self):
        with self.assertRaises(timespan.UnknownUnit):
            timespan.total_in(timedelta(hours=2), "parsecs")
