using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Encryption;

/// <summary>
/// Stores encryption keys in the control database. Each call has its own transaction, because a key must be committed before a value
/// is encrypted with it.
/// </summary>
internal sealed class ControlCipherKeyStore(IServiceScopeFactory scopes) : CipherKeyStore
{
    public override Task<IReadOnlyList<WrappedKey>> ReadAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        WithControlDbAsync<IReadOnlyList<WrappedKey>>(async db =>
            await db
                .CipherKeys.Where(key => key.TenantId == tenantId && key.Purpose == purpose)
                .Select(key => new WrappedKey(key.Version, key.MasterKey, key.Wrapped, key.CreatedAt))
                .ToListAsync(ct)
        );

    public override Task AddAsync(Guid tenantId, string purpose, WrappedKey key, CancellationToken ct) =>
        WithControlDbAsync(async db =>
        {
            db.CipherKeys.Add(
                new StoredCipherKey
                {
                    TenantId = tenantId,
                    Purpose = purpose,
                    Version = key.Version,
                    MasterKey = key.MasterKey,
                    Wrapped = key.Wrapped,
                    CreatedAt = key.CreatedAt,
                }
            );
            try
            {
                return await db.SaveChangesAsync(ct);
            }
            catch (DbUpdateException e) when (e.IsUniqueViolation(StoredCipherKey.Mapping.Key))
            {
                return 0;
            }
        });

    public override Task RemoveBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct) =>
        WithControlDbAsync(db =>
            db.CipherKeys.Where(key => key.TenantId == tenantId && key.Purpose == purpose && key.Version < version).ExecuteDeleteAsync(ct)
        );

    public override Task RemoveAllAsync(Guid tenantId, CancellationToken ct) =>
        WithControlDbAsync(db => db.CipherKeys.Where(key => key.TenantId == tenantId).ExecuteDeleteAsync(ct));

    private async Task<T> WithControlDbAsync<T>(Func<ControlDbContext, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ControlDbContext>());
    }
}
