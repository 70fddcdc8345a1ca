using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>A PostgreSQL data directory, created by initdb and cleaned up after a killed run.</summary>
internal sealed record PostgresCluster(string Folder, PostgresAccount Account)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The major version of the database; null when there is none.</summary>
    internal int? Major =>
        File.Exists(Path.Combine(Folder, "PG_VERSION"))
            ? int.Parse(File.ReadAllText(Path.Combine(Folder, "PG_VERSION")), CultureInfo.InvariantCulture)
            : null;

    internal async Task CreateAsync(PostgresBinaries binaries, string password, bool durable, CancellationToken ct)
    {
        // Created in a temporary folder and renamed, so that an interrupted initdb leaves no incomplete database.
        var unfinished = $"{Folder}.new-{Path.GetRandomFileName()}";
        var passwordFile = unfinished + ".password";
        PrivateFolder.Create(unfinished);
        PrivateFolder.Write(passwordFile, password);
        try
        {
            await Account.ChangeOwnerAsync(unfinished, ct);
            await Account.ChangeOwnerAsync(passwordFile, ct);
            string[] locale =
                binaries.Major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
                : OperatingSystem.IsLinux() ? ["--locale=C.UTF-8"]
                : ["--locale=C"];
            string[] sync = durable ? [] : ["--no-sync"];
            await Account.RunAsync(
                binaries.Initdb,
                [
                    "-D",
                    unfinished,
                    "-U",
                    "postgres",
                    "--auth=scram-sha-256",
                    $"--pwfile={passwordFile}",
                    "--encoding=UTF8",
                    .. locale,
                    "--data-checksums",
                    .. sync,
                ],
                ct
            );
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
            Directory.Delete(Folder, recursive: false); // deletes an empty folder only, so that existing data is never overwritten
        }

        Directory.Move(unfinished, Folder);
    }

    /// <summary>Cleans up after a killed run: an incomplete database, a server that still runs, or a PID file with a reused PID.</summary>
    internal async Task CleanUpAsync(TimeProvider clock, CancellationToken ct)
    {
        DeleteUnfinished();
        await Account.ChangeOwnerAsync(Folder, ct);
        var pidFile = Path.Combine(Folder, "postmaster.pid");
        if (!OperatingSystem.IsLinux() || ReadPid(pidFile) is not { } pid || !Directory.Exists($"/proc/{pid}"))
        {
            return; // PostgreSQL ignores the PID of an ended process; on other systems than Linux its own check must do
        }

        if (!IsServer(pid, pidFile))
        {
            // The PID was reused by another process, which PostgreSQL would take for a running server.
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
                // The initdb of a killed run still writes to it, so the next start deletes it.
            }
        }
    }

    // The working directory of a server is its data directory, so the PID files must match: PID, directory, start time.
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

    private static int? ReadPid(string file) =>
        File.Exists(file) && int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid) ? pid : null;
}
