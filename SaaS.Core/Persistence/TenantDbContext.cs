using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Persistence;

/// <summary>
/// The database of one tenant, opened by one actor. Handlers take the database of the route's tenant as a parameter; other code opens
/// one with <see cref="TenantDbFactory"/> and a <see cref="TenantScope"/>.
/// </summary>
internal sealed class TenantDbContext : SaaSDbContext
{
    /// <summary>The collation that sorts names as people do: <c>Report 9</c> before <c>Report 10</c>.</summary>
    public const string NameOrder = "name_order";

    private TenantScope? _scope;
    private TenantConnectionLease? _lease;
    private TimeProvider? _clock;

    /// <summary>Creates a context without a tenant, for migrations. It can neither publish events nor record audit entries.</summary>
    public TenantDbContext(DbContextOptions<TenantDbContext> options)
        : base(options) { }

    /// <summary>The access of the request that this context serves; null for the system and for requests that change no data.</summary>
    public RequestAccess? Access => _scope?.Access;

    public TenantScope Scope => _scope ?? throw CreateNoScopeException();

    public override Guid? TenantId => _scope?.TenantId;

    public override TimeProvider Clock => _clock ?? throw CreateNoScopeException();

    protected override Type ConfigurationType => typeof(ITenantEntityConfiguration<>);

    /// <summary>Assigns this context to a scope until it is disposed. Only <see cref="TenantDbFactory"/> calls it.</summary>
    /// <exception cref="InvalidOperationException">The connection belongs to another tenant's database.</exception>
    public void AssignScope(TenantScope scope, TenantConnectionLease lease, TimeProvider clock)
    {
        if (lease.Connection.Database != scope.Database.Name)
        {
            throw new InvalidOperationException("The connection belongs to another tenant's database.");
        }

        Database.SetDbConnection(lease.Connection);
        (_scope, _lease, _clock) = (scope, lease, clock);
        Database.AutoTransactionBehavior = Access is null ? AutoTransactionBehavior.WhenNeeded : AutoTransactionBehavior.Always;
    }

    /// <summary>
    /// Opens the database of the route's tenant for as long as its handler runs. A handler that waits for the client's network takes a
    /// <see cref="TenantDbFactory"/> instead, and opens the database late and briefly.
    /// </summary>
    public static async ValueTask<TenantDbContext?> BindAsync(HttpContext http, ParameterInfo _)
    {
        var scope =
            http.Features.Get<TenantScope>()
            ?? throw new InvalidOperationException(
                $"The route {http.GetEndpoint()?.DisplayName} opens a tenant's database but is not in a group made by MapTenantGroup."
            );

        var db = await http.RequestServices.GetRequiredService<TenantDbFactory>().OpenAsync(scope, http.RequestAborted);
        var open = new OpenDatabase(db);
        http.Features.Set(open);
        http.Response.RegisterForDisposeAsync(open);
        return db;
    }

    public override void Dispose()
    {
        var lease = ReleaseScope();
        base.Dispose();
        lease?.Dispose(); // last, because it returns this context to the pool
    }

    public override async ValueTask DisposeAsync()
    {
        var lease = ReleaseScope();
        await base.DisposeAsync();
        if (lease is not null)
        {
            await lease.DisposeAsync();
        }
    }

    private TenantConnectionLease? ReleaseScope()
    {
        var lease = _lease;
        (_scope, _lease, _clock) = (null, null, null);
        ClearAttached();
        return lease;
    }

    private static InvalidOperationException CreateNoScopeException() => new("The context has no tenant scope, or it was disposed.");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasCollation(NameOrder, locale: "und-u-kn-true", provider: "icu", deterministic: true);
        base.OnModelCreating(modelBuilder);
    }
}
