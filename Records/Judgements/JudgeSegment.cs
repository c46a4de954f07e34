using System.Security.Cryptography;
using System.Text;
using Tandem.Records.Cases;

namespace Tandem.Records.Judgements;

/// <summary>A judge's name as a part of ids and file names. Models have names like <c>openai/gpt-4o</c>, which no path can hold.</summary>
public static class JudgeSegment
{
    /// <summary>Begins the names of judges that are no models, such as <c>builtin:rules</c>.</summary>
    public const string BuiltIn = "builtin:";

    private const string BuiltInSegment = "builtin.";
    private const int LongestStem = 80;

    /// <summary>The name as it is where it is safe; <c>builtin.rules</c> for <c>builtin:rules</c>; else its safe letters and the begin of
    /// its digest, so that two names never share a segment.</summary>
    /// <exception cref="FormatException">The name is empty.</exception>
    public static string Of(string model)
    {
        if (string.IsNullOrWhiteSpace(model))
            throw new FormatException("A judge needs the name of its model; none is given.");
        bool isBuiltIn = model.StartsWith(BuiltIn, StringComparison.Ordinal);
        string plain = isBuiltIn ? BuiltInSegment + model[BuiltIn.Length..] : model;
        if (SafeSegment.IsSafe(plain) && plain.Length <= LongestStem
            && isBuiltIn == plain.StartsWith(BuiltInSegment, StringComparison.Ordinal))
            return plain;
        string stem = string.Concat(plain.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-')).Trim('-', '.');
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(model)))[..8];
        return $"m-{stem[..Math.Min(stem.Length, LongestStem)]}-{digest}";
    }
}
