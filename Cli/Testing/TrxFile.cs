using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Tandem.Records.Store;

namespace Tandem.Cli.Testing;

/// <summary>How a test ended, by the words of trx.</summary>
internal enum TrxOutcome
{
    /// <summary>Green.</summary>
    Passed,

    /// <summary>Red.</summary>
    Failed,

    /// <summary>Skipped.</summary>
    NotExecuted,
}

/// <summary>One test of a trx file.</summary>
/// <param name="Name">As the test explorer shows it.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Text">Its output; of a red one the message, of a skipped one the reason.</param>
internal sealed record TrxTest(string Name, TrxOutcome Outcome, string Text)
{
    /// <summary>When it began; null if it did not.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public TimeSpan Duration { get; init; }
}

/// <summary>Writes results in the format of Visual Studio's test results (trx), which CI services and editors read.</summary>
internal static class TrxFile
{
    private const string Namespace = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    private const string UnitTestType = "13cdc9d9-ddb5-4fa4-a97d-d965ccfc6d4b";
    private const string ResultsList = "8c84fa94-04c1-424b-9868-57a2d4851a1d";

    /// <summary>Writes the file whole or not at all. Characters that XML cannot hold become question marks.</summary>
    /// <param name="path">Where.</param>
    /// <param name="testClass">The full name of the class of all the tests.</param>
    /// <param name="method">Its method.</param>
    /// <param name="tests">The tests, in their order.</param>
    /// <param name="now">The time of the file.</param>
    public static void Write(string path, string testClass, string method, IReadOnlyList<TrxTest> tests, DateTimeOffset now) =>
        DurableFile.Write(path, stream =>
        {
            using var xml = XmlWriter.Create(stream, new XmlWriterSettings
            { Indent = true, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) });
            (Guid Test, Guid Execution)[] ids = [.. tests.Select(test => (IdOf(test.Name), IdOf($"{test.Name} {now:O}")))];
            xml.WriteStartElement("TestRun", Namespace);
            Attributes(xml, ("id", IdOf($"{testClass} {now:O}")), ("name", $"{testClass} {Time(now)}"));
            DateTimeOffset[] begins = [.. tests.Select(test => test.StartedAt).OfType<DateTimeOffset>()];
            Element(xml, "Times", ("creation", Time(now)), ("start", Time(begins.DefaultIfEmpty(now).Min())),
                ("finish", Time(tests.Select(test => test.StartedAt + test.Duration).OfType<DateTimeOffset>().DefaultIfEmpty(now).Max())));
            Section(xml, "Results", () =>
            {
                for (int i = 0; i < tests.Count; i++)
                    WriteResult(xml, tests[i], ids[i], now);
            });
            Section(xml, "TestDefinitions", () =>
            {
                for (int i = 0; i < tests.Count; i++)
                {
                    xml.WriteStartElement("UnitTest", Namespace);
                    Attributes(xml, ("name", tests[i].Name), ("id", ids[i].Test), ("storage", "tandem.experiments.tests.dll"));
                    Element(xml, "Execution", ("id", ids[i].Execution));
                    Element(xml, "TestMethod", ("codeBase", "Tandem.Experiments.Tests.dll"), ("className", testClass), ("name", method));
                    xml.WriteEndElement();
                }
            });
            Section(xml, "TestEntries", () =>
            {
                foreach ((Guid test, Guid execution) in ids)
                    Element(xml, "TestEntry", ("testId", test), ("executionId", execution), ("testListId", ResultsList));
            });
            Section(xml, "TestLists", () => Element(xml, "TestList", ("name", "Results of the store"), ("id", ResultsList)));
            WriteSummary(xml, tests);
            xml.WriteEndElement();
        });

    private static void WriteResult(XmlWriter xml, TrxTest test, (Guid Test, Guid Execution) id, DateTimeOffset now)
    {
        DateTimeOffset start = test.StartedAt ?? now;
        xml.WriteStartElement("UnitTestResult", Namespace);
        Attributes(xml, ("executionId", id.Execution), ("testId", id.Test), ("testName", test.Name),
            ("computerName", Environment.MachineName), ("duration", test.Duration.ToString("c", CultureInfo.InvariantCulture)),
            ("startTime", Time(start)), ("endTime", Time(start + test.Duration)), ("testType", UnitTestType),
            ("outcome", test.Outcome), ("testListId", ResultsList));
        Section(xml, "Output", () =>
        {
            if (test.Outcome == TrxOutcome.Failed)
                Section(xml, "ErrorInfo", () => xml.WriteElementString("Message", Namespace, Xml(test.Text)));
            else
                xml.WriteElementString("StdOut", Namespace, Xml(test.Text));
        });
        xml.WriteEndElement();
    }

    private static void WriteSummary(XmlWriter xml, IReadOnlyList<TrxTest> tests)
    {
        int passed = tests.Count(test => test.Outcome == TrxOutcome.Passed);
        int failed = tests.Count(test => test.Outcome == TrxOutcome.Failed);
        xml.WriteStartElement("ResultSummary", Namespace);
        Attributes(xml, ("outcome", failed > 0 ? "Failed" : "Completed"));
        Element(xml, "Counters", ("total", tests.Count), ("executed", passed + failed), ("passed", passed), ("failed", failed),
            ("notExecuted", tests.Count - passed - failed));
        xml.WriteEndElement();
    }

    private static void Section(XmlWriter xml, string name, Action write)
    {
        xml.WriteStartElement(name, Namespace);
        write();
        xml.WriteEndElement();
    }

    private static void Element(XmlWriter xml, string name, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        xml.WriteStartElement(name, Namespace);
        Attributes(xml, attributes);
        xml.WriteEndElement();
    }

    private static void Attributes(XmlWriter xml, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        foreach ((string name, object value) in attributes)
            xml.WriteAttributeString(name, Xml(Convert.ToString(value, CultureInfo.InvariantCulture)!));
    }

    /// <summary>The same name has the same id in every file, so that readers can follow a test.</summary>
    private static Guid IdOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static string Xml(string text) => string.Concat(text.EnumerateRunes()
        .Select(rune => rune.Value > char.MaxValue || XmlConvert.IsXmlChar((char)rune.Value) ? rune.ToString() : "?"));
}
