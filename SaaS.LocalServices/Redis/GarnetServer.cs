using System.Globalization;
using Garnet.common;
using Microsoft.Extensions.Logging.Abstractions;

namespace SaaS.LocalServices;

/// <summary>Redis's protocol, served from this process.</summary>
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
            "--bind", "127.0.0.1",
            "--port", port.ToString(CultureInfo.InvariantCulture),
            "--auth", "Password",
            "--password", password,
            "--memory", "64m",
            "--page", "1m",
            "--index", "8m",
            "--checkpointdir", dataDirectory,
            "--lua=true",
            "-q",

            // The native device ends the whole process on a glibc older than 2.38.
            "--device-type", "RandomAccess",

            // What was acknowledged a second ago survives a kill -9.
            "--aof=true",
            "--aof-commit-freq", "1000",
            "--recover=true",
            "--aof-size-limit", "256m",
        ];

        // Without a logger of ours Garnet writes to the console, even of its own orderly end.
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
        await _server.Store.CommitAOFAsync(CancellationToken.None); // disposing alone would forget the last second
        _server.Dispose(deleteDir: false);
    }
}
