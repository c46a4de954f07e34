import unittest

from gridtext import Column, GridError, Table


def fruit(border="ascii"):
    table = Table(["fruit", Column("count", align="right")], border)
    table.add_row("cherry", 120)
    table.add_row("apple", 3)
    return table


class TableTest(unittest.TestCase):
    def test_ascii(self):
        self.assertEqual(fruit().render(), "\n".join([
            "+--------+-------+",
            "| fruit  | count |",
            "+--------+-------+",
            "| cherry |   120 |",
            "| apple  |     3 |",
            "+--------+-------+",
        ]))

    def test_plain(self):
        self.assertEqual(fruit("plain").render(), "\n".join([
            "fruit   count",
            "------  -----",
            "cherry    120",
            "apple       3",
        ]))

    def test_double(self):
        self.assertEqual(fruit("double").render().splitlines()[0], "#========#=======#")

    def test_no_rows(self):
        self.assertEqual(len(Table(["a"]).render().splitlines()), 4)

    def test_min_width(self):
        table = Table([Column("a", min_width=5)], border="plain")
        self.assertEqual(table.render(), "a\n-----")

    def test_sorts(self):
        table = fruit("plain")
        table.sort_by("fruit")
        self.assertEqual([row[0] for row in table.rows], ["apple", "cherry"])
        table.sort_by("fruit", reverse=True)
        self.assertEqual([row[0] for row in table.rows], ["cherry", "apple"])

    def test_refuses_what_cannot_be(self):
        with self.assertRaises(GridError):
            fruit().add_row("only one cell")
        with self.assertRaises(GridError):
            fruit().sort_by("colour")
        with self.assertRaises(GridError):
            Table(["a"], border="golden")
        with self.assertRaises(GridError):
            Table([])
        with self.assertRaises(GridError):
            Column("a", align="middle")
