namespace SaaS.LocalServices;

/// <summary>Creates folders and files that other users of the machine cannot read.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    internal static string Create(string path) => Create(path, OwnerOnly);

    /// <summary>Creates a folder that other users can traverse but not list.</summary>
    internal static string CreatePassable(string path) => Create(path, OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    internal static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        using var writer = new StreamWriter(file);
        writer.Write(text);
        writer.Flush();
        file.Flush(flushToDisk: true);
    }

    /// <summary>Replaces a file as a whole, so that a process that is killed leaves the old content or the new.</summary>
    internal static void Replace(string path, string text)
    {
        var draft = path + ".new";
        Write(draft, text);
        File.Move(draft, path, overwrite: true);
    }

    private static string Create(string path, UnixFileMode mode) =>
        (OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, mode)).FullName;
}
