import unittest
from datetime import timedelta

import timespan


class ParseSignTest(unittest.TestCase):
    def test_minus_holds_for_the_whole_text(self):
        self.assertEqual(timespan.parse("-1h30m"), -timedelta(hours=1, minutes=30))

    def test_plus_changes_nothing(self):
        self.assertEqual(timespan.parse("+90s"), timedelta(seconds=90))

    def test_signed_clock(self):
        self.assertEqual(timespan.parse("-1:30:00"), -timedelta(hours=1, minutes=30))

    def test_space_after_the_sign(self):
        self.assertEqual(timespan.parse("- 2 hours"), -timedelta(hours=2))

    def test_refuses_two_signs(self):
        for text in ("--1h", "+-1h", "- -1h"):
            with self.subTest(text=text), self.assertRaises(timespan.ParseError):
                timespan.parse(text)

    def test_refuses_a_lone_sign(self):
        with self.assertRaises(timespan.ParseError):
            timespan.parse("-")


class FormatSignTest(unittest.TestCase):
    def test_short(self):
        self.assertEqual(timespan.format_short(-timedelta(hours=1, minutes=30)), "-1h30m")

    def test_long(self):
        self.assertEqual(timespan.format_long(-timedelta(hours=1, minutes=30)), "-1 hour, 30 minutes")

    def test_zero_has_no_sign(self):
        self.assertEqual(timespan.format_short(-timedelta(0)), "0s")
        self.assertEqual(timespan.format_long(-timedelta(0)), "0 seconds")

    def test_reads_its_own_output(self):
        delta = -timedelta(days=1, seconds=1)
        self.assertEqual(timespan.parse(timespan.format_short(delta)), delta)
