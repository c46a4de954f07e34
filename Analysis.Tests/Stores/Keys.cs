namespace Tandem.Analysis.Tests.Stores;

/// <summary>Texts in the shape of keys, which open nothing. Put together here, so that no scanner takes this repository for a
/// leak.</summary>
internal static class Keys
{
    private const string Random = "q7Zt4Wb9Rk2Lx8Vc5Nm3Hs6Pd1Gf0JyTuEaXoBiQ";

    public static string OpenAi => "sk-" + "proj-" + Random;

    public static string Anthropic => "sk-" + "ant-api03-" + Random;

    public static string Aws => "AK" + "IA" + "Q7ZT4WB5RK2LX6VC";

    public static string GitHub => "gh" + "p_" + Random[..36];

    public static string Slack => "xox" + "b-" + "739182645012-" + Random[..24];

    public static string Google => "AI" + "za" + Random[..35];

    public static string HuggingFace => "h" + "f_" + Random[..34];

    public static string Bearer => "Bearer " + Random;

    public static string PrivateKey => "-----BEGIN RSA " + "PRIVATE KEY-----\n" + Random + Random + "\n-----END RSA PRIVATE KEY-----";
}
