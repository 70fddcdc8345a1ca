using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>A Garnet server in its own process, as in production: this program in the role of the server.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    internal const string Role = "serve-redis";

    private const string Folder = "REDIS_FOLDER";
    private const string Port = "REDIS_PORT";
    private const string Password = "REDIS_PASSWORD";

    private readonly SupervisedProcess _process;

    private RedisProcess(string folder, string password, int port, ILogger log)
    {
        ConnectionString = $"127.0.0.1:{port},password={password}";
        var command = new HostProject("SaaS.Benchmarks").Command(
            [Role],
            new Dictionary<string, string?>
            {
                [Folder] = folder,
                [Password] = password,
                [Port] = port.ToString(CultureInfo.InvariantCulture),
            }
        );
        _process = new SupervisedProcess(
            new SupervisedCommand(_ => Task.FromResult(command), ct => ListensAsync(port, ct), line => HostOutput.Log(log, line)),
            log,
            SystemUnderMeasurement.Clock,
            skipWait: CancellationToken.None
        );
    }

    internal string ConnectionString { get; }

    internal static async Task<RedisProcess> StartAsync(string folder, string password, ILogger log, CancellationToken ct)
    {
        var redis = new RedisProcess(folder, password, Ports.FreeOr(0), log);
        await redis._process.Ready.WaitAsync(ct);
        return redis;
    }

    internal static async Task<int> ServeAsync()
    {
        using var stopping = new Interruption();
        await using var server = GarnetServer.Start(
            GetVariable(Folder),
            GetVariable(Password),
            int.Parse(GetVariable(Port), CultureInfo.InvariantCulture)
        );
        await Task.Delay(Timeout.Infinite, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;

        static string GetVariable(string name) =>
            Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is missing.");
    }

    internal void Kill() => _process.Kill();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<bool> ListensAsync(int port, CancellationToken ct)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
