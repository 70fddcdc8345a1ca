using System.ComponentModel.DataAnnotations;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Who becomes a member by signing in, and as what.</summary>
/// <param name="Enabled">Whether anybody does; false unless given.</param>
/// <param name="DefaultRole">user or viewer, for people whose groups say nothing else; viewer unless given. Never admin.</param>
/// <param name="SyncAttributesOnLogin">Whether what the directory says of a person is copied at each sign-in; true unless given. An account's own name stays as it is.</param>
/// <param name="AllowedEmailDomains">At most 100 domains whose addresses are let in, with or without `@` before them; all, when there are none.</param>
/// <param name="AllowedAzureGroups">At most 200 object ids of groups; who is let in must be in one of them. Nobody has to, when there are none.</param>
/// <param name="GroupRoleMapping">At most 200 object ids of groups → admin, user or viewer. When there are any, they decide a person's role at each sign-in: the highest counts, and the default role for who is in none.</param>
public sealed record AutoProvisioning(
    bool? Enabled = null,
    [property: NotAdmin] TenantRole? DefaultRole = null,
    bool? SyncAttributesOnLogin = null,
    [property: NoNulls, MaxLength(AutoProvisioning.MaxDomains), Domains] IReadOnlyList<string>? AllowedEmailDomains = null,
    [property: NoNulls, MaxLength(AutoProvisioning.MaxGroups), Groups] IReadOnlyList<string>? AllowedAzureGroups = null,
    [property: MaxLength(AutoProvisioning.MaxGroups), GroupRoles] IReadOnlyDictionary<string, TenantRole>? GroupRoleMapping = null)
{
    internal const int MaxDomains = 100;
    internal const int MaxGroups = 200;

    internal static AutoProvisioning Of(SsoConfiguration configuration) => new(
        configuration.Provisions, configuration.DefaultRole, configuration.SyncsAttributes, configuration.AllowedEmailDomains, configuration.AllowedGroups, configuration.GroupRoles);

    /// <summary>All of it holds from now on: what is left out is as if it had never been said.</summary>
    internal void ApplyTo(SsoConfiguration configuration)
    {
        configuration.Provisions = Enabled ?? false;
        configuration.DefaultRole = DefaultRole ?? TenantRole.Viewer;
        configuration.SyncsAttributes = SyncAttributesOnLogin ?? true;
        configuration.AllowedEmailDomains = [.. (AllowedEmailDomains ?? []).Select(domain => EmailDomain.Read(domain)!).Distinct()];
        configuration.AllowedGroups = [.. (AllowedAzureGroups ?? []).Select(GroupOf).Distinct()];
        configuration.GroupRoles = (GroupRoleMapping ?? new Dictionary<string, TenantRole>()).GroupBy(entry => GroupOf(entry.Key)).ToDictionary(entries => entries.Key, entries => entries.Max(entry => entry.Value));
    }

    /// <summary>As tokens have it.</summary>
    internal static string GroupOf(string id) => Guid.TryParse(id, out var group) ? group.ToString() : id;
}

/// <summary>The role of people for whom no group says another: nobody becomes an admin for want of one.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotAdminAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Choices = [TenantRole.User.Word(), TenantRole.Viewer.Word()] };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is TenantRole.Admin ? new ValidationResult(FieldRule.ChoicesExpected(Rule.Choices!)) : ValidationResult.Success;
}

/// <summary>Domains of e-mail addresses.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DomainsAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Items = EmailDomain.Rule };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> domains && domains.Any(domain => domain is not null && EmailDomain.Read(domain) is null)
            ? new ValidationResult("Must be domains, such as example.com.")
            : ValidationResult.Success;
}

/// <summary>Object ids of groups.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class GroupsAttribute : FieldRuleAttribute
{
    /// <summary>An object id of a directory.</summary>
    public static readonly FieldRule Id = new() { Pattern = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", Format = "uuid" };

    public const string Expected = "Must be object ids of groups, which are UUIDs; a name is none.";

    public override FieldRule Rule { get; } = new() { Items = Id };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> groups && groups.Any(group => group is not null && Id.FaultOf(group) is not null) ? new ValidationResult(Expected) : ValidationResult.Success;
}

/// <summary>Object ids of groups, each with a role.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class GroupRolesAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Names = GroupsAttribute.Id };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IReadOnlyDictionary<string, TenantRole> roles && roles.Keys.Any(group => GroupsAttribute.Id.FaultOf(group) is not null) ? new ValidationResult(GroupsAttribute.Expected) : ValidationResult.Success;
}
