using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>A piece of evidence under a line of ours.</summary>
/// <param name="Header">What it is, in our words; nothing of it can be quoted.</param>
/// <param name="Text">The run's own text, which may be empty.</param>
/// <param name="Message">The message's number in the conversation, from 1; null for anything else.</param>
internal sealed record EvidenceBlock(string Header, string Text, int? Message = null);

/// <summary>What a judge reads of one part of a run.</summary>
/// <param name="Part">The part.</param>
/// <param name="Blocks">At least one: where there is nothing, its header says so.</param>
/// <param name="LeftOutBytes">What was left out to keep the rubric's size.</param>
internal sealed record EvidenceSection(EvidencePart Part, IReadOnlyList<EvidenceBlock> Blocks, long LeftOutBytes)
{
    public string Name => EnumNames.NameOf(Part);
}

/// <summary>A message as the judge sees it.</summary>
/// <param name="Number">Its place in the conversation, from 1.</param>
/// <param name="Message">The message, with its text as it stands in the evidence.</param>
internal sealed record EvidenceMessage(int Number, MessageRecord Message);

/// <summary>What a judge reads of a run: data, in which nothing can pass for a word of ours.</summary>
internal sealed class Evidence
{
    private const int TokenLength = 16;

    /// <param name="sections">In the order in which they are shown.</param>
    /// <param name="messages">The messages that stand in them, ascending.</param>
    /// <param name="names">Names that the rubric shows, such as <c>setting: coop-comm</c>; usually none.</param>
    public Evidence(IReadOnlyList<EvidenceSection> sections, IReadOnlyList<EvidenceMessage> messages, IReadOnlyList<string>? names = null)
    {
        (Sections, Messages, Names) = (sections, messages, names ?? []);
        Digest = DigestOf(sections, Names);
        Token = Unused(Digest, sections);
    }

    public IReadOnlyList<EvidenceSection> Sections { get; }

    public IReadOnlyList<EvidenceMessage> Messages { get; }

    /// <summary>The names that the rubric shows.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>SHA-256 over everything that the judge reads, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>Marks the lines that are ours. It follows from the content, so nobody could know it while that was written.</summary>
    public string Token { get; }

    /// <summary>What of each section the judge reads.</summary>
    public IReadOnlyList<EvidenceExtent> Extents =>
        [.. Sections.Select(section => new EvidenceExtent(section.Name,
            section.Blocks.Sum(block => (long)Encoding.UTF8.GetByteCount(block.Text)), section.LeftOutBytes))];

    /// <summary>The section that holds a passage, letter by letter; the conversation first. Null if none does. Line ends count as line
    /// feeds.</summary>
    /// <param name="quote">The passage.</param>
    /// <param name="message">The message that must hold it, from 1; null for any place.</param>
    public string? SectionWith(string quote, int? message = null)
    {
        string passage = EvidenceText.LineFeeds(quote);
        return Sections.OrderBy(section => section.Part == EvidencePart.Conversation ? 0 : 1)
            .FirstOrDefault(section => section.Blocks.Any(block => (message is null || block.Message == message)
                && block.Text.Contains(passage, StringComparison.Ordinal)))?.Name;
    }

    /// <summary>How often a passage stands in the evidence.</summary>
    public int Occurrences(string quote)
    {
        string passage = EvidenceText.LineFeeds(quote);
        return passage.Length == 0 ? 0 : Sections.SelectMany(section => section.Blocks)
            .Sum(block => block.Text.AsSpan().Count(passage.AsSpan()));
    }

    /// <summary>Whether a passage is a whole line of the evidence.</summary>
    public bool HasLine(string quote)
    {
        string passage = EvidenceText.LineFeeds(quote);
        return Sections.SelectMany(section => section.Blocks)
            .Any(block => ("\n" + block.Text + "\n").Contains("\n" + passage + "\n", StringComparison.Ordinal));
    }

    /// <summary>The evidence behind its fence: every line that begins with the token is ours, everything else is data.</summary>
    public string Fenced()
    {
        var text = new StringBuilder();
        string mark = $"[{Token}]";
        text.Append(CultureInfo.InvariantCulture, $"{mark} begin of the evidence\n");
        foreach (string name in Names)
            text.Append(CultureInfo.InvariantCulture, $"{mark} {name}\n");
        foreach (EvidenceSection section in Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"{mark} section {section.Name}\n");
            foreach (EvidenceBlock block in section.Blocks)
            {
                text.Append(CultureInfo.InvariantCulture, $"{mark} {block.Header}\n");
                if (block.Text.Length > 0)
                    text.Append(block.Text).Append(block.Text[^1] == '\n' ? "" : "\n");
            }
        }
        return text.Append(CultureInfo.InvariantCulture, $"{mark} end of the evidence\n").ToString();
    }

    private static string DigestOf(IReadOnlyList<EvidenceSection> sections, IReadOnlyList<string> names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in names)
            Append(hash, name);
        foreach (EvidenceSection section in sections)
        {
            Append(hash, section.Name);
            Append(hash, section.Blocks.Count.ToString(CultureInfo.InvariantCulture));
            foreach (EvidenceBlock block in section.Blocks)
            {
                Append(hash, block.Header);
                Append(hash, block.Text);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(Encoding.UTF8.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + "\0"));
        hash.AppendData(bytes);
    }

    // That a text holds its own digest cannot be made to happen; if it did, the next one is taken.
    private static string Unused(string digest, IReadOnlyList<EvidenceSection> sections)
    {
        string token = digest[..TokenLength];
        while (sections.Any(section => section.Blocks.Any(block => block.Text.Contains(token, StringComparison.OrdinalIgnoreCase))))
        {
            digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(digest)));
            token = digest[..TokenLength];
        }
        return token;
    }
}
