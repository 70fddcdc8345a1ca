namespace SaaS.LocalServices;

/// <summary>Finds programs on the PATH.</summary>
internal static class SearchPath
{
    internal static IEnumerable<string> Folders =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    internal static string? Find(string program) => Folders.Select(folder => GetProgramPath(folder, program)).FirstOrDefault(File.Exists);

    internal static string GetProgramPath(string folder, string program) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program);
}
