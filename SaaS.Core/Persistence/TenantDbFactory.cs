using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Messaging;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Persistence;

/// <summary>
/// The only door to a tenant's database. It opens as the tenant's own role, which no other database lets in. To make a context
/// costs as much as a statement, so it is kept with its connection and goes with it: to the same tenant, one at a time.
/// </summary>
internal sealed class TenantDbFactory(TenantDataSources sources, Cipher cipher, OutboxNotifier signal, AccessRecheck recheck, TimeProvider clock, ILoggerFactory loggers)
{
    // Without a connection: with one, EF would make its services anew for each tenant.
    private readonly DbContextOptions<TenantDbContext> _options = new DbContextOptionsBuilder<TenantDbContext>()
        .UseNpgsql()
        .UseSnakeCaseNamingConvention()
        .UseLoggerFactory(loggers)
        .AddInterceptors(recheck, signal)
        .Options;

    /// <exception cref="TenantConnectionsExhaustedException">Every connection that this process may hold is in use.</exception>
    public async Task<TenantDbContext> OpenAsync(TenantScope scope, CancellationToken ct)
    {
        var database = scope.Database;
        var lease = await sources.LeaseAsync(
            new DatabaseAddress(database.Name, database.Role),
            password: () => cipher.DecryptAsync(database.SealedPassword, scope.TenantId, Tenant.PasswordPurpose, ct),
            ct,
            label: scope.TenantId.ToString());

        try
        {
            var db = lease.AttachedState(() => new PooledDbContextFactory<TenantDbContext>(_options, poolSize: 1)).CreateDbContext();
            db.Enter(scope, lease, clock);
            return db;
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }
}
