namespace SaaS.LocalServices;

/// <summary>The folder with data that all stacks of a user share.</summary>
internal static class UserFolder
{
    /// <summary>The path of the folder, which may not exist yet.</summary>
    internal static string Location =>
        Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
                is { Length: > 0 } folder
                ? folder
                : Path.GetTempPath(),
            "saas-platform"
        );
}
