namespace Tandem.Records.Cases;

/// <summary>What is known of the repositories of CooperBench's dataset, which says nothing of it itself.</summary>
public static class CooperBenchRepos
{
    /// <summary>The language of each, by folder name.</summary>
    public static IReadOnlyDictionary<string, string> Languages { get; } = new Dictionary<string, string>
    {
        ["dottxt_ai_outlines_task"] = "python",
        ["dspy_task"] = "python",
        ["go_chi_task"] = "go",
        ["huggingface_datasets_task"] = "python",
        ["llama_index_task"] = "python",
        ["openai_tiktoken_task"] = "python",
        ["pallets_click_task"] = "python",
        ["pallets_jinja_task"] = "python",
        ["pillow_task"] = "python",
        ["react_hook_form_task"] = "typescript",
        ["samuelcolvin_dirty_equals_task"] = "python",
        ["typst_task"] = "rust",
    };
}
