import contextlib
import io
import unittest
from datetime import timedelta

import timespan
from timespan.cli import main

DELTA = timedelta(days=1, hours=2, minutes=3, seconds=4)


class MaxUnitsTest(unittest.TestCase):
    def test_short(self):
        self.assertEqual(timespan.format_short(DELTA, max_units=2), "1d2h")

    def test_long(self):
        self.assertEqual(timespan.format_long(DELTA, max_units=1), "1 day")

    def test_cuts_and_does_not_round(self):
        self.assertEqual(timespan.format_short(timedelta(minutes=1, seconds=59), max_units=1), "1m")

    def test_counts_only_units_that_are_written(self):
        self.assertEqual(timespan.format_short(timedelta(days=1, seconds=4), max_units=2), "1d4s")

    def test_more_than_there_are(self):
        self.assertEqual(timespan.format_short(DELTA, max_units=9), "1d2h3m4s")

    def test_zero_is_still_written(self):
        self.assertEqual(timespan.format_short(timedelta(0), max_units=1), "0s")

    def test_refuses_less_than_one(self):
        for count in (0, -1):
            with self.subTest(count=count), self.assertRaises(timespan.TimespanError):
                timespan.format_short(DELTA, max_units=count)

    def test_command_line(self):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = main(["--long", "--max-units", "2", "1d2h3m4s"])
        self.assertEqual((status, output.getvalue()), (0, "1 day, 2 hours\n"))
