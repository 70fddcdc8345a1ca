using SaaS.Core.Http;

namespace SaaS.Core.Tenancy;

/// <summary>Problems of requests about tenants and their members.</summary>
internal static class TenantProblems
{
    public static readonly Problem UserNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "User not found");
    public static readonly Problem MemberNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Member not found");

    // Both are 400 instead of 409 for compatibility with clients of the original system.
    public static readonly Problem AlreadyMember = new(ProblemKind.Invalid, "BAD_REQUEST", "This user is already a member of the tenant");
    public static readonly Problem LastAdmin = new(
        ProblemKind.Invalid,
        "LAST_ADMIN",
        "The last admin of a tenant can neither leave nor become less"
    );

    public static readonly Problem TooManyTenants = new(
        ProblemKind.Conflict,
        "TENANT_LIMIT_REACHED",
        "You have made as many tenants as you may"
    );
    public static readonly Problem BeingCreated = new(
        ProblemKind.Unavailable,
        "TENANT_BEING_CREATED",
        "The tenant is recorded and its database is not ready yet: repeat the request with the same Idempotency-Key, or list your tenants shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };
    public static readonly Problem NotDeleted = new(ProblemKind.Conflict, "TENANT_NOT_DELETED", "This tenant is not deleted");
    public static readonly Problem ErasureRequested = new(
        ProblemKind.Conflict,
        "TENANT_ERASURE_ORDERED",
        "An operator has ordered the erasure of this tenant: only an operator restores it"
    );
    public static readonly Problem GracePeriodOver = new(
        ProblemKind.Conflict,
        "GRACE_PERIOD_OVER",
        "This tenant was deleted too long ago to be restored"
    );
}
