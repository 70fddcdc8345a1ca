using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Encryption;

/// <summary>A sealed value, and the row that it lies in.</summary>
internal sealed record EncryptedValue(Guid RowId, string Text);

/// <summary>A column of the control database in which values of tenants lie sealed for a long time. Whoever keeps some declares it, so that its keys rotate.</summary>
/// <param name="purpose">What they are sealed for.</param>
internal abstract class EncryptedColumn(string purpose)
{
    public string Purpose => purpose;

    /// <summary>A page of a tenant's values, by the rows' ids.</summary>
    public abstract Task<List<EncryptedValue>> ReadAsync(ControlDbContext db, Guid tenantId, Guid after, int most, CancellationToken ct);

    /// <summary>Puts another text in the place of one that is still there.</summary>
    /// <returns>False when somebody has stored another one meanwhile.</returns>
    public abstract Task<bool> ReplaceAsync(ControlDbContext db, Guid tenantId, EncryptedValue stored, string text, CancellationToken ct);

    /// <summary>How many values of all tenants do not look like this.</summary>
    /// <param name="pattern">For LIKE.</param>
    public abstract Task<int> CountUnlikeAsync(ControlDbContext db, string pattern, CancellationToken ct);
}

/// <param name="tenantId">The name of the property that says whose the row is.</param>
/// <param name="rowId">The one that tells a tenant's rows apart.</param>
/// <param name="column">The one that is sealed.</param>
internal sealed class EncryptedColumn<TRow>(string purpose, string tenantId, string rowId, string column) : EncryptedColumn(purpose)
    where TRow : class
{
    public override Task<List<EncryptedValue>> ReadAsync(ControlDbContext db, Guid tenantId, Guid after, int most, CancellationToken ct) =>
        Of(db, tenantId)
            .Where(row => EF.Property<string?>(row, column) != null && EF.Property<Guid>(row, rowId) > after)
            .OrderBy(row => EF.Property<Guid>(row, rowId))
            .Take(most)
            .Select(row => new EncryptedValue(EF.Property<Guid>(row, rowId), EF.Property<string>(row, column)))
            .ToListAsync(ct);

    public override async Task<bool> ReplaceAsync(ControlDbContext db, Guid tenantId, EncryptedValue stored, string text, CancellationToken ct) =>
        await Of(db, tenantId)
            .Where(row => EF.Property<Guid>(row, rowId) == stored.RowId && EF.Property<string>(row, column) == stored.Text)
            .ExecuteUpdateAsync(set => set.SetProperty(row => EF.Property<string>(row, column), text), ct) == 1;

    public override Task<int> CountUnlikeAsync(ControlDbContext db, string pattern, CancellationToken ct) =>
        db.Set<TRow>().CountAsync(row => EF.Property<string?>(row, column) != null && !EF.Functions.Like(EF.Property<string>(row, column), pattern), ct);

    private IQueryable<TRow> Of(ControlDbContext db, Guid owner) => db.Set<TRow>().Where(row => EF.Property<Guid>(row, tenantId) == owner);
}
