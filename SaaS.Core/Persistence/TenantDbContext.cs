using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Core.Idempotency;
using SaaS.Core.Messaging;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Persistence;

/// <summary>
/// The database of one tenant, opened by one actor. Handlers take the database of the route's tenant as a parameter; other code opens
/// one with <see cref="TenantDbFactory"/> and a <see cref="TenantScope"/>.
/// </summary>
internal sealed class TenantDbContext : DbContext, IOutboxOwner
{
    private TenantScope? _scope;
    private TenantConnectionLease? _lease;
    private TenantOutbox? _outbox;
    private TenantAuditTrail? _audit;

    /// <summary>Creates a context without a tenant, for migrations. It can neither publish events nor record audit entries.</summary>
    public TenantDbContext(DbContextOptions<TenantDbContext> options)
        : base(options) { }

    /// <summary>The access of the request that this context serves; null for the system and for requests that change no data.</summary>
    public RequestAccess? Access => _scope?.Access;

    public TenantScope Scope => _scope ?? throw CreateNoScopeException();

    /// <summary>Publishes events in the current transaction.</summary>
    public TenantOutbox Outbox => _outbox ?? throw CreateNoScopeException();

    /// <summary>Records audit entries in the current transaction.</summary>
    public TenantAuditTrail Audit => _audit ?? throw CreateNoScopeException();

    public DbSet<StoredFile> Files => Set<StoredFile>();

    public DbSet<UnfinishedUpload> UnfinishedUploads => Set<UnfinishedUpload>();

    public DbSet<ContentUsage> ContentUsage => Set<ContentUsage>();

    public DbSet<Document> Documents => Set<Document>();

    public DbSet<OutboxMessage> OutboxMessages => Set<OutboxMessage>();

    public DbSet<ConsumedEvent> ConsumedEvents => Set<ConsumedEvent>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    Guid? IOutboxOwner.TenantId => _scope?.TenantId;

    /// <summary>Assigns this context to a scope until it is disposed. Only <see cref="TenantDbFactory"/> calls it.</summary>
    /// <exception cref="InvalidOperationException">The connection belongs to another tenant's database.</exception>
    public void AssignScope(TenantScope scope, TenantConnectionLease lease, TimeProvider clock)
    {
        if (lease.Connection.Database != scope.Database.Name)
        {
            throw new InvalidOperationException("The connection belongs to another tenant's database.");
        }

        Database.SetDbConnection(lease.Connection);
        (_scope, _lease) = (scope, lease);
        Database.AutoTransactionBehavior = Access is null ? AutoTransactionBehavior.WhenNeeded : AutoTransactionBehavior.Always;
        _outbox = new TenantOutbox(new Outbox(this, clock), scope.TenantId);
        _audit = new TenantAuditTrail(new AuditTrail(this, clock), scope);
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
        (_scope, _lease, _outbox, _audit) = (null, null, null, null);
        return lease;
    }

    private static InvalidOperationException CreateNoScopeException() => new("The context has no tenant scope, or it was disposed.");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.HasCollation(Document.Mapping.NameOrder, locale: "und-u-kn-true", provider: "icu", deterministic: true);
        modelBuilder.ApplyConfiguration(new StoredFile.Mapping());
        modelBuilder.ApplyConfiguration(new UnfinishedUpload.Mapping());
        modelBuilder.ApplyConfiguration(new ContentUsage.Mapping());
        modelBuilder.ApplyConfiguration(new Document.Mapping());
        modelBuilder.ApplyConfiguration(new OutboxMessage.Mapping());
        modelBuilder.ApplyConfiguration(new ConsumedEvent.Mapping());
        modelBuilder.ApplyConfiguration(new AuditEntry.Mapping(isShared: false));
        modelBuilder.ApplyConfiguration(new IdempotencyRecord.Mapping());
    }
}
