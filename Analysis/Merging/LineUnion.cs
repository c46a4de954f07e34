namespace Tandem.Analysis.Merging;

/// <summary>Joins the files of lines of one experiment: by their names, the longest of each; and their records, each once.</summary>
internal sealed class LineUnion(MergeFaults faults)
{
    private readonly SortedDictionary<string, (MergePart Part, long Length)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (MergePart Part, MergeLine Line)> _records = new(StringComparer.Ordinal);

    /// <summary>The files that the target lacks, or has less of, and whose they are.</summary>
    public IEnumerable<(MergePart Part, string File)> ToCopy =>
        _files.Where(file => !file.Value.Part.IsTarget).Select(file => (file.Value.Part, file.Key));

    /// <summary>Takes a part up; the target comes first.</summary>
    public void Add(MergePart part)
    {
        foreach (string file in LineFiles.Of(part.Lines))
            AddFile(part, file);
        foreach (MergeLine line in part.Records.Lines)
            AddRecord(part, line);
    }

    private void AddFile(MergePart part, string file)
    {
        string path = PathOf(part, file);
        long length = new FileInfo(path).Length;
        if (!_files.TryGetValue(file, out (MergePart Part, long Length) other))
        {
            _files[file] = (part, length);
            return;
        }
        switch (FilePair.Compare(path, length, PathOf(other.Part, file), other.Length))
        {
            case Likeness.SecondIsShorter:
                _files[file] = (part, length);
                break;
            case Likeness.Different when LineFiles.AreLabels(file) && LabelUnion.TryJoin(PathOf(other.Part, file), path) is byte[] joined:
                TakeJoined(part, file, joined);
                break;
            case Likeness.Different:
                faults.Add(part, file, $"It has another content than {other.Part.NameOf(file)}, and neither begins with the other. Such "
                    + "a file has one writer, which only appends to it: one of the two was changed.",
                    "Put the changed file back from a backup, or leave its store out.");
                break;
            case Likeness.Same or Likeness.FirstIsShorter:
                break;
        }
    }

    /// <summary>The target comes first, so that the second of two files is a snapshot of ours, which can hold what both say.</summary>
    private void TakeJoined(MergePart part, string file, byte[] joined)
    {
        (MergePart other, _) = _files[file];
        if (joined.AsSpan().SequenceEqual(File.ReadAllBytes(PathOf(other, file))))
            return;
        File.WriteAllBytes(PathOf(part, file), joined);
        _files[file] = (part, joined.Length);
    }

    private void AddRecord(MergePart part, MergeLine line)
    {
        if (_records.TryAdd(line.Key, (part, line)))
            return;
        (MergePart other, MergeLine first) = _records[line.Key];
        bool isSamePlace = (first.File, first.Line) == (line.File, line.Line);
        if (isSamePlace && first.Digest == line.Digest)
            return;
        // Two files of one name are a fault by themselves.
        if (first.File == line.File && !ReferenceEquals(part, other))
            return;
        string there = other.NameOf(first.File, first.Line);
        if (first.Digest == line.Digest)
            faults.Add(part, line.File, $"The record of {line.Key} also stands in {there}: a run file was copied under another name.",
                "Take one of the two files out.", line.Line);
        else if (first.AttemptId != line.AttemptId)
            faults.Add(part, line.File, $"{line.Key} is {line.AttemptId} here and {first.AttemptId} in {there}: both stores have run this "
                + "case, without knowing of each other.",
                "Leave one of the two stores out. Shards of one division, and workers that share their claims, never do this.", line.Line);
        else
            faults.Add(part, line.File, $"The record of {line.Key} is another one than in {there}.",
                "Both stores went on with one attempt, or one record was changed. Leave one of the two stores out.", line.Line);
    }

    private static string PathOf(MergePart part, string file) => Path.Combine(part.Lines.ExperimentFolder, file);
}
