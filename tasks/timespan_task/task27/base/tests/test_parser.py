import unittest
from datetime import timedelta

import timespan


class ParseTest(unittest.TestCase):
    def test_reads_symbols(self):
        self.assertEqual(timespan.parse("1h30m"), timedelta(hours=1, minutes=30))

    def test_reads_words_and_commas(self):
        self.assertEqual(timespan.parse("2 days, 3 hours"), timedelta(days=2, hours=3))

    def test_reads_decimals_exactly(self):
        self.assertEqual(timespan.parse("0.1s 0.2s"), timedelta(microseconds=300_000))

    def test_adds_repeated_units(self):
        self.assertEqual(timespan.parse("10m 5m"), timedelta(minutes=15))

    def test_ignores_case_and_outer_space(self):
        self.assertEqual(timespan.parse("  2 Hours "), timedelta(hours=2))

    def test_refuses_nothing(self):
        with self.assertRaises(timespan.ParseError):
            timespan.parse("   ")

    def test_says_where_it_stopped(self):
        with self.assertRaises(timespan.ParseError) as caught:
            timespan.parse("1h xyz")
        self.assertEqual(caught.exception.position, 3)

    def test_refuses_an_unknown_unit(self):
        with self.assertRaises(timespan.UnknownUnit) as caught:
            timespan.parse("3 parsecs")
        self.assertEqual(caught.exception.name, "parsecs")


class ClockTest(unittest.TestCase):
    def test_reads_hours_minutes_seconds(self):
        self.assertEqual(timespan.parse("1:30:05"), timedelta(hours=1, minutes=30, seconds=5))

    def test_reads_minutes_and_seconds(self):
        self.assertEqual(timespan.parse("90:05"), timedelta(minutes=90, seconds=5))

    def test_refuses_sixty_seconds(self):
        with self.assertRaises(timespan.ParseError):
            timespan.parse("1:60")

    def test_refuses_sixty_minutes_after_hours(self):
        with self.assertRaises(timespan.ParseError):
            timespan.parse("1:60:00")
