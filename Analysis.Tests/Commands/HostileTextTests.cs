using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Analysis.Tests.Importing;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Text;
using Xunit;

namespace Tandem.Analysis.Tests.Commands;

/// <summary>No verb prints a control character that came from a store.</summary>
public sealed class HostileTextTests
{
    private const string Planted = "X\u001b[31m\u009b2J\rY\u202e\u2066\u2028\0Z";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_field_of_a_record_reaches_the_console_as_it_is(bool isFault)
    {
        using var store = new StoreBuilder();
        CaseId comm = Sample.Case(Setting.CoopComm);
        store.Add(isFault ? Sample.Infra(comm) : Sample.Run(comm));
        store.Add(Sample.Run(Sample.Case(Setting.Solo)));
        string file = store.RunFile(Setting.CoopComm);
        string[] lines = File.ReadAllLines(file);
        int shown = 0;
        for (int line = 0; line < 2; line++)
        {
            int count = Texts(JsonNode.Parse(lines[line])!).Count();
            count.Should().BePositive();
            for (int i = 0; i < count; i++)
            {
                JsonNode document = JsonNode.Parse(lines[line])!;
                JsonValue text = Texts(document).ElementAt(i);
                string where = $"line {line + 1}, {text.GetPath()}";
                text.ReplaceWith(JsonValue.Create(Planted));
                File.WriteAllLines(file, line == 0 ? [document.ToJsonString(), lines[1]] : [lines[0], document.ToJsonString()]);
                foreach (string verb in new[] { "validate --partial --verbose", "collect" })
                {
                    (_, string output, string error) = ImportRun.Run(store.Layout.StoreFolder,
                        [.. verb.Split(' '), store.Layout.Experiment, "--store", store.Layout.StoreFolder]);
                    string printed = output + error;
                    PrintableText.Of(printed).Should().Be(printed, "{0}, {1}", verb, where);
                    shown += printed.Contains("X?[31m", StringComparison.Ordinal) ? 1 : 0;
                }
            }
        }
        shown.Should().BeGreaterThan(10, "faults name what they met");
    }

    private static IEnumerable<JsonValue> Texts(JsonNode node) => node switch
    {
        JsonValue value => value.GetValueKind() == JsonValueKind.String ? [value] : [],
        JsonArray array => array.Where(item => item is not null).SelectMany(item => Texts(item!)),
        JsonObject members => members.Where(member => member.Value is not null).SelectMany(member => Texts(member.Value!)),
        _ => [],
    };
}
