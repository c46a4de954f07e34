import unittest
from datetime import timedelta

import timespan


class IsoTest(unittest.TestCase):
    def test_reads_a_time(self):
        self.assertEqual(timespan.parse_iso("PT1H30M"), timedelta(hours=1, minutes=30))

    def test_reads_days_and_weeks(self):
        self.assertEqual(timespan.parse_iso("P3D"), timedelta(days=3))
        self.assertEqual(timespan.parse_iso("P2W"), timedelta(weeks=2))

    def test_reads_days_and_a_time(self):
        self.assertEqual(timespan.parse_iso("P1DT2H3M4S"), timedelta(days=1, hours=2, minutes=3, seconds=4))

    def test_reads_decimals_with_point_or_comma(self):
        self.assertEqual(timespan.parse_iso("PT0.5S"), timedelta(milliseconds=500))
        self.assertEqual(timespan.parse_iso("PT1,5H"), timedelta(minutes=90))

    def test_tells_months_from_minutes(self):
        with self.assertRaises(timespan.ParseError):
            timespan.parse_iso("P1M")

    def test_refuses_years(self):
        with self.assertRaises(timespan.ParseError):
            timespan.parse_iso("P1Y")

    def test_refuses_what_has_no_number(self):
        for text in ("P", "PT", "P1DT"):
            with self.subTest(text=text), self.assertRaises(timespan.ParseError):
                timespan.parse_iso(text)

    def test_parse_knows_the_form(self):
        self.assertEqual(timespan.parse(" PT90S "), timedelta(seconds=90))

    def test_is_public(self):
        self.assertIn("parse_iso", timespan.__all__)
