using System.CommandLine;
using Tandem.FakeModel;
using Tandem.Records.Text;

var port = new Option<int>("--port") { Description = "Where to listen on 127.0.0.1; 0 is any free port.", DefaultValueFactory = _ => 8099 };
var script = new Option<FileInfo?>("--script")
{ Description = "A script of answers by agent (see FakeScript.Read); without it every agent looks around, writes one file and submits." };
var requests = new Option<FileInfo?>("--requests")
{ Description = "Where to write every call and its usage at the end, a line of JSON each." };
var root = new RootCommand(
    "A scripted model that costs nothing: chat completions, responses, messages, generateContent. Prints its base URL; Ctrl-C ends it.")
    { port, script, requests };
root.SetAction(async (parsed, cancellationToken) =>
{
    try
    {
        Func<FakeRequest, FakeAnswer> answers = parsed.GetValue(script) is FileInfo file ? FakeScript.Read(file.FullName)
            : FakeScript.Default;
        FakeModelServer server = await FakeModelServer.StartAsync(answers, parsed.GetValue(port));
        await using (server)
        {
            PrintableConsole.Out.WriteLine(server.BaseUrl);
            await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            if (parsed.GetValue(requests) is FileInfo log)
                await File.WriteAllLinesAsync(log.FullName, server.Requests.Select(request => request.ToJson().ToJsonString()), default);
            PrintableConsole.Error.WriteLine($"{server.Count} requests were answered.");
            foreach (string other in server.Others.Distinct())
                PrintableConsole.Error.WriteLine($"Asked beside the model: {other}");
        }
        return 0;
    }
    catch (Exception exception) when (exception is FormatException or IOException)
    {
        PrintableConsole.Error.WriteLine(exception.Message);
        return 2;
    }
});
return await root.Parse(args).InvokeAsync(new InvocationConfiguration
{
    // What clients ask and what scripts hold is printed, too.
    Output = PrintableConsole.Out,
    Error = PrintableConsole.Error,
    ProcessTerminationTimeout = TimeSpan.FromSeconds(5),
});
