namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>Where those who wait for programs read how it goes.</summary>
/// <param name="Notice">Takes a sentence.</param>
/// <param name="Output">Takes each line that the making prints; null is nobody.</param>
internal sealed record ProgramNews(Action<string> Notice, Action<string>? Output = null);

/// <summary>Programs that are ready.</summary>
/// <param name="Volume">Where.</param>
/// <param name="Mark">What was noted when they were made.</param>
/// <param name="WasPresent">Whether they were there before.</param>
internal sealed record MadePrograms(ProgramVolume Volume, ProgramMark Mark, bool WasPresent);

/// <summary>A volume that was made here.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Name">Of the agent.</param>
/// <param name="Mark">Null while it is being made, and of one that was torn.</param>
internal sealed record OwnPrograms(ProgramVolume Volume, string Name, ProgramMark? Mark);
