using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Persistence;

/// <summary>
/// Opens tenants' databases, each with the tenant's own role, which no other database admits. A context is cached with its connection,
/// because creating one costs as much as a query, and is reused only for the same tenant.
/// </summary>
internal sealed class TenantDbFactory(
    TenantDataSources sources,
    Cipher cipher,
    IEnumerable<IInterceptor> interceptors,
    TimeProvider clock,
    ILoggerFactory loggers
)
{
    // Without a connection, because otherwise EF would build its services for each tenant.
    private readonly DbContextOptions<TenantDbContext> _options = new DbContextOptionsBuilder<TenantDbContext>()
        .UseNpgsql()
        .UseSnakeCaseNamingConvention()
        .UseLoggerFactory(loggers)
        .AddInterceptors(interceptors)
        .Options;

    /// <exception cref="TenantConnectionsExhaustedException">All connections that this process may open are in use.</exception>
    public async Task<TenantDbContext> OpenAsync(TenantScope scope, CancellationToken ct)
    {
        var database = scope.Database;
        var lease = await sources.LeaseAsync(
            new DatabaseAddress(database.Name, database.Role),
            password: () => cipher.DecryptAsync(database.EncryptedPassword, scope.TenantId, TenantDatabase.PasswordPurpose, ct),
            ct,
            label: scope.TenantId.ToString()
        );

        try
        {
            var db = lease.AttachedState(() => new PooledDbContextFactory<TenantDbContext>(_options, poolSize: 1)).CreateDbContext();
            db.AssignScope(scope, lease, clock);
            return db;
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }
}
