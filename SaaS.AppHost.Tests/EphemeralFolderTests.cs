using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>Ephemeral data folders of runs that were killed.</summary>
public sealed class EphemeralFolderTests : IDisposable
{
    private readonly List<string> _folders = [];

    public void Dispose()
    {
        foreach (var folder in _folders.Where(Directory.Exists))
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
        File.Delete(Path.Combine(foreign, "format"));
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

    /// <summary>For a moment a folder that ends looks like one that was left behind.</summary>
    [Fact]
    public void Runs_that_end_while_others_begin_do_not_fail()
    {
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var data = DataFolder.OpenEphemeral();
            File.WriteAllText(Path.Combine(data.Mail, "a mail"), "");
        });
    }

    // As kill -9 leaves it: the operating system has released the lock.
    private string Leave()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"saas-{Path.GetRandomFileName()}");
        _folders.Add(folder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "format"), "1");
        File.WriteAllText(Path.Combine(folder, "lock"), "");
        return folder;
    }
}
