using System.Reflection;
using Tandem.Experiments.Tests;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestFramework(typeof(CaseTestFramework))]

namespace Tandem.Experiments.Tests;

/// <summary>xunit's own framework, with two differences: cases start in the order of the plan, and as many run at once as the experiment
/// says.</summary>
public sealed class CaseTestFramework : XunitTestFramework
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(Assembly assembly) =>
        new Executor(new XunitTestAssembly(assembly, configFilePath: null));

    private sealed class Executor(IXunitTestAssembly testAssembly) : XunitTestFrameworkExecutor(testAssembly)
    {
        public override async ValueTask RunTestCases(
            IReadOnlyCollection<IXunitTestCase> testCases, IMessageSink executionMessageSink,
                ITestFrameworkExecutionOptions executionOptions, CancellationToken cancellationToken)
        {
            // A case that waits for a thread of xunit's would come out of order, and turn red when the run is stopped.
            executionOptions.SetMaxParallelThreads(-1);
            await new Runner().Run(TestAssembly, testCases, executionMessageSink, executionOptions, cancellationToken);
        }
    }

    private sealed class Runner : XunitTestAssemblyRunner
    {
        // Wide enough that workers seldom meet, narrow enough that the plan's order holds on the whole.
        private const int SharedWindow = 512;

        private Turns _turns = new([], 1);

        protected override List<(IXunitTestCollection Collection,
            List<IXunitTestCase> TestCases)> OrderTestCollections(XunitTestAssemblyRunnerContext ctxt)
        {
            ExperimentView? view = CaseDataAttribute.TryView();
            ScenarioView? scenarios = ScenarioDataAttribute.TryView();
            // Workers that share a matrix begin at different places of it; each row that another worker has is passed over at once.
            bool isShared = view?.Configuration.Run.Claims == ClaimChoice.Postgres;
            Dictionary<string, int> places = (view?.Cases.Select(c => c.CaseId.ToString())
                ?? scenarios?.Cases.Select(c => c.Id.ToString()) ?? [])
                .Select((id, i) => (id, place: isShared ? PlaceOf(id, i) : i)).ToDictionary(p => p.id, p => p.place);
            List<(IXunitTestCollection Collection, List<IXunitTestCase> TestCases)> ordered =
                [.. base.OrderTestCollections(ctxt)
                    .OrderBy(c => places.GetValueOrDefault(c.Collection.TestCollectionDisplayName, int.MaxValue))];
            _turns = new Turns([.. ordered.Select(c => c.Collection.UniqueID)],
                view?.Configuration.Run.Concurrency ?? scenarios?.Experiment.Configuration.Run.Concurrency ?? 1);
            // Once stopped, some collections may never come: nobody may wait for them.
            ctxt.CancellationTokenSource.Token.Register(_turns.Open);
            return ordered;
        }

        /// <summary>Another one in each process; run files name the process.</summary>
        private static int PlaceOf(string id, int planned) => (planned / SharedWindow * SharedWindow)
            + (int)(SharedWindow * new StableRandom($"{ProcessIdentity.Current} {id}").Next());

        protected override async ValueTask<RunSummary> RunTestCollection(XunitTestAssemblyRunnerContext ctxt,
            IXunitTestCollection testCollection, IReadOnlyCollection<IXunitTestCase> testCases)
        {
            await _turns.EnterAsync(testCollection.UniqueID);
            try
            {
                return await base.RunTestCollection(ctxt, testCollection, testCases);
            }
            finally
            {
                _turns.Leave();
            }
        }
    }
}

/// <summary>Lets waiting tasks go in a fixed order, a fixed number at once. Each of them must come, or those behind it wait for
/// ever.</summary>
internal sealed class Turns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _places;
    private readonly TaskCompletionSource[] _waiting;
    private readonly bool[] _hasCome;
    private int _next;
    private int _free;

    public Turns(IReadOnlyList<string> order, int atOnce)
    {
        _places = order.Select((id, i) => (id, i)).ToDictionary(p => p.id, p => p.i);
        _waiting = [.. order.Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        _hasCome = new bool[order.Count];
        _free = atOnce;
    }

    /// <summary>Waits for the turn and a free place.</summary>
    public Task EnterAsync(string id)
    {
        lock (_lock)
        {
            int place = _places[id];
            _hasCome[place] = true;
            LetGo();
            return _waiting[place].Task;
        }
    }

    /// <summary>Frees a place.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _free++;
            LetGo();
        }
    }

    /// <summary>Lets everybody go.</summary>
    public void Open()
    {
        lock (_lock)
        {
            Array.Fill(_hasCome, true);
            _free = int.MaxValue / 2;
            LetGo();
        }
    }

    private void LetGo()
    {
        while (_free > 0 && _next < _waiting.Length && _hasCome[_next])
        {
            _free--;
            _waiting[_next++].SetResult();
        }
    }
}
