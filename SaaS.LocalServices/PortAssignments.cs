using System.Text.Json;

namespace SaaS.LocalServices;

/// <summary>Assigns a port to each service and stores it in the data folder, so that the next start has the same addresses.</summary>
internal sealed class PortAssignments(string? file, PortClaims claims)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, int> _previous = Read(file);
    private readonly Dictionary<string, int> _assigned = [];

    /// <summary>
    /// Assigns the port of the last run, the preferred port, or any free port, in this order. Without a file it assigns any free port.
    /// </summary>
    internal int Assign(string service, int preferred)
    {
        int[] candidates =
            file is null ? []
            : _previous.TryGetValue(service, out var last) ? [last, preferred]
            : [preferred];
        var port = candidates.FirstOrDefault(candidate =>
            !_assigned.ContainsValue(candidate) && !claims.OtherPorts.Contains(candidate) && Ports.IsFree(candidate)
        );
        return _assigned[service] = port == 0 ? FindUnclaimedPort() : port;
    }

    // A port that another stack has claimed would be in use at the next start, so the address would change.
    private int FindUnclaimedPort()
    {
        int port;
        do
        {
            port = Ports.FreeOr(0);
        } while (claims.OtherPorts.Contains(port));

        return port;
    }

    /// <summary>Waits until the processes of a killed run have released the ports of the last run.</summary>
    internal async Task WaitForPreviousRunAsync(TimeSpan timeout, TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < timeout && !_previous.Values.All(Ports.IsFree))
        {
            await Task.Delay(PollInterval, clock);
        }
    }

    /// <summary>Stores the assignments for the next start, and claims the ports against other stacks.</summary>
    internal void Save()
    {
        claims.Add(_assigned.Values);
        if (file is not null)
        {
            var ports = _previous.Concat(_assigned).GroupBy(port => port.Key).ToDictionary(port => port.Key, port => port.Last().Value);
            PrivateFolder.Replace(file, JsonSerializer.Serialize(ports));
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
            return []; // malformed after a manual edit: use the preferred ports
        }
    }
}
