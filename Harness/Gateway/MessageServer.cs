using Microsoft.Extensions.DependencyInjection;

namespace Tandem.Harness.Gateway;

/// <summary>The message tools over the Model Context Protocol. Nothing runs in the sandbox for it, and the server keeps nothing between two
/// requests: whose they are, their connection says.</summary>
internal static class MessageServer
{
    public static void AddTo(IServiceCollection services) => services
        .AddMcpServer(options => options.ServerInfo = new() { Name = "tandem", Version = "1" })
        .WithHttpTransport(options => options.Stateless = true)
        .WithTools<MessageTools>();
}
