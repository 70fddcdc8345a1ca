using SaaS.AppHost.Embedded;

namespace SaaS.Benchmarks;

/// <summary>The bare endpoint in a process of its own, as the API is: started from this program's own output.</summary>
internal sealed class BareEndpointProcess : IAsyncDisposable
{
    /// <summary>The command that makes this program serve the endpoint instead of measuring.</summary>
    internal const string Command = "serve-bare-endpoint";

    private readonly SupervisedProcess _process;

    private BareEndpointProcess(SystemUnderMeasurement system, int port, string? files)
    {
        Address = new Uri($"http://127.0.0.1:{port}");
        var log = system.Log("bare");
        var command = new HostProject("SaaS.Benchmarks").Command([Command], new Dictionary<string, string?>(system.Settings) { ["ASPNETCORE_URLS"] = Address.ToString(), [BareEndpoint.FilesFolder] = files });
        _process = new SupervisedProcess(
            new SupervisedCommand(_ => Task.FromResult(command), IsReadyAsync, line => HostOutput.Log(log, line)), log, SystemUnderMeasurement.Clock, hurry: CancellationToken.None);
    }

    internal Uri Address { get; }

    internal static async Task<BareEndpointProcess> StartAsync(SystemUnderMeasurement system, CancellationToken ct, string? files = null)
    {
        var bare = new BareEndpointProcess(system, Ports.FreeOr(0, system.Log("bare")), files);
        await bare._process.Ready.WaitAsync(ct);
        return bare;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var http = Load.NewClient();
            using var answer = await http.GetAsync(new Uri(Address, BareEndpoint.Health), ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }
}
