using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>A tenant's rules for admission and roles, applied wherever single sign-on opens a session of it.</summary>
internal sealed class SsoAdmissionRules(ControlDbContext db, CredentialRevocation revocation)
{
    /// <param name="groups">The ids of the user's groups; null when they could not be read.</param>
    /// <returns>Null when the rules admit the user.</returns>
    public static Problem? Check(SsoConfiguration configuration, EmailAddress? email, IReadOnlyList<string>? groups) =>
        configuration.AllowedEmailDomains.Count > 0 && email is null ? SsoProblems.EmailMissing
        : configuration.AllowedEmailDomains.Count > 0 && !configuration.AllowedEmailDomains.Contains(email!.Domain)
            ? SsoProblems.DomainRejected
        : configuration.AllowedGroups.Count > 0 && !(groups ?? []).Intersect(configuration.AllowedGroups).Any() ? SsoProblems.GroupRejected
        : null;

    /// <summary>Returns the role of a new member.</summary>
    public static TenantRole RoleOf(SsoConfiguration configuration, IReadOnlyList<string>? groups) =>
        MappedRole(configuration, groups) ?? configuration.DefaultRole;

    /// <summary>
    /// Changes a member's role to that of their groups, in the caller's transaction. When the groups could not be read, the role is at most
    /// the default role.
    /// </summary>
    public async Task ChangeRoleAsync(
        SsoConfiguration configuration,
        Membership membership,
        IReadOnlyList<string>? groups,
        CancellationToken ct
    )
    {
        if (configuration.GroupRoles.Count == 0)
        {
            return;
        }

        var role = groups is null
            ? (TenantRole)Math.Min((int)membership.Role, (int)configuration.DefaultRole)
            : RoleOf(configuration, groups);
        if (role == membership.Role || (membership.Role is TenantRole.Admin && !await db.HasOtherAdminAsync(membership, ct)))
        {
            return;
        }

        var wasAdmin = membership.Role is TenantRole.Admin;
        var before = membership.Role;
        membership.Role = role;
        db.Outbox.Add(
            new MemberRoleChanged(membership.UserId, role.ToJsonName()),
            subject: membership.UserId,
            tenantId: membership.TenantId
        );
        db.Audit.Record(
            membership.TenantId,
            Actor.User(membership.UserId),
            AuditAction.MemberRoleChanged,
            membership.UserId,
            AuditDetails.Create("by", "group_role_mapping").WithChange("role", before, role)
        );
        if (wasAdmin)
        {
            await revocation.RevokeInTenantAsync(
                membership.UserId,
                membership.TenantId,
                RevocationReason.AdminRoleEnded,
                Actor.User(membership.UserId),
                ct
            );
        }
    }

    private static TenantRole? MappedRole(SsoConfiguration configuration, IReadOnlyList<string>? groups) =>
        (groups ?? []).Select(group => configuration.GroupRoles.TryGetValue(group, out var role) ? role : (TenantRole?)null).Max();
}
