namespace Tandem.Harness.Models;

/// <summary>What models cost, from a file with its date and source.</summary>
public sealed class PriceTable
{
    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public string Digest => throw new NotImplementedException();

    /// <summary>The day of which the prices are.</summary>
    public DateOnly Date => throw new NotImplementedException();

    /// <summary>Where they come from.</summary>
    public string Source => throw new NotImplementedException();

    /// <summary>Reads a table.</summary>
    public static PriceTable Read(string file) => throw new NotImplementedException(file);

    /// <summary>The price of a model; null if the table does not have it.</summary>
    public ModelPrice? Find(string model) => throw new NotImplementedException(model);
}
