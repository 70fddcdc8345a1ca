using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>The folder with all persistent data of a stack, used by one process at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    /// <summary>The format version, increased by changes that an older program cannot read.</summary>
    private const int Format = 1;

    // "lost+found" is in the root of a disk.
    private static readonly string[] KnownEntries =
    [
        EphemeralMarker,
        "format",
        "format.new",
        "hosts.json",
        "keys",
        LockName,
        "lost+found",
        "mail",
        "objects",
        "pid",
        "ports.json",
        "postgres",
        "redis",
        "spool",
    ];

    private const string EphemeralPrefix = "saas-";

    /// <summary>The file that marks an ephemeral folder, because a permanent folder may have a similar name.</summary>
    private const string EphemeralMarker = "ephemeral";

    private const string LockName = "lock";

    private readonly bool _ephemeral;
    private readonly FileStream _lock;

    private DataFolder(string root, bool ephemeral)
    {
        _ephemeral = ephemeral;
        CheckContents(root);

        // PostgreSQL does not run as root, so its user must be able to traverse this folder.
        Root = Environment.IsPrivilegedProcess ? PrivateFolder.CreatePassable(root) : PrivateFolder.Create(root);
        _lock = Lock();
        WriteEphemeralMarker(ephemeral);
        CheckFormat();
        LastRunWasKilled = File.Exists(PidFile);
        File.WriteAllText(PidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

        Redis = PrivateFolder.Create(Path.Combine(Root, "redis"));
        Objects = PrivateFolder.Create(Path.Combine(Root, "objects"));
        Keys = PrivateFolder.Create(Path.Combine(Root, "keys"));
        Spool = PrivateFolder.Create(Path.Combine(Root, "spool"));
        Mail = PrivateFolder.Create(Path.Combine(Root, "mail"));
    }

    internal string Root { get; }

    /// <summary>The PostgreSQL data directory, which does not exist before the first start.</summary>
    internal string Postgres => Path.Combine(Root, "postgres");

    /// <summary>The file with the assigned ports, so that the next start has the same addresses.</summary>
    internal string Ports => Path.Combine(Root, "ports.json");

    /// <summary>The file with the hosts' settings for commands; it exists only while the stack runs.</summary>
    internal string HostSettings => Path.Combine(Root, "hosts.json");

    internal string Redis { get; }

    internal string Objects { get; }

    internal string Keys { get; }

    internal string Spool { get; }

    internal string Mail { get; }

    /// <summary>True when the last run was killed, so that its child processes may still be ending.</summary>
    internal bool LastRunWasKilled { get; }

    private string PidFile => Path.Combine(Root, "pid");

    /// <exception cref="LocalServiceException">
    /// The folder is in use, belongs to another user, contains other files, has another format version, or its disk is full.
    /// </exception>
    internal static DataFolder Open(string path) => Open(path, ephemeral: false);

    /// <summary>Opens a temporary folder that is deleted on disposal, and deletes those that killed runs left behind.</summary>
    internal static DataFolder OpenEphemeral()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), $"{EphemeralPrefix}*"))
        {
            if (TryLockAbandoned(left) is { } held)
            {
                Delete(left, held);
            }
        }

        return Open(Path.Combine(Path.GetTempPath(), $"{EphemeralPrefix}{Path.GetRandomFileName()}"), ephemeral: true);
    }

    public void Dispose()
    {
        File.Delete(HostSettings);
        File.Delete(PidFile);
        if (_ephemeral)
        {
            Delete(Root, _lock);
        }

        _lock.Dispose();
    }

    private static DataFolder Open(string path, bool ephemeral)
    {
        try
        {
            return new DataFolder(path, ephemeral);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LocalServiceException(
                $"{path} cannot be used by {Environment.UserName}: it belongs to another user. "
                    + "Start as that user, or choose another folder with --data.",
                denied
            );
        }
        catch (IOException failed)
        {
            throw new LocalServiceException(
                FullDisk.Explain(failed.Message, path) ?? $"{path} cannot be used as a data folder: {failed.Message}",
                failed
            );
        }
    }

    // Abandoned means unlocked and without a PostgreSQL server. Folders of other users cannot be read and stay.
    private static FileStream? TryLockAbandoned(string path)
    {
        try
        {
            return File.Exists(Path.Combine(path, EphemeralMarker)) && !File.Exists(Path.Combine(path, "postgres", "postmaster.pid"))
                ? new FileStream(Path.Combine(path, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The lock excludes other starts; the marker is deleted last, so that the next start can finish an interrupted deletion.
    private static void Delete(string path, FileStream held)
    {
        try
        {
            foreach (
                var entry in new DirectoryInfo(path)
                    .EnumerateFileSystemInfos()
                    .Where(entry => entry.Name is not (EphemeralMarker or LockName))
            )
            {
                if (entry is DirectoryInfo folder)
                {
                    folder.Delete(recursive: true);
                }
                else
                {
                    entry.Delete();
                }
            }

            File.Delete(Path.Combine(path, EphemeralMarker));
            held.Dispose();
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held.Dispose(); // the next start deletes it
        }
    }

    // The operating system releases the lock even when the process is killed.
    private FileStream Lock()
    {
        var path = Path.Combine(Root, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException busy) when (File.Exists(path) && FullDisk.Explain(busy.Message, Root) is null)
        {
            var other = File.Exists(PidFile) ? $"process {File.ReadAllText(PidFile)}" : "another process";
            throw new LocalServiceException($"{Root} is in use by {other}: stop it, or choose another folder with --data.");
        }
    }

    // A folder with other files was probably named by mistake.
    private static void CheckContents(string root)
    {
        if (
            Directory.Exists(root)
            && !File.Exists(Path.Combine(root, "format"))
            && Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName).Except(KnownEntries).FirstOrDefault() is { } foreign
        )
        {
            throw new LocalServiceException(
                $"{root} is not a data folder, and not empty (it has '{foreign}'): choose an empty or a new folder with --data."
            );
        }
    }

    private void WriteEphemeralMarker(bool ephemeral)
    {
        var marker = Path.Combine(Root, EphemeralMarker);
        if (ephemeral)
        {
            File.WriteAllText(marker, "");
        }
        else
        {
            File.Delete(marker);
        }
    }

    private void CheckFormat()
    {
        var file = Path.Combine(Root, "format");
        var written = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        if (written.Length == 0) // a new folder, or one whose disk was full at its first start
        {
            PrivateFolder.Replace(file, Format.ToString(CultureInfo.InvariantCulture));
            return;
        }

        if (!int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var format) || format != Format)
        {
            _lock.Dispose();
            throw new LocalServiceException(
                $"{Root} has the format {written}, and this version reads {Format}: "
                    + "start it with the version that made it, or choose another folder with --data."
            );
        }
    }
}
