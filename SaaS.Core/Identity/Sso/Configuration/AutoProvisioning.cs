using System.ComponentModel.DataAnnotations;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Rules for users who become members by signing in.</summary>
/// <param name="Enabled">True when users become members by signing in; false unless given.</param>
/// <param name="DefaultRole">user or viewer, for users whose groups map to no other role; viewer unless given. Never admin.</param>
/// <param name="SyncAttributesOnLogin">True when the directory's attributes of a user are copied at each sign-in; true unless given. The
/// account's own name stays unchanged.</param>
/// <param name="AllowedEmailDomains">At most 100 e-mail domains that are admitted, with or without a leading `@`; all domains when
/// empty.</param>
/// <param name="AllowedAzureGroups">At most 200 object ids of groups; a user must be in one of them. No group is required when
/// empty.</param>
/// <param name="GroupRoleMapping">At most 200 object ids of groups → admin, user or viewer. When not empty, they decide a user's role at
/// each sign-in: the highest role wins, and users in none of the groups get the default role.</param>
public sealed record AutoProvisioning(
    bool? Enabled = null,
    [property: NotAdmin] TenantRole? DefaultRole = null,
    bool? SyncAttributesOnLogin = null,
    [property: NoNulls, MaxLength(AutoProvisioning.MaxDomains), Domains] IReadOnlyList<string>? AllowedEmailDomains = null,
    [property: NoNulls, MaxLength(AutoProvisioning.MaxGroups), Groups] IReadOnlyList<string>? AllowedAzureGroups = null,
    [property: MaxLength(AutoProvisioning.MaxGroups), GroupRoles] IReadOnlyDictionary<string, TenantRole>? GroupRoleMapping = null
)
{
    internal const int MaxDomains = 100;
    internal const int MaxGroups = 200;

    internal static AutoProvisioning From(SsoConfiguration configuration) =>
        new(
            configuration.Provisions,
            configuration.DefaultRole,
            configuration.SyncsAttributes,
            configuration.AllowedEmailDomains,
            configuration.AllowedGroups,
            configuration.GroupRoles
        );

    /// <summary>Applies all of these rules to a configuration; values that are left out are reset to their defaults.</summary>
    internal void ApplyTo(SsoConfiguration configuration)
    {
        configuration.Provisions = Enabled ?? false;
        configuration.DefaultRole = DefaultRole ?? TenantRole.Viewer;
        configuration.SyncsAttributes = SyncAttributesOnLogin ?? true;
        configuration.AllowedEmailDomains = [.. (AllowedEmailDomains ?? []).Select(domain => EmailDomain.Parse(domain)!).Distinct()];
        configuration.AllowedGroups = [.. (AllowedAzureGroups ?? []).Select(NormalizeGroupId).Distinct()];
        configuration.GroupRoles = (GroupRoleMapping ?? new Dictionary<string, TenantRole>())
            .GroupBy(entry => NormalizeGroupId(entry.Key))
            .ToDictionary(entries => entries.Key, entries => entries.Max(entry => entry.Value));
    }

    /// <summary>Returns a group id in the format of the tokens.</summary>
    internal static string NormalizeGroupId(string id) => Guid.TryParse(id, out var group) ? group.ToString() : id;
}

/// <summary>A default role other than admin, so that a missing group mapping makes no admins.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class NotAdminAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Choices = [TenantRole.User.ToJsonName(), TenantRole.Viewer.ToJsonName()] };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is TenantRole.Admin ? new ValidationResult(FieldRule.ChoicesExpected(Rule.Choices!)) : ValidationResult.Success;
}

/// <summary>Domains of e-mail addresses.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DomainsAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Items = EmailDomain.Rule };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> domains && domains.Any(domain => domain is not null && EmailDomain.Parse(domain) is null)
            ? new ValidationResult("Must be domains, such as example.com.")
            : ValidationResult.Success;
}

/// <summary>Object ids of groups.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class GroupsAttribute : FieldRuleAttribute
{
    /// <summary>An object id in a directory.</summary>
    public static readonly FieldRule Id = new() { Pattern = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", Format = "uuid" };

    public const string Expected = "Must be object ids of groups, which are UUIDs, not names.";

    public override FieldRule Rule { get; } = new() { Items = Id };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> groups && groups.Any(group => group is not null && Id.Validate(group) is not null)
            ? new ValidationResult(Expected)
            : ValidationResult.Success;
}

/// <summary>Object ids of groups, each with a role.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class GroupRolesAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Names = GroupsAttribute.Id };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IReadOnlyDictionary<string, TenantRole> roles && roles.Keys.Any(group => GroupsAttribute.Id.Validate(group) is not null)
            ? new ValidationResult(GroupsAttribute.Expected)
            : ValidationResult.Success;
}
