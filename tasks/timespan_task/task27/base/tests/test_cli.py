import contextlib
import io
import unittest

from timespan.cli import main


def run(*arguments):
    """Run the command and return its exit status, output and error output."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(list(arguments))
    return status, output.getvalue(), errors.getvalue()


class CliTest(unittest.TestCase):
    def test_writes_symbols(self):
        self.assertEqual(run("90m"), (0, "1h30m\n", ""))

    def test_writes_words(self):
        self.assertEqual(run("--long", "90m"), (0, "1 hour, 30 minutes\n", ""))

    def test_writes_totals(self):
        self.assertEqual(run("--to", "minutes", "1h30m", "2:00"), (0, "90\n2\n", ""))

    def test_goes_on_after_an_error(self):
        status, output, errors = run("nonsense", "1h")
        self.assertEqual((status, output), (1, "1h\n"))
        self.assertIn("nonsense", errors)
