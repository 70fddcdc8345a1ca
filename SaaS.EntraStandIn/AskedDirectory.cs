using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SaaS.Entra;

/// <summary>
/// The directory that the first part of the path names, by id, by domain, or as one of the words that leave it open:
/// https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints.
/// </summary>
/// <param name="PathName">What stands in the addresses that the answer names: the id, or the word.</param>
/// <param name="Directory">Null where a word leaves it open.</param>
internal sealed record AskedDirectory(string PathName, EntraDirectory? Directory)
{
    private static readonly string[] OpenWords = ["common", "organizations"];

    internal static AskedDirectory? Find(string name, IEnumerable<EntraDirectory> directories)
    {
        if (OpenWords.Contains(name, StringComparer.Ordinal))
        {
            return new AskedDirectory(name, null);
        }

        return directories.FirstOrDefault(directory => directory.IsCalled(name)) is { } found ? new AskedDirectory(found.Id.ToString(), found) : null;
    }

    internal static AskedDirectory Of(HttpContext http) => http.Features.GetRequiredFeature<AskedDirectory>();
}
