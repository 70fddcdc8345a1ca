using System.Globalization;
using Garnet.common;
using Microsoft.Extensions.Logging.Abstractions;

namespace SaaS.LocalServices;

/// <summary>A Garnet server (Redis protocol) in this process.</summary>
internal sealed class GarnetServer : IAsyncDisposable
{
    private readonly Garnet.GarnetServer _server;

    private GarnetServer(Garnet.GarnetServer server, string address, string password)
    {
        _server = server;
        Address = address;
        ConnectionString = $"{address},password={password}";
    }

    internal string Address { get; }

    internal string ConnectionString { get; }

    internal static GarnetServer Start(string dataDirectory, string password, int port)
    {
        string[] arguments =
        [
            "--bind",
            "127.0.0.1",
            "--port",
            port.ToString(CultureInfo.InvariantCulture),
            "--auth",
            "Password",
            "--password",
            password,
            "--memory",
            "64m",
            "--page",
            "1m",
            "--index",
            "8m",
            "--checkpointdir",
            dataDirectory,
            "--lua=true",
            "-q",
            // The native device crashes the process on glibc older than 2.38.
            "--device-type",
            "RandomAccess",
            // Writes that were acknowledged a second ago survive a kill -9.
            "--aof=true",
            "--aof-commit-freq",
            "1000",
            "--recover=true",
            "--aof-size-limit",
            "256m",
        ];

        // Without a logger Garnet writes to the console, even on a graceful shutdown.
        var server = new Garnet.GarnetServer(arguments, NullLoggerFactory.Instance);
        try
        {
            server.Start();
        }
        catch (GarnetException refused)
        {
            server.Dispose(deleteDir: false);
            throw new LocalServiceException($"cannot listen on port {port}: {refused.InnerException?.Message ?? refused.Message}", refused);
        }

        return new GarnetServer(server, $"127.0.0.1:{port}", password);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.Store.CommitAOFAsync(CancellationToken.None); // disposing alone would lose the last second
        _server.Dispose(deleteDir: false);
    }
}
