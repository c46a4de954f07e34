using FluentAssertions;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

[Trait("Tier", "Slow")]
public sealed class PngConverterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_converter_a_note_says_so()
    {
        (IReadOnlySet<string> names, string? note) = new PngConverter("").Convert(Figures(), Drawn("new"), _folder.File("old"));

        names.Should().BeEmpty();
        note.Should().Be("The figures are not PNGs as well, since none of rsvg-convert, inkscape and chromium is on the PATH.");
    }

    [Fact]
    public void A_converter_on_the_path_is_used()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program is a script.");
        Converter("printf png > \"$4\"");

        (IReadOnlySet<string> names, string? note) = new PngConverter(_folder.Path).Convert(Figures(), Drawn("new"), _folder.File("old"));

        names.Should().BeEquivalentTo("success-by-setting");
        note.Should().BeNull();
        File.ReadAllText(_folder.File("new", "success-by-setting.png")).Should().Be("png");
    }

    [Fact]
    public void A_converter_that_fails_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program is a script.");
        Converter("echo broken >&2; exit 3");

        (IReadOnlySet<string> names, string? note) = new PngConverter(_folder.Path).Convert(Figures(), Drawn("new"), _folder.File("old"));

        names.Should().BeEmpty();
        note.Should().Contain("rsvg-convert did not make them");
    }

    [Fact]
    public void A_figure_that_did_not_change_keeps_its_picture()
    {
        Drawn("old");
        File.WriteAllText(_folder.File("old", "success-by-setting.png"), "old picture");

        new PngConverter(null).Convert(Figures(), Drawn("new"), _folder.File("old")).Names.Should().BeEquivalentTo("success-by-setting");

        File.ReadAllText(_folder.File("new", "success-by-setting.png")).Should().Be("old picture");
    }

    private static IReadOnlyList<Figure> Figures()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        return [SuccessFigure.Of(ExperimentStatistics.Of(store.Read()))];
    }

    /// <summary>A folder with the figures' drawings.</summary>
    private string Drawn(string name)
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        foreach (Figure figure in Figures())
            File.WriteAllText(Path.Combine(folder, figure.Name + ".svg"), figure.ToSvg(isInPage: false));
        return folder;
    }

    private void Converter(string script)
    {
        string path = _folder.File("rsvg-convert");
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
