using System.Text;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// <c>tenant_{slug}_{8 hex digits}</c>: readable for whoever looks at the server, unique by its digits, ASCII only and
/// never over the 63 bytes at which PostgreSQL cuts names.
/// </summary>
internal static class TenantDatabaseName
{
    private const int SlugMaxLength = 47;

    public static string Of(string tenantName, Guid tenantId) =>
        $"tenant_{Slug(tenantName)}_{tenantId.ToString("N")[^8..]}";

    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var character in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                slug.Append(character);
            }
            else if (slug.Length > 0 && slug[^1] != '_')
            {
                slug.Append('_');
            }
        }

        return slug.ToString(0, Math.Min(slug.Length, SlugMaxLength)).Trim('_');
    }
}
