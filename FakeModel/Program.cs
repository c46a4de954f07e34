using System.CommandLine;
using Tandem.FakeModel;

var port = new Option<int>("--port") { Description = "Where to listen on 127.0.0.1; 0 is any free port.", DefaultValueFactory = _ => 8099 };
var script = new Option<FileInfo?>("--script")
{ Description = "A script of answers by agent (see FakeScript.Read); without it every agent looks around, writes one file and submits." };
var root = new RootCommand("A scripted model that costs nothing: chat completions, responses, messages, generateContent. Prints its base URL; Ctrl-C ends it.")
    { port, script };
root.SetAction(async (parsed, cancellationToken) =>
{
    try
    {
        Func<FakeRequest, FakeAnswer> answers = parsed.GetValue(script) is FileInfo file ? FakeScript.Read(file.FullName)
            : FakeScript.Default;
        FakeModelServer server = await FakeModelServer.StartAsync(answers, parsed.GetValue(port));
        await using (server)
        {
            Console.WriteLine(server.BaseUrl);
            await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            foreach (FakeRequest request in server.Requests)
            {
                Console.Error.WriteLine($"{request.Number}: {request.AgentId ?? "?"}, {request.Dialect}, {request.Path}, {request.Model}, "
                    + $"answers before it: {request.Turn}, {(request.Usage is null ? "no usage" : request.Usage.ToString())}");
            }
            foreach (string other in server.Others)
                Console.Error.WriteLine(other);
            Console.Error.WriteLine($"{server.Count} requests were answered.");
        }
        return 0;
    }
    catch (Exception exception) when (exception is FormatException or IOException)
    {
        Console.Error.WriteLine(exception.Message);
        return 2;
    }
});
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(5) })
    ;
