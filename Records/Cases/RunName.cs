using System.Globalization;
using Tandem.Records.Json;

namespace Tandem.Records.Cases;

/// <summary>The run name of a record: all cases of one experiment, setting and seed share it.</summary>
public static class RunName
{
    /// <summary><c>experiment-setting</c>, with <c>-seedN</c> for seeds above 0.</summary>
    public static string For(string experiment, Setting setting, int seed) =>
        string.Create(CultureInfo.InvariantCulture, $"{experiment}-{EnumNames.NameOf(setting)}{(seed > 0 ? $"-seed{seed}" : "")}");
}
