using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SaaS.LocalServices;

/// <summary>Finds ports that are free on the loopback addresses, on IPv4 and, when available, on IPv6.</summary>
internal static class Ports
{
    // Ports above are ephemeral ports of client connections, so one may be taken right after it was found free.
    private const int First = 10_000;
    private const int Last = 32_767;
    private const int Tries = 1_000;

    private static readonly ConcurrentDictionary<int, bool> Assigned = [];
    private static readonly string[] SocketTables = ["/proc/net/tcp", "/proc/net/tcp6"];
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the preferred port, or any free port when it is in use or 0.</summary>
    internal static int FreeOr(int preferred) =>
        (preferred == 0 || !IsFree(preferred) ? FreePort() : preferred) ?? throw new LocalServiceException("No port is free.");

    /// <summary>Waits until the port is free.</summary>
    /// <exception cref="LocalServiceException">The port is still in use after the timeout.</exception>
    internal static async Task WaitUntilFreeAsync(int port, TimeSpan timeout, TimeProvider clock, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (!IsFree(port))
        {
            if (clock.GetElapsedTime(started) >= timeout)
            {
                throw new LocalServiceException($"Port {port} is taken{ByOwner(port)}: stop that, or choose another with --port.");
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }

    /// <summary>Returns " by NAME (process ID)", or an empty string when the owner is unknown.</summary>
    internal static string ByOwner(int port) => FindOwner(port) is { } owner ? $" by {owner}" : "";

    // Each port is returned once, because its recipient may not listen on it yet.
    private static int? FreePort() =>
        Enumerable
            .Range(0, Tries)
            .Select(_ => RandomNumberGenerator.GetInt32(First, Last + 1))
            .Where(port => Assigned.TryAdd(port, true) && IsFree(port))
            .Select(port => (int?)port)
            .FirstOrDefault();

    internal static bool IsFree(int port) =>
        CanListen(IPAddress.Loopback, port) && (!HasIPv6Loopback() || CanListen(IPAddress.IPv6Loopback, port));

    private static bool HasIPv6Loopback() => Socket.OSSupportsIPv6 && CanListen(IPAddress.IPv6Loopback, 0);

    private static bool CanListen(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string? FindOwner(int port)
    {
        // Local address, state (0A = LISTEN), inode:
        // "  0: 0100007F:1387 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 48213 …"
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        var listening = SocketTables
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(column => column is [_, var local, _, "0A", ..] && local.EndsWith(suffix, StringComparison.Ordinal));
        return listening is [_, _, _, _, _, _, _, _, _, var inode, ..] ? FindSocketOwner($"socket:[{inode}]") : null;
    }

    private static string? FindSocketOwner(string socket) =>
        Directory
            .EnumerateDirectories("/proc")
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
            return false; // the process has ended or belongs to another user
        }
    }
}
