using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tandem.Harness.Evaluation;
using Xunit;

namespace Tandem.Harness.Tests.Properties;

/// <summary>The test-file filter on patches of any shape: sections of source and test files, bodies of any bytes.</summary>
public sealed class PatchProperties
{
    private static readonly string[] s_sources =
        ["src/a.py", "README.md", "a b/ü.txt", "conftest.py", "src/__tests__/x.tsx", "pkg/x_test.go"];
    private static readonly string[] s_tests = ["pkg/test_a.py", "x/tests/b.py", "src/b_test.py", "a/test/c.c", "src/contests.py"];

    private static readonly Gen<byte[]> s_line = Gen.OneOf(
        ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => bytes.Select(b => b == (byte)'\n' ? (byte)'\r' : b).ToArray()),
        Gen.Elements("+x", "-y\r", " ", "", "+diff", "GIT binary patch", "\\ No newline at end of file").Select(Encoding.UTF8.GetBytes));

    private static readonly Gen<(bool IsTest, byte[] Bytes)> s_section =
        from isTest in Gen.Elements(true, false)
        from path in Gen.Elements(isTest ? s_tests : s_sources)
        from body in s_line.Where(line => !Encoding.Latin1.GetString(line).StartsWith("diff --git", StringComparison.Ordinal)).ListOf()
        select (isTest, Join([Encoding.UTF8.GetBytes($"diff --git a/{path} b/{path}"), .. body]));

    private static readonly Arbitrary<IList<(bool IsTest, byte[] Bytes)>> s_patches = s_section.ListOf()
        .Select(list => (IList<(bool, byte[])>)[.. list]).ToArbitrary();

    [Fact]
    public void Test_files_go_and_every_other_byte_stays() =>
        Prop.ForAll(s_patches, sections =>
        {
            byte[] filtered = PatchFilter.Grade(sections.SelectMany(s => s.Bytes).ToArray(), DroppedPaths.None).Content.ToArray();
            byte[] expected = [.. sections.Where(s => !s.IsTest).SelectMany(s => s.Bytes)];
            // A patch of white space alone is an empty one.
            return filtered.AsSpan().SequenceEqual(expected) || string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(expected));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Filtering_twice_is_filtering_once() =>
        Prop.ForAll(s_patches, sections =>
        {
            ReadOnlyMemory<byte> once = PatchFilter.Grade(sections.SelectMany(s => s.Bytes).ToArray(), DroppedPaths.None).Content;
            return PatchFilter.Grade(once, DroppedPaths.None).Content.Span.SequenceEqual(once.Span);
        }).QuickCheckThrowOnFailure();

    private static byte[] Join(IEnumerable<byte[]> lines) => [.. lines.SelectMany(line => line.Append((byte)'\n'))];
}
