import unittest

from gridtext import GridError
from gridtext.cells import pad, to_text


class CellsTest(unittest.TestCase):
    def test_none_is_empty(self):
        self.assertEqual(to_text(None), "")

    def test_numbers_are_written_as_they_are(self):
        self.assertEqual(to_text(1.50), "1.5")

    def test_pads(self):
        self.assertEqual(pad("ab", 4, "left"), "ab  ")
        self.assertEqual(pad("ab", 4, "right"), "  ab")
        self.assertEqual(pad("ab", 4, "center"), " ab ")

    def test_refuses_an_unknown_alignment(self):
        with self.assertRaises(GridError):
            pad("ab", 4, "middle")
