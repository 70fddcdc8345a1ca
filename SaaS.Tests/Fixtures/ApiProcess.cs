using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.AppHost.Embedded;

namespace SaaS.Tests.Fixtures;

/// <summary>The API as a process of its own, for tests that kill it.</summary>
internal sealed class ApiProcess : IDisposable
{
    private readonly Process _process;

    private ApiProcess(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public static async Task<ApiProcess> StartAsync(Dictionary<string, string?> environment)
    {
        var address = new Uri($"http://127.0.0.1:{Ports.FreeOr(0, NullLogger.Instance)}");
        environment["ASPNETCORE_URLS"] = address.ToString();
        var command = HostProject.Api.Command([], environment);
        var start = new ProcessStartInfo(command.Executable) { WorkingDirectory = command.WorkingDirectory };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var api = new ApiProcess(Process.Start(start)!, address);
        await Eventually.HoldsAsync(api.IsReadyAsync, "the API does not become ready");
        return api;
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
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
