using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SaaS.Entra;

/// <summary>
/// The directory named by the first path segment, by id, by domain, or by a placeholder such as <c>common</c>:
/// https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints.
/// </summary>
/// <param name="PathName">The path segment used in the URLs of the response: the id or the placeholder.</param>
/// <param name="Directory">Null for a placeholder.</param>
internal sealed record RequestedDirectory(string PathName, EntraDirectory? Directory)
{
    private static readonly string[] OpenWords = ["common", "organizations"];

    internal static RequestedDirectory? Find(string name, IEnumerable<EntraDirectory> directories)
    {
        if (OpenWords.Contains(name, StringComparer.Ordinal))
        {
            return new RequestedDirectory(name, null);
        }

        return directories.FirstOrDefault(directory => directory.HasName(name)) is { } found
            ? new RequestedDirectory(found.Id.ToString(), found)
            : null;
    }

    internal static RequestedDirectory Get(HttpContext http) => http.Features.GetRequiredFeature<RequestedDirectory>();
}
