using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>A tenant's rules for who is let in by its identity provider and in which role, wherever a session of it is opened.</summary>
internal sealed class SsoAdmissionRules(ControlDbContext db, CredentialRevocation revocation)
{
    /// <param name="groups">The ids of the person's groups; null when nobody could say.</param>
    /// <returns>Null when the rules let the person in.</returns>
    public static Problem? FindRefusal(SsoConfiguration configuration, EmailAddress? email, IReadOnlyList<string>? groups) =>
        configuration.AllowedEmailDomains.Count > 0 && email is null ? SsoProblems.EmailMissing
        : configuration.AllowedEmailDomains.Count > 0 && !configuration.AllowedEmailDomains.Contains(email!.Domain) ? SsoProblems.DomainRefused
        : configuration.AllowedGroups.Count > 0 && !(groups ?? []).Intersect(configuration.AllowedGroups).Any() ? SsoProblems.GroupRefused
        : null;

    /// <summary>The role of somebody who becomes a member.</summary>
    public static TenantRole RoleOf(SsoConfiguration configuration, IReadOnlyList<string>? groups) => MappedRole(configuration, groups) ?? configuration.DefaultRole;

    /// <summary>Gives a member the role that their groups have, in the caller's transaction. What nobody could say makes nobody more than the default role.</summary>
    public async Task ChangeRoleAsync(SsoConfiguration configuration, Membership membership, IReadOnlyList<string>? groups, CancellationToken ct)
    {
        if (configuration.GroupRoles.Count == 0)
        {
            return;
        }

        var role = groups is null ? (TenantRole)Math.Min((int)membership.Role, (int)configuration.DefaultRole) : RoleOf(configuration, groups);
        if (role == membership.Role || (membership.Role is TenantRole.Admin && !await db.HasOtherAdminAsync(membership, ct)))
        {
            return;
        }

        var wasAdmin = membership.Role is TenantRole.Admin;
        var before = membership.Role;
        membership.Role = role;
        db.Outbox.Add(new MemberRoleChanged(membership.UserId, role.Word()), subject: membership.UserId, tenantId: membership.TenantId);
        db.Audit.Record(membership.TenantId, Actor.User(membership.UserId), AuditAction.MemberRoleChanged, membership.UserId, AuditDetails.Of("by", "group_role_mapping").Changed("role", before, role));
        if (wasAdmin)
        {
            await revocation.RevokeInTenantAsync(membership.UserId, membership.TenantId, RevocationReason.AdminRoleEnded, Actor.User(membership.UserId), ct);
        }
    }

    private static TenantRole? MappedRole(SsoConfiguration configuration, IReadOnlyList<string>? groups) =>
        (groups ?? []).Select(group => configuration.GroupRoles.TryGetValue(group, out var role) ? role : (TenantRole?)null).Max();
}
