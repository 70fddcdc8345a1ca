namespace SaaS.LocalServices;

/// <summary>The repository that this program was built in.</summary>
internal static class Repository
{
    /// <summary>Returns the folder of SaaS.sln, or the current folder when it is not found.</summary>
    internal static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SaaS.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
