using System.Diagnostics;

namespace SaaS.Tests.Fixtures;

/// <summary>A disk of one megabyte, which requires root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>
    /// Mounts the disk, or skips the test where the machine does not allow it, because the product is not at fault there.
    /// </summary>
    public static SmallDisk MountOrSkip()
    {
        var folder = Directory.CreateTempSubdirectory("saas-small-disk-").FullName;
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder) != 0)
        {
            Directory.Delete(folder);
            Assert.Skip("A small disk can be mounted by root alone.");
        }

        return new SmallDisk(folder);
    }

    /// <summary>Fills the disk completely.</summary>
    public void Fill()
    {
        using var file = new FileStream(
            Path.Combine(Folder, "filler"),
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.None,
            bufferSize: 0
        );
        try
        {
            var block = new byte[4096];
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    public void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Folder));

    public void Dispose()
    {
        Run("umount", "--lazy", Folder);
        Directory.Delete(Folder);
    }

    private static int Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
