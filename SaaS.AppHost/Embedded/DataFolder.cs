using System.Globalization;

namespace SaaS.AppHost.Embedded;

/// <summary>Everything that outlives a run, in one folder that one AppHost uses at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly bool _ephemeral;
    private readonly FileStream _lock;

    private DataFolder(string root, bool ephemeral)
    {
        _ephemeral = ephemeral;

        // PostgreSQL never runs as root: its own user then has to pass through this folder to reach the one that belongs to it.
        Root = Environment.IsPrivilegedProcess ? PrivateFolder.CreatePassable(root) : PrivateFolder.Create(root);
        _lock = Lock();
        var pid = Path.Combine(Root, "pid");
        LastRunWasKilled = File.Exists(pid);
        File.WriteAllText(pid, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

        Redis = PrivateFolder.Create(Path.Combine(Root, "redis"));
        Objects = PrivateFolder.Create(Path.Combine(Root, "objects"));
        Keys = PrivateFolder.Create(Path.Combine(Root, "keys"));
        Spool = PrivateFolder.Create(Path.Combine(Root, "spool"));
        Mail = PrivateFolder.Create(Path.Combine(Root, "mail"));
    }

    internal string Root { get; }

    /// <summary>Created by PostgreSQL's own initdb: its existence tells a warm start from a first one.</summary>
    internal string Postgres => Path.Combine(Root, "postgres");

    /// <summary>What the hosts are configured with, for commands that work on the running stack; there only while it runs.</summary>
    internal string HostSettings => Path.Combine(Root, "hosts.json");

    internal string Redis { get; }

    internal string Objects { get; }

    internal string Keys { get; }

    internal string Spool { get; }

    internal string Mail { get; }

    /// <summary>The last run did not take leave, so its children may be ending only now.</summary>
    internal bool LastRunWasKilled { get; }

    internal static DataFolder Open(string path) => new(path, ephemeral: false);

    internal static DataFolder OpenEphemeral() => new(Path.Combine(Path.GetTempPath(), $"saas-{Path.GetRandomFileName()}"), ephemeral: true);

    public void Dispose()
    {
        File.Delete(HostSettings);
        File.Delete(Path.Combine(Root, "pid"));
        _lock.Dispose();
        if (_ephemeral)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    // The operating system holds the lock and lets go of it when the process ends, however it ends.
    private FileStream Lock()
    {
        try
        {
            return new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            var pid = Path.Combine(Root, "pid");
            var other = File.Exists(pid) ? $"process {File.ReadAllText(pid)}" : "another process";
            throw new EngineException($"{Root} is in use by {other}: stop it, or choose another folder with --data.");
        }
    }
}
