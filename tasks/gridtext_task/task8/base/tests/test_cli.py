import contextlib
import io
import unittest

from gridtext.cli import main


def run(text, *arguments):
    """Run the command on a text and return its exit status, output and error output."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(list(arguments), io.StringIO(text))
    return status, output.getvalue(), errors.getvalue()


class CliTest(unittest.TestCase):
    def test_writes_a_table(self):
        self.assertEqual(run("a\nx\n"), (0, "+---+\n| a |\n+---+\n| x |\n+---+\n", ""))

    def test_options(self):
        self.assertEqual(run("a;b\nx;y\n", "--border", "plain", "--delimiter", ";"), (0, "a  b\n-  -\nx  y\n", ""))

    def test_says_what_is_wrong(self):
        status, output, errors = run("")
        self.assertEqual((status, output), (1, ""))
        self.assertIn("empty", errors)
