using System.Text;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Creates database names of the form <c>tenant_{slug}_{8 hex digits}</c>: readable for operators, unique by the digits, ASCII only,
/// and shorter than the 63 bytes at which PostgreSQL truncates names.
/// </summary>
internal static class TenantDatabaseName
{
    private const int SlugMaxLength = 47;

    public static string Create(string tenantName, Guid tenantId) => $"tenant_{CreateSlug(tenantName)}_{tenantId.ToString("N")[^8..]}";

    private static string CreateSlug(string name)
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
