using SaaS.Core.Access;
using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

/// <summary>Who becomes a member by signing in, and as what.</summary>
/// <param name="Enabled">Whether anybody does; false unless given.</param>
/// <param name="DefaultRole">user or viewer, for people whose groups say nothing else; viewer unless given. Never admin.</param>
/// <param name="SyncAttributesOnLogin">Whether what the directory says of a person is copied at each sign-in; true unless given. An account's own name stays as it is.</param>
/// <param name="AllowedEmailDomains">At most 100 domains whose addresses are let in, with or without `@` before them; all, when there are none.</param>
/// <param name="AllowedAzureGroups">At most 200 object ids of groups; who is let in must be in one of them. Nobody has to, when there are none.</param>
/// <param name="GroupRoleMapping">At most 200 object ids of groups → admin, user or viewer. When there are any, they decide a person's role at each sign-in: the highest counts, and the default role for who is in none.</param>
public sealed record AutoProvisioning(
    bool? Enabled = null,
    TenantRole? DefaultRole = null,
    bool? SyncAttributesOnLogin = null,
    [property: NoNulls] IReadOnlyList<string>? AllowedEmailDomains = null,
    [property: NoNulls] IReadOnlyList<string>? AllowedAzureGroups = null,
    IReadOnlyDictionary<string, TenantRole>? GroupRoleMapping = null)
{
    private const int MaxDomains = 100;
    private const int MaxGroups = 200;

    internal static AutoProvisioning Of(SsoConfiguration configuration) => new(
        configuration.Provisions, configuration.DefaultRole, configuration.SyncsAttributes, configuration.AllowedEmailDomains, configuration.AllowedGroups, configuration.GroupRoles);

    /// <returns>Null when it can be as it says.</returns>
    internal Problem? FindFault()
    {
        if (DefaultRole is TenantRole.Admin)
        {
            return Problem.OfField("default_role", "May be user or viewer: nobody becomes an admin for want of a group.");
        }

        if (AllowedEmailDomains is { } domains && (domains.Count > MaxDomains || domains.Any(domain => EmailDomains.Read(domain) is null)))
        {
            return Problem.OfField("allowed_email_domains", $"At most {MaxDomains} domains, such as example.com.");
        }

        if (AllowedAzureGroups is { } groups && (groups.Count > MaxGroups || !groups.All(IsGroup)))
        {
            return Problem.OfField("allowed_azure_groups", $"At most {MaxGroups} object ids of groups; a name is none.");
        }

        return GroupRoleMapping is { } roles && (roles.Count > MaxGroups || !roles.Keys.All(IsGroup))
            ? Problem.OfField("group_role_mapping", $"At most {MaxGroups} object ids of groups, each with a role; a name is none.")
            : null;
    }

    /// <summary>All of it holds from now on: what is left out is as if it had never been said.</summary>
    internal void ApplyTo(SsoConfiguration configuration)
    {
        configuration.Provisions = Enabled ?? false;
        configuration.DefaultRole = DefaultRole ?? TenantRole.Viewer;
        configuration.SyncsAttributes = SyncAttributesOnLogin ?? true;
        configuration.AllowedEmailDomains = [.. (AllowedEmailDomains ?? []).Select(domain => EmailDomains.Read(domain)!).Distinct()];
        configuration.AllowedGroups = [.. (AllowedAzureGroups ?? []).Select(GroupOf).Distinct()];
        configuration.GroupRoles = (GroupRoleMapping ?? new Dictionary<string, TenantRole>()).GroupBy(entry => GroupOf(entry.Key)).ToDictionary(entries => entries.Key, entries => entries.Max(entry => entry.Value));
    }

    /// <summary>As tokens have it.</summary>
    internal static string GroupOf(string id) => Guid.TryParse(id, out var group) ? group.ToString() : id;

    private static bool IsGroup(string id) => Guid.TryParseExact(id, "D", out _);
}
