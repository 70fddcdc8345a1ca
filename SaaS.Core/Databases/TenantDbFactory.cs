using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Events;
using SaaS.Core.Tenants;
using SaaS.Platform.Postgres;
using SaaS.Platform.Secrets;

namespace SaaS.Core.Databases;

/// <summary>The only door to a tenant's database. It opens as the tenant's own role, which no other database lets in.</summary>
internal sealed class TenantDbFactory(TenantDataSources sources, Cipher cipher, OutboxSignal signal, TimeProvider clock, ILoggerFactory loggers)
{
    /// <exception cref="TenantConnectionsExhaustedException">Every connection that this process may hold is in use.</exception>
    public async Task<TenantDb> OpenAsync(TenantScope scope, CancellationToken ct)
    {
        var database = scope.Database;
        var lease = await sources.LeaseAsync(
            new DatabaseAddress(database.Name, database.Role),
            password: () => cipher.UnsealAsync(database.SealedPassword, scope.TenantId, Tenant.PasswordPurpose, ct),
            ct);

        var options = new DbContextOptionsBuilder<TenantDb>()
            .UseNpgsql(lease.Connection) // a data source here would give EF a service provider per tenant
            .UseSnakeCaseNamingConvention()
            .UseLoggerFactory(loggers)
            .AddInterceptors(signal)
            .Options;

        return new TenantDb(options, scope, lease, clock);
    }
}
