namespace Tandem.Harness.Tests.Cases;

/// <summary>The repositories of the built-in tasks, which process sandboxes are copies of: made once for all tests, and kept between their
/// runs, as users' are.</summary>
internal static class Templates
{
    /// <summary>Lets a folder of process sandboxes take the shared ones.</summary>
    /// <returns>The folder.</returns>
    public static string ShareIn(string folder)
    {
        string shared = Directory.CreateDirectory(
            Path.Combine(Path.GetTempPath(), $"tandem-{Environment.UserName}", "templates")).FullName;
        Directory.CreateDirectory(folder);
        if (!Directory.Exists(Path.Combine(folder, "templates")))
            Directory.CreateSymbolicLink(Path.Combine(folder, "templates"), shared);
        return folder;
    }
}
