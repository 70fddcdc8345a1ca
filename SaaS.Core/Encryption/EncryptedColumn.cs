using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Encryption;

/// <summary>An encrypted value and the id of its row.</summary>
internal sealed record EncryptedValue(Guid RowId, string Text);

/// <summary>
/// A column of the control database with encrypted values of tenants, or of accounts. Each capability registers its columns, so that
/// their keys are rotated.
/// </summary>
/// <param name="purpose">The encryption purpose of the values.</param>
internal abstract class EncryptedColumn(string purpose)
{
    /// <summary>The owner of the keys for values that belong to no tenant.</summary>
    public static readonly Guid Platform = Guid.Empty;

    public string Purpose => purpose;

    /// <summary>True when the values belong to no tenant, so that <see cref="Platform"/> owns their keys.</summary>
    public abstract bool IsOfPlatform { get; }

    /// <summary>Reads a page of a tenant's values, ordered by row id.</summary>
    public abstract Task<List<EncryptedValue>> ReadAsync(ControlDbContext db, Guid tenantId, Guid after, int limit, CancellationToken ct);

    /// <summary>Replaces a value if it is unchanged.</summary>
    /// <returns>False when the value was changed concurrently.</returns>
    public abstract Task<bool> ReplaceAsync(ControlDbContext db, Guid tenantId, EncryptedValue stored, string text, CancellationToken ct);

    /// <summary>Counts the values of all tenants that do not match a pattern.</summary>
    /// <param name="pattern">A pattern of the SQL operator LIKE.</param>
    public abstract Task<int> CountNotMatchingAsync(ControlDbContext db, string pattern, CancellationToken ct);
}

/// <param name="tenantId">The name of the property with the tenant's id; null when the values belong to no tenant.</param>
/// <param name="rowId">The name of the property that identifies a row of the tenant.</param>
/// <param name="column">The name of the encrypted property.</param>
internal sealed class EncryptedColumn<TRow>(string purpose, string? tenantId, string rowId, string column) : EncryptedColumn(purpose)
    where TRow : class
{
    public override bool IsOfPlatform => tenantId is null;

    public override Task<List<EncryptedValue>> ReadAsync(ControlDbContext db, Guid tenantId, Guid after, int limit, CancellationToken ct) =>
        RowsOfTenant(db, tenantId)
            .Where(row => EF.Property<string?>(row, column) != null && EF.Property<Guid>(row, rowId) > after)
            .OrderBy(row => EF.Property<Guid>(row, rowId))
            .Take(limit)
            .Select(row => new EncryptedValue(EF.Property<Guid>(row, rowId), EF.Property<string>(row, column)))
            .ToListAsync(ct);

    public override async Task<bool> ReplaceAsync(
        ControlDbContext db,
        Guid tenantId,
        EncryptedValue stored,
        string text,
        CancellationToken ct
    ) =>
        await RowsOfTenant(db, tenantId)
            .Where(row => EF.Property<Guid>(row, rowId) == stored.RowId && EF.Property<string>(row, column) == stored.Text)
            .ExecuteUpdateAsync(set => set.SetProperty(row => EF.Property<string>(row, column), text), ct) == 1;

    public override Task<int> CountNotMatchingAsync(ControlDbContext db, string pattern, CancellationToken ct) =>
        db.Set<TRow>()
            .CountAsync(
                row => EF.Property<string?>(row, column) != null && !EF.Functions.Like(EF.Property<string>(row, column), pattern),
                ct
            );

    private IQueryable<TRow> RowsOfTenant(ControlDbContext db, Guid owner) =>
        tenantId is null ? db.Set<TRow>() : db.Set<TRow>().Where(row => EF.Property<Guid>(row, tenantId) == owner);
}
