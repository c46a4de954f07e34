namespace Tandem.Analysis.Judgements;

/// <summary>The command that lets a judge read an experiment's runs.</summary>
internal static class JudgeCall
{
    /// <summary>With the judge that costs nothing and needs no key.</summary>
    public static string For(string experiment) => $"./run.sh judge {experiment} --rubric symptoms --judge-model builtin:rules";
}
