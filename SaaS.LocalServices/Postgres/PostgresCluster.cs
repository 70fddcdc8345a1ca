using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>A PostgreSQL data directory: made by initdb, and made ready for a server after whatever happened to the last one.</summary>
internal sealed record PostgresCluster(string Folder, PostgresAccount Account)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Null while there is none.</summary>
    internal int? Major => File.Exists(Path.Combine(Folder, "PG_VERSION"))
        ? int.Parse(File.ReadAllText(Path.Combine(Folder, "PG_VERSION")), CultureInfo.InvariantCulture)
        : null;

    internal async Task CreateAsync(PostgresBinaries binaries, string password, bool durable, CancellationToken ct)
    {
        // Made beside its place and renamed, so that an interrupted initdb is never mistaken for a database.
        var unfinished = $"{Folder}.new-{Path.GetRandomFileName()}";
        var passwordFile = unfinished + ".password";
        PrivateFolder.Create(unfinished);
        PrivateFolder.Write(passwordFile, password);
        try
        {
            await Account.OwnAsync(unfinished, ct);
            await Account.OwnAsync(passwordFile, ct);
            string[] locale = (binaries.Major, OperatingSystem.IsLinux()) switch
            {
                ( >= 17, _) => ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
                (_, true) => ["--locale=C.UTF-8"],
                _ => ["--locale=C"],
            };
            string[] sync = durable ? [] : ["--no-sync"];
            await Account.RunAsync(
                binaries.Initdb,
                [
                    "-D", unfinished, "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={passwordFile}",
                    "--encoding=UTF8", .. locale, "--data-checksums", .. sync,
                ],
                ct);
        }
        catch (LocalServiceException failure) when (FullDisk.Explain(failure.Message, Folder) is { } sentence)
        {
            throw new LocalServiceException(sentence, failure);
        }
        finally
        {
            File.Delete(passwordFile);
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: false); // an empty one makes room, any other is not ours to overwrite
        }

        Directory.Move(unfinished, Folder);
    }

    /// <summary>Cleans up after a run that was killed: half a database, a server that still runs, a pid that has been reused.</summary>
    internal async Task ReclaimAsync(TimeProvider clock, CancellationToken ct)
    {
        DeleteUnfinished();
        await Account.OwnAsync(Folder, ct);
        var pidFile = Path.Combine(Folder, "postmaster.pid");
        if (!OperatingSystem.IsLinux() || PidIn(pidFile) is not { } pid || !Directory.Exists($"/proc/{pid}"))
        {
            return; // a pid that nobody has is no obstacle to PostgreSQL; elsewhere than on Linux its own check has to do
        }

        if (!IsServer(pid, pidFile))
        {
            // The number went to somebody else meanwhile: PostgreSQL cannot tell, and would refuse to start.
            File.Delete(pidFile);
            return;
        }

        ChildProcess.Signal(pid, StopSignal.Interrupt);
        var asked = clock.GetTimestamp();
        while (IsServer(pid, pidFile) && clock.GetElapsedTime(asked) < StopTimeout)
        {
            await Task.Delay(PollInterval, clock, ct);
        }
    }

    private void DeleteUnfinished()
    {
        var parent = Path.GetDirectoryName(Folder) ?? "/";
        foreach (var path in Directory.EnumerateFileSystemEntries(parent, $"{Path.GetFileName(Folder)}.new-*"))
        {
            try
            {
                if (File.Exists(path))
                {
                    File.Delete(path);
                }
                else
                {
                    Directory.Delete(path, recursive: true);
                }
            }
            catch (IOException)
            {
                // The initdb of a run that was killed a moment ago still writes to it: it stays for the next time.
            }
        }
    }

    // A server works in its data folder, so the file that it wrote there has to be this one: pid, folder, time of start.
    private static bool IsServer(int pid, string pidFile)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/cwd/postmaster.pid").Take(3).SequenceEqual(File.ReadLines(pidFile).Take(3));
        }
        catch (Exception notIts) when (notIts is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int? PidIn(string file) =>
        File.Exists(file) && int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid) ? pid : null;
}
