using System.Text.Json;

namespace SaaS.LocalServices;

/// <summary>Assigns a port to each service, and keeps the substitutes in the data folder: the next start has the same addresses.</summary>
internal sealed class PortAssignments(string? file, PortClaims claims)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, int> _kept = Read(file);
    private readonly Dictionary<string, int> _assigned = [];

    /// <summary>
    /// Assigns the port of the last run, or else the preferred one, or else any that is free. Without a file it is always any.
    /// </summary>
    internal int Assign(string service, int preferred)
    {
        int[] candidates = file is null ? [] : _kept.TryGetValue(service, out var last) ? [last, preferred] : [preferred];
        var port = candidates.FirstOrDefault(candidate =>
            !_assigned.ContainsValue(candidate) && !claims.Others.Contains(candidate) && Ports.IsFree(candidate));
        return _assigned[service] = port == 0 ? AnyUnclaimed() : port;
    }

    // One that another stack has claimed would be that stack's at the next start, and this one would get another address.
    private int AnyUnclaimed()
    {
        int port;
        do
        {
            port = Ports.FreeOr(0);
        }
        while (claims.Others.Contains(port));

        return port;
    }

    /// <summary>Gives the processes of a killed run time to end, which still listen on the ports of the last run.</summary>
    internal async Task WaitForLastAsync(TimeSpan timeout, TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < timeout && !_kept.Values.All(Ports.IsFree))
        {
            await Task.Delay(PollInterval, clock);
        }
    }

    /// <summary>Keeps the assignments for the next start, and from other stacks.</summary>
    internal void Save()
    {
        claims.Add(_assigned.Values);
        if (file is not null)
        {
            var ports = _kept.Concat(_assigned).GroupBy(port => port.Key).ToDictionary(port => port.Key, port => port.Last().Value);
            PrivateFolder.Write(file + ".new", JsonSerializer.Serialize(ports));
            File.Move(file + ".new", file, overwrite: true);
        }
    }

    private static Dictionary<string, int> Read(string? file)
    {
        try
        {
            return file is not null && File.Exists(file)
                ? JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(file)) ?? []
                : [];
        }
        catch (JsonException)
        {
            return []; // edited by hand: the usual ports are a good answer
        }
    }
}
