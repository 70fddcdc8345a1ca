using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SaaS.LocalServices;

/// <summary>Finds ports of the loopback addresses that are free, on IPv4 and, where the machine has it, on IPv6.</summary>
internal static class Ports
{
    // Systems give the ports above to any client's end of a connection: one of them may be taken the moment after it was found free.
    private const int First = 10_000;
    private const int Last = 32_767;
    private const int Tries = 1_000;

    private static readonly ConcurrentDictionary<int, bool> Given = [];
    private static readonly string[] SocketTables = ["/proc/net/tcp", "/proc/net/tcp6"];
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the preferred port, or any free one where it is taken; 0 prefers none.</summary>
    internal static int FreeOr(int preferred) =>
        (preferred == 0 || !IsFree(preferred) ? FreePort() : preferred) ?? throw new LocalServiceException("No port is free.");

    /// <summary>Waits until the port is free, for the one port that people know by heart.</summary>
    /// <exception cref="LocalServiceException">It was not free in time.</exception>
    internal static async Task RequireAsync(int port, TimeSpan timeout, TimeProvider clock, CancellationToken ct)
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

    /// <summary>Returns " by NAME (process ID)", or nothing where the owner cannot be seen.</summary>
    internal static string ByOwner(int port) => OwnerOf(port) is { } owner ? $" by {owner}" : "";

    // Each is given once: its recipient may not listen there yet.
    private static int? FreePort() => Enumerable.Range(0, Tries)
        .Select(_ => RandomNumberGenerator.GetInt32(First, Last + 1))
        .Where(port => Given.TryAdd(port, true) && IsFree(port))
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

    private static string? OwnerOf(int port)
    {
        // Local address, state (0A listens), inode:
        // "  0: 0100007F:1387 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 48213 …"
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
            return false; // it has ended meanwhile, or belongs to another user
        }
    }
}
