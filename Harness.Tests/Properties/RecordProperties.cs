using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Properties;

/// <summary>What is written to the store is read back the same, whatever agents and programs put into it.</summary>
public sealed class RecordProperties
{
    /// <summary>Half a surrogate pair is no text: UTF-8 has no bytes for it, and it comes back as U+FFFD.</summary>
    private static readonly Gen<string> s_text = ArbMap.Default.GeneratorFor<UnicodeString>()
        .Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get ?? "")));
    private static readonly Gen<DateTimeOffset> s_time = ArbMap.Default.GeneratorFor<DateTime>()
        .Select(time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)));

    private static readonly Arbitrary<MessageRecord> s_messages = (
        from text in s_text
        from to in s_text
        from sent in s_time
        from delivered in Gen.OneOf(s_time.Select(t => (DateTimeOffset?)t), Gen.Constant((DateTimeOffset?)null))
        from step in ArbMap.Default.GeneratorFor<int?>()
        select new MessageRecord("agent1", to, text, sent, delivered, null, 1, step, null)).ToArbitrary();

    private static readonly Arbitrary<TrajectoryEvent> s_events = (
        from text in s_text
        from output in s_text
        from seconds in Gen.OneOf(
            ArbMap.Default.GeneratorFor<NormalFloat>().Where(f => Math.Abs(f.Get) <= Plausible.MostNumber).Select(f => (double?)f.Get),
            Gen.Constant((double?)null))
        from cost in ArbMap.Default.GeneratorFor<decimal?>()
            .Where(cost => cost is null || Plausible.Usd(Math.Abs(cost.Value)) is not null)
        from exit in ArbMap.Default.GeneratorFor<int?>()
        from at in s_time
        select new TrajectoryEvent(at, "solo", 1, "command", text, output, exit, seconds, cost,
            new TokenCounts(Plausible.MostTokens, 0, null, 1)))
            .ToArbitrary();

    [Fact]
    public void A_message_of_any_text_is_one_line_and_comes_back_the_same() =>
        Prop.ForAll(s_messages, message =>
        {
            byte[] line = StoreJson.ToLine<IReadOnlyList<MessageRecord>>([message]);
            return !line.Contains((byte)'\n') && StoreJson.Read<IReadOnlyList<MessageRecord>>(line).Single() == message;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_line_of_a_trajectory_comes_back_the_same() =>
        Prop.ForAll(s_events, entry => StoreJson.Read<TrajectoryEvent>(StoreJson.ToLine(entry)) == entry).QuickCheckThrowOnFailure();

    [Fact]
    public void A_case_id_is_read_exactly_as_it_is_written_and_no_other_text_is_one() =>
        Prop.ForAll(
            (from setting in Gen.Elements(Enum.GetValues<Setting>())
             from task in ArbMap.Default.GeneratorFor<NonNegativeInt>()
             from seed in ArbMap.Default.GeneratorFor<NonNegativeInt>()
             from features in ArbMap.Default.GeneratorFor<PositiveInt[]>().Where(f => f.Length > 0)
             from noise in s_text
             select (Id: new CaseId(setting, "click_task", task.Get, FeatureSet.Create([.. features.Select(f => f.Get).Distinct()]),
                 seed.Get), noise)).ToArbitrary(),
            made => CaseId.Parse(made.Id.ToString()).Equals(made.Id)
                && (!CaseId.TryParse(made.noise, out CaseId? other) || other.ToString() == made.noise)
                && (made.noise.Length == 0 || !CaseId.TryParse(made.Id + made.noise, out CaseId? longer)
                || longer.ToString() == made.Id + made.noise)).QuickCheckThrowOnFailure();
}
