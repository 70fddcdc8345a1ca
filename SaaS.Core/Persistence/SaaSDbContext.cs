using Microsoft.EntityFrameworkCore;

namespace SaaS.Core.Persistence;

/// <summary>
/// The base of both contexts. A context names no entity: each capability configures its own, and declares the properties of their sets
/// in its module.
/// </summary>
internal abstract class SaaSDbContext(DbContextOptions options) : DbContext(options)
{
    private readonly Dictionary<Type, object> _attached = [];

    /// <summary>The tenant whose database this is; null for the control database.</summary>
    public abstract Guid? TenantId { get; }

    public abstract TimeProvider Clock { get; }

    /// <summary>
    /// Returns the object of this type that belongs to this use of the context, such as its outbox; creates it on first use.
    /// </summary>
    public T GetAttached<T>(Func<T> create)
        where T : class
    {
        if (_attached.TryGetValue(typeof(T), out var attached))
        {
            return (T)attached;
        }

        var created = create();
        _attached.Add(typeof(T), created);
        return created;
    }

    /// <summary>Forgets the attached objects before the context returns to its pool.</summary>
    protected void ClearAttached() => _attached.Clear();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.ApplyConfigurationsFromAssembly(
            typeof(SaaSDbContext).Assembly,
            type => type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == ConfigurationType)
        );

        // Otherwise the name depends on which of the two tables was configured first.
        foreach (var key in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetDeclaredForeignKeys()))
        {
            key.SetConstraintName(key.GetDefaultName()?.ToLowerInvariant());
        }
    }

    /// <summary>The interface of the configurations that belong to this context.</summary>
    protected abstract Type ConfigurationType { get; }
}

/// <summary>Configures a table of the control database.</summary>
internal interface IControlEntityConfiguration<TEntity> : IEntityTypeConfiguration<TEntity>
    where TEntity : class;

/// <summary>Configures a table of every tenant's database.</summary>
internal interface ITenantEntityConfiguration<TEntity> : IEntityTypeConfiguration<TEntity>
    where TEntity : class;
