using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>Tests the deletion of ephemeral data folders of killed runs.</summary>
public sealed class EphemeralFolderTests : IDisposable
{
    private readonly List<string> _folders = [];
    private readonly System.Collections.Concurrent.ConcurrentBag<string> _opened = [];

    public void Dispose()
    {
        foreach (var folder in _folders.Concat(_opened).Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_next_run_deletes_the_folder_of_a_killed_run()
    {
        var killed = Leave();
        var (stillServed, foreign) = (Leave(), Leave());
        Directory.CreateDirectory(Path.Combine(stillServed, "postgres"));
        File.WriteAllText(Path.Combine(stillServed, "postgres", "postmaster.pid"), "1");
        File.Delete(Path.Combine(foreign, "ephemeral"));
        string running;

        using (var data = DataFolder.OpenEphemeral())
        {
            running = data.Root;
            using var other = DataFolder.OpenEphemeral();

            Assert.True(Directory.Exists(running));
        }

        Assert.False(Directory.Exists(killed));
        Assert.False(Directory.Exists(running));
        Assert.True(Directory.Exists(stillServed));
        Assert.True(Directory.Exists(foreign));
    }

    /// <summary>A permanent data folder may be in the temporary folder and have any name.</summary>
    [Fact]
    public void An_ephemeral_run_does_not_delete_a_permanent_data_folder()
    {
        var kept = Path.Combine(Path.GetTempPath(), $"saas-{Path.GetRandomFileName()}");
        _folders.Add(kept);
        using (var data = DataFolder.Open(kept))
        {
            File.WriteAllText(Path.Combine(data.Objects, "a file"), "precious");
        }

        DataFolder.OpenEphemeral().Dispose();

        Assert.True(File.Exists(Path.Combine(kept, "objects", "a file")));
    }

    [Fact]
    public void An_ephemeral_folder_opened_as_a_data_folder_becomes_permanent()
    {
        var adopted = Leave();
        DataFolder.Open(adopted).Dispose();

        DataFolder.OpenEphemeral().Dispose();

        Assert.True(Directory.Exists(adopted));
    }

    /// <summary>A process may be killed during the deletion.</summary>
    [Fact]
    public void The_next_run_deletes_a_partially_deleted_folder()
    {
        var killed = Leave();
        Directory.CreateDirectory(Path.Combine(killed, "objects"));
        File.Delete(Path.Combine(killed, "format"));

        DataFolder.OpenEphemeral().Dispose();

        Assert.False(Directory.Exists(killed));
    }

    /// <summary>A full disk leaves an empty file.</summary>
    [Fact]
    public void An_interrupted_first_start_does_not_block_the_next_start()
    {
        var folder = Leave();
        File.WriteAllText(Path.Combine(folder, "format"), "");

        DataFolder.Open(folder).Dispose();

        Assert.Equal("1", File.ReadAllText(Path.Combine(folder, "format")));
    }

    /// <summary>A folder that is being disposed briefly looks like an abandoned one.</summary>
    [Fact]
    public void Concurrent_runs_open_and_dispose_folders_without_errors()
    {
        Parallel.For(
            0,
            400,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ =>
            {
                using var data = DataFolder.OpenEphemeral();
                _opened.Add(data.Root);
                File.WriteAllText(Path.Combine(data.Mail, "a mail"), "");
            }
        );

        Assert.DoesNotContain(_opened, Directory.Exists);
    }

    // Simulates kill -9, after which the operating system releases the lock.
    private string Leave()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"saas-{Path.GetRandomFileName()}");
        _folders.Add(folder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "format"), "1");
        File.WriteAllText(Path.Combine(folder, "lock"), "");
        File.WriteAllText(Path.Combine(folder, "ephemeral"), "");
        return folder;
    }
}
