using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Doctor;

/// <summary>Has the engine address pools left? Its defaults end at about 30 networks, and then no tool on this host can make
/// another.</summary>
internal static class NetworkCheck
{
    private const int About = 30;
    private const int Many = 24;

    /// <summary>The bridge that every engine has; its pool is its own.</summary>
    private const string DefaultBridge = "bridge";

    /// <exception cref="SandboxException">It does not answer.</exception>
    public static async Task<Finding> ExamineAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        IList<NetworkResponse> networks = await engine.ListNetworksAsync(label: null, cancellationToken);
        return Judge(networks.Count(network => network.Driver == "bridge" && network.Name != DefaultBridge));
    }

    public static Finding Judge(int userNetworks) => userNetworks < Many
        ? Finding.Ok("NETWORKS", $"{userNetworks} of about {About} address pools in use")
        : new Finding("NETWORKS", Severity.Warning, $"{userNetworks} of about {About} address pools in use",
        "`docker network prune` removes networks that no container uses");
}
