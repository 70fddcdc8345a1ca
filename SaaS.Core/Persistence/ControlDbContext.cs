using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using SaaS.Core.Access;

namespace SaaS.Core.Persistence;

/// <summary>
/// The control database of the platform: accounts, sessions, tenants and memberships, but no data of tenants. Contexts are pooled, so
/// all state that EF does not reset is cleared on disposal.
/// </summary>
internal sealed class ControlDbContext(DbContextOptions<ControlDbContext> options) : SaaSDbContext(options)
{
    /// <summary>The access of the request that this context serves; null for the system and for anonymous requests.</summary>
    public RequestAccess? Access { get; private set; }

    public override Guid? TenantId => null;

    public override TimeProvider Clock => this.GetService<TimeProvider>();

    protected override Type ConfigurationType => typeof(IControlEntityConfiguration<>);

    /// <summary>Assigns this context to a request, whose access is rechecked in each transaction.</summary>
    public void SetAccess(RequestAccess access)
    {
        Access = access;
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always; // the recheck also needs a transaction for a single statement
    }

    public override void Dispose()
    {
        ReleaseUse();
        base.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        ReleaseUse();
        return base.DisposeAsync();
    }

    private void ReleaseUse()
    {
        Access = null; // the context is pooled and reused by other requests
        ClearAttached();
    }
}
