using System.Linq.Expressions;
using SaaS.Core.Access;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>A service account of a tenant.</summary>
/// <param name="Id">The service account's id; the owner of what it creates.</param>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="Description">Free text; may be empty.</param>
/// <param name="Role">admin, user or viewer: the upper limit of all its API keys.</param>
/// <param name="IsEnabled">False while its API keys are rejected.</param>
/// <param name="CreatedBy">The id of the account that created it.</param>
/// <param name="CreatedAt">The time of its creation (UTC).</param>
/// <param name="UpdatedAt">The time of its last change (UTC).</param>
public sealed record ServiceAccountView(
    Guid Id,
    string Name,
    string Description,
    TenantRole Role,
    bool IsEnabled,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    internal static readonly Expression<Func<ServiceAccount, ServiceAccountView>> Projection = account => new ServiceAccountView(
        account.Id,
        account.Name,
        account.Description,
        account.Role,
        account.DisabledAt == null,
        account.CreatedBy,
        account.CreatedAt,
        account.UpdatedAt
    );

    private static readonly Func<ServiceAccount, ServiceAccountView> Convert = Projection.Compile();

    internal static ServiceAccountView From(ServiceAccount account) => Convert(account);
}
