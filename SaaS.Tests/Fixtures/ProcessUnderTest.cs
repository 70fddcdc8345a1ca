using System.Diagnostics;
using System.Globalization;
using SaaS.LocalServices;

namespace SaaS.Tests.Fixtures;

/// <summary>A host as a separate process, for tests that kill it.</summary>
internal sealed class ProcessUnderTest : IDisposable, IAsyncDisposable
{
    private readonly Process _process;

    private ProcessUnderTest(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public static async Task<ProcessUnderTest> StartAsync(HostProject project, Dictionary<string, string?> environment, int port = 0)
    {
        var address = new Uri($"http://127.0.0.1:{(port == 0 ? Ports.FreeOr(0) : port)}");
        environment["ASPNETCORE_URLS"] = address.ToString();
        var command = project.Command([], environment);
        var start = new ProcessStartInfo(command.Executable) { WorkingDirectory = command.WorkingDirectory };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var host = new ProcessUnderTest(Process.Start(start)!, address);
        await Eventually.HoldsAsync(host.IsReadyAsync, $"{project.Name} does not become ready");
        return host;
    }

    /// <summary>Kills the process with SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    private async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Stops the process as an orchestrator does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await StopAsync();
        }

        Dispose();
    }

    public void Dispose()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
