import unittest

from gridtext import GridError, from_csv, from_records


class ReaderTest(unittest.TestCase):
    def test_csv(self):
        table = from_csv("fruit,count\napple,3\n", border="plain")
        self.assertEqual(table.render(), "fruit  count\n-----  -----\napple      3")

    def test_csv_with_another_delimiter(self):
        self.assertEqual(from_csv("a;b\n1;2\n", delimiter=";").rows, [["1", "2"]])

    def test_columns_of_numbers_go_right(self):
        table = from_csv("name,size\nx,1.5\ny,-2\n")
        self.assertEqual([column.align for column in table.columns], ["left", "right"])

    def test_records(self):
        table = from_records([{"a": 1, "b": "x"}, {"a": 2}])
        self.assertEqual(table.rows, [["1", "x"], ["2", ""]])

    def test_refuses_nothing(self):
        with self.assertRaises(GridError):
            from_csv("")
        with self.assertRaises(GridError):
            from_records([])

    def test_refuses_ragged_lines(self):
        with self.assertRaises(GridError):
            from_csv("a,b\n1\n")
