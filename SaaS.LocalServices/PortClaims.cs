using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>
/// Ports that stacks of this user have assigned but may not listen on yet, so that two stacks that start at the same time choose
/// different ports. A claim ends with its process.
/// </summary>
internal sealed class PortClaims : IDisposable
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private static string Folder => Path.Combine(Path.GetTempPath(), $"saas-platform-{Environment.UserName}", "ports");

    private readonly FileStream? _lock;

    private PortClaims(FileStream? held, IReadOnlySet<int> others) => (_lock, OtherPorts) = (held, others);

    /// <summary>The ports that other stacks have claimed.</summary>
    internal IReadOnlySet<int> OtherPorts { get; }

    /// <summary>Reads the claims of other stacks and locks them until disposal.</summary>
    internal static async Task<PortClaims> OpenAsync(TimeProvider clock)
    {
        try
        {
            PrivateFolder.Create(Folder);
            var held = await LockAsync(clock);
            return new PortClaims(held, Directory.EnumerateFiles(Folder, "*.claim").SelectMany(Read).ToHashSet());
        }
        catch (Exception denied) when (denied is UnauthorizedAccessException or IOException)
        {
            return new PortClaims(held: null, new HashSet<int>()); // claims are best effort
        }
    }

    /// <summary>Claims ports until this process ends.</summary>
    internal void Add(IEnumerable<int> ports)
    {
        if (_lock is not null)
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Path.GetRandomFileName()}.claim");
            PrivateFolder.Write(Path.Combine(Folder, file), string.Join(' ', ports));
        }
    }

    public void Dispose() => _lock?.Dispose();

    private static IEnumerable<int> Read(string file)
    {
        if (RunningProcesses.Contains(Path.GetFileName(file).Split('-')[0]))
        {
            return File.ReadAllText(file)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(port => int.Parse(port, CultureInfo.InvariantCulture));
        }

        File.Delete(file);
        return [];
    }

    private static async Task<FileStream> LockAsync(TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.GetElapsedTime(started) < LockTimeout)
            {
                await Task.Delay(PollInterval, clock);
            }
        }
    }
}
