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
    public void The_folder_of_a_killed_run_is_deleted_by_the_next_one()
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
    public void A_folder_that_is_kept_outlives_ephemeral_runs_beside_it()
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
    public void A_folder_is_kept_from_when_it_is_opened_to_be_kept()
    {
        var adopted = Leave();
        DataFolder.Open(adopted).Dispose();

        DataFolder.OpenEphemeral().Dispose();

        Assert.True(Directory.Exists(adopted));
    }

    /// <summary>A process may be killed during the deletion.</summary>
    [Fact]
    public void What_is_left_of_a_folder_that_was_being_deleted_is_deleted_by_the_next_run()
    {
        var killed = Leave();
        Directory.CreateDirectory(Path.Combine(killed, "objects"));
        File.Delete(Path.Combine(killed, "format"));

        DataFolder.OpenEphemeral().Dispose();

        Assert.False(Directory.Exists(killed));
    }

    /// <summary>A full disk leaves an empty file.</summary>
    [Fact]
    public void A_first_start_that_was_cut_off_does_not_stop_the_next()
    {
        var folder = Leave();
        File.WriteAllText(Path.Combine(folder, "format"), "");

        DataFolder.Open(folder).Dispose();

        Assert.Equal("1", File.ReadAllText(Path.Combine(folder, "format")));
    }

    /// <summary>A folder that is being disposed briefly looks like an abandoned one.</summary>
    [Fact]
    public void Runs_that_end_while_others_begin_do_not_fail()
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
