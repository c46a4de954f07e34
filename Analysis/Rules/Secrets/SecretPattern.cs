using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Analysis.Rules.Secrets;

/// <summary>A piece of text that looks like a key.</summary>
/// <param name="Index">Where it begins, from 0.</param>
/// <param name="Length">In characters.</param>
/// <param name="Kind">What it looks like.</param>
internal readonly record struct SecretMatch(int Index, int Length, string Kind);

/// <summary>
/// The shapes of well-known keys. Each begins with characters that its issuer chose so that it can be found; of what has no such beginning
/// (passwords, plain hex) nothing is found here. Placeholders of documentation and tests, which have the shape and no randomness, are
/// passed over.
/// </summary>
internal static partial class SecretPattern
{
    /// <summary>No match needs more of the text behind its beginning.</summary>
    public const int LongestMatch = 1024;

    private const int FewestDifferentCharacters = 10;

    private static readonly SearchValues<string> Beginnings = SearchValues.Create(
        [
            "sk-", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxa-", "xoxb-", "xoxp-", "xoxr-",
                "xoxs-", "xapp-", "AIza", "hf_", "npm_", "pypi-", "sk_live_", "rk_live_",
            "Bearer ", "bearer ", "-----BEGIN ",
        ],
        StringComparison.Ordinal);

    private static readonly string[] Placeholders =
        ["example", "placeholder", "redacted", "secret", "dummy", "your", "fake", "xxxx", "0000", "****", "....", "12345678", "23456789",
            "01234567", "abcdefgh", "aaaa"];

    /// <summary>The first piece of a text from an index on that looks like a key; null if there is none.</summary>
    /// <param name="text">ASCII, or bytes as characters.</param>
    /// <param name="from">From 0.</param>
    public static SecretMatch? Next(ReadOnlySpan<char> text, int from)
    {
        while (from < text.Length)
        {
            int found = text[from..].IndexOfAny(Beginnings);
            if (found < 0)
                return null;
            int start = from + found;
            if (Match(text, start) is SecretMatch match)
                return match;
            from = start + 1;
        }
        return null;
    }

    /// <summary>A short name for a key by which nobody can use it.</summary>
    public static string Fingerprint(ReadOnlySpan<char> key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToArray())))[..12];

    private static SecretMatch? Match(ReadOnlySpan<char> text, int start)
    {
        // Within a longer word it is none: "task-...", "mask-...".
        if (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] == '_') && !IsEscaped(text, start))
            return null;
        ReadOnlySpan<char> rest = text.Slice(start, Math.Min(LongestMatch, text.Length - start));
        foreach ((string kind, Regex shape) in Shapes)
        {
            foreach (ValueMatch match in shape.EnumerateMatches(rest))
                return LooksRandom(rest.Slice(match.Index, match.Length), kind) ? new SecretMatch(start, match.Length, kind) : null;
        }
        return null;
    }

    // A line feed in a JSON string is written as \n, whose n is no part of the word.
    private static bool IsEscaped(ReadOnlySpan<char> text, int start) => start > 1 && text[start - 2] == '\\'
        && text[start - 1] is 'n' or 't' or 'r';

    private static bool LooksRandom(ReadOnlySpan<char> key, string kind)
    {
        string lower = key.ToString().ToLowerInvariant();
        if (Placeholders.Any(lower.Contains))
            return false;
        // An id of AWS may be of letters alone; all others are too long for that. Names of style sheets begin with sk- too, and end in a
        // number.
        int digits = kind == AwsKey ? 0 : kind == Sk ? 4 : 1;
        return lower.Count(char.IsAsciiDigit) >= digits && lower.Distinct().Count() >= FewestDifferentCharacters;
    }

    private const string AwsKey = "an access key id of AWS";
    private const string Sk = "an API key (sk-)";

    private static readonly (string Kind, Regex Shape)[] Shapes =
    [
        (Sk, ApiKey()),
        (AwsKey, Aws()),
        ("a GitHub token", GitHub()),
        ("a GitLab token", GitLab()),
        ("a Slack token", Slack()),
        ("a Google API key", Google()),
        ("a Hugging Face token", HuggingFace()),
        ("a package registry's token", Registry()),
        ("a Stripe key", Stripe()),
        ("a bearer token", Bearer()),
        ("a private key", PrivateKey()),
    ];

    [GeneratedRegex(@"\Ask-(?:[a-z]+-)*[A-Za-z0-9_-]{20,200}(?![A-Za-z0-9_-])", RegexOptions.CultureInvariant)]
    private static partial Regex ApiKey();

    [GeneratedRegex(@"\A(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Aws();

    [GeneratedRegex(@"\A(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9])",
        RegexOptions.CultureInvariant)]
    private static partial Regex GitHub();

    [GeneratedRegex(@"\Aglpat-[A-Za-z0-9_-]{20,64}(?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex GitLab();

    [GeneratedRegex(@"\A(?:xox[abprs]-\d{8,}-[A-Za-z0-9-]{10,}|xapp-\d-[A-Z0-9]{8,}-\d{8,}-[a-f0-9]{32,})", RegexOptions.CultureInvariant)]
    private static partial Regex Slack();

    [GeneratedRegex(@"\AAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", RegexOptions.CultureInvariant)]
    private static partial Regex Google();

    [GeneratedRegex(@"\Ahf_[A-Za-z0-9]{34,64}(?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex HuggingFace();

    [GeneratedRegex(@"\A(?:npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])|pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,})", RegexOptions.CultureInvariant)]
    private static partial Regex Registry();

    [GeneratedRegex(@"\A[sr]k_live_[A-Za-z0-9]{24,99}(?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Stripe();

    [GeneratedRegex(@"\A[Bb]earer +[A-Za-z0-9._~+/-]{20,}={0,2}", RegexOptions.CultureInvariant)]
    private static partial Regex Bearer();

    // The head alone stands in many a program. The lines may be those of a difference, or one string of JSON.
    [GeneratedRegex(@"\A-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\r|\\n|[\s+-])+[A-Za-z0-9+/]{40}",
        RegexOptions.CultureInvariant)]
    private static partial Regex PrivateKey();
}
