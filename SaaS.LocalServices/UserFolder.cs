namespace SaaS.LocalServices;

/// <summary>What belongs to all stacks of one user.</summary>
internal static class UserFolder
{
    /// <summary>Where it is; it need not exist yet.</summary>
    internal static string Location => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            is { Length: > 0 } folder ? folder : Path.GetTempPath(),
        "saas-platform");
}
