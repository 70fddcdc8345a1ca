using Microsoft.Extensions.Logging;

namespace SaaS.LocalServices;

/// <summary>A host process from its build output, monitored through its readiness endpoint.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly SupervisedProcess _process;

    private HostProcess(SupervisedProcess process, string address)
    {
        _process = process;
        Address = address;
    }

    internal string Address { get; }

    internal static HostProcess Launch(
        HostProject project,
        int port,
        IReadOnlyDictionary<string, string?> settings,
        ILogger log,
        TimeProvider clock,
        CancellationToken skipWait,
        params IReadOnlyList<string> arguments
    )
    {
        var address = $"http://127.0.0.1:{port}";
        var command = project.Command(arguments, new Dictionary<string, string?>(settings) { ["ASPNETCORE_URLS"] = address });
        var supervised = new SupervisedCommand(
            Prepare: _ => Task.FromResult(command),
            IsReady: ct => IsReadyAsync(new Uri($"{address}/health/ready"), ct),
            OnLine: line => HostOutput.Log(log, line)
        );
        return new HostProcess(new SupervisedProcess(supervised, log, clock, skipWait), address);
    }

    internal async Task<HostProcess> WaitUntilReadyAsync(CancellationToken ct)
    {
        await _process.Ready.WaitAsync(ct);
        return this;
    }

    internal void Kill() => _process.Kill();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<bool> IsReadyAsync(Uri address, CancellationToken ct)
    {
        try
        {
            using var answer = await Http.GetAsync(address, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false; // listening, but too busy to answer
        }
    }
}
