using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace SaaS.AppHost.Embedded;

/// <summary>Which ports of the loopback address can be had.</summary>
internal static partial class Ports
{
    // The ports above are those that systems give to whoever asks for any, also for a client's end of a connection: one of them may be gone the moment after it was found free.
    private const int First = 10_000;
    private const int Last = 32_767;
    private const int Tries = 1_000;

    private static readonly ConcurrentDictionary<int, bool> Given = [];
    private static readonly string[] SocketTables = ["/proc/net/tcp", "/proc/net/tcp6"];
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The preferred port, or any free one where it is taken; 0 prefers none.</summary>
    internal static int FreeOr(int preferred, ILogger log)
    {
        var port = (preferred == 0 ? null : TryListen(preferred)) ?? TryAny() ?? throw new EngineException("no port is free");
        if (preferred != 0 && port != preferred)
        {
            LogTaken(log, preferred, port);
        }

        return port;
    }

    /// <summary>For the one port that people know by heart: another would only puzzle them.</summary>
    internal static async Task RequireAsync(int port, TimeSpan patience, TimeProvider clock, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (TryListen(port) is null)
        {
            if (clock.GetElapsedTime(started) >= patience)
            {
                var owner = OwnerOf(port) is { } name ? $" by {name}" : "";
                throw new EngineException($"Port {port} is taken{owner}: stop that, or choose another with --port.");
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }

    // None is given twice: who was given one may not listen there yet.
    private static int? TryAny() =>
        Enumerable.Range(0, Tries).Select(_ => RandomNumberGenerator.GetInt32(First, Last + 1)).Where(port => Given.TryAdd(port, true)).Select(TryListen).FirstOrDefault(port => port is not null);

    private static int? TryListen(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static string? OwnerOf(int port)
    {
        // "  0: 0100007F:1387 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 48213 …": local address, state (0A listens), inode
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        var listening = SocketTables
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(column => column is [_, var local, _, "0A", ..] && local.EndsWith(suffix, StringComparison.Ordinal));
        return listening is [_, _, _, _, _, _, _, _, _, var inode, ..] ? HolderOf($"socket:[{inode}]") : null;
    }

    private static string? HolderOf(string socket) => Directory.EnumerateDirectories("/proc")
        .Where(process => int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out _) && Holds(process, socket))
        .Select(process => $"{File.ReadAllText(Path.Combine(process, "comm")).Trim()} (process {Path.GetFileName(process)})")
        .FirstOrDefault();

    private static bool Holds(string process, string socket)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(file => new FileInfo(file).LinkTarget == socket);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended meanwhile, or belongs to somebody else
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "port {Preferred} is taken, using {Port}")]
    private static partial void LogTaken(ILogger log, int preferred, int port);
}
