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
/// The database of one tenant, opened by one actor. A route's handler takes it as a parameter and gets that of its own
/// tenant; everything else asks <see cref="TenantDbFactory"/>, with a <see cref="TenantScope"/> in hand.
/// </summary>
internal sealed class TenantDbContext : DbContext, IOutboxOwner
{
    private TenantScope? _scope;
    private TenantConnectionLease? _lease;
    private TenantOutbox? _outbox;
    private TenantAuditTrail? _audit;

    /// <summary>A schema without a tenant, which can neither tell events nor record who acts; migrations need no more.</summary>
    public TenantDbContext(DbContextOptions<TenantDbContext> options)
        : base(options)
    {
    }

    /// <summary>What the request in whose name this changes something was let in with; null where no caller decides.</summary>
    public RequestAccess? Access => _scope?.Access;

    /// <summary>Who is in which tenant.</summary>
    public TenantScope Scope => _scope ?? throw NobodyIsIn();

    /// <summary>Tells what this transaction changes.</summary>
    public TenantOutbox Outbox => _outbox ?? throw NobodyIsIn();

    /// <summary>Records who changes it.</summary>
    public TenantAuditTrail Audit => _audit ?? throw NobodyIsIn();

    public DbSet<StoredFile> Files => Set<StoredFile>();

    public DbSet<UnfinishedUpload> UnfinishedUploads => Set<UnfinishedUpload>();

    public DbSet<ContentUsage> ContentUsage => Set<ContentUsage>();

    public DbSet<Document> Documents => Set<Document>();

    public DbSet<OutboxMessage> OutboxMessages => Set<OutboxMessage>();

    public DbSet<ConsumedEvent> ConsumedEvents => Set<ConsumedEvent>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    Guid? IOutboxOwner.TenantId => _scope?.TenantId;

    /// <summary>Lets an actor in, until this is disposed of; for the factory alone.</summary>
    /// <exception cref="InvalidOperationException">The connection is to another tenant's database.</exception>
    public void Enter(TenantScope scope, TenantConnectionLease lease, TimeProvider clock)
    {
        if (lease.Connection.Database != scope.Database.Name)
        {
            throw new InvalidOperationException("This connection is to another tenant's database.");
        }

        Database.SetDbConnection(lease.Connection);
        (_scope, _lease) = (scope, lease);
        Database.AutoTransactionBehavior = Access is null ? AutoTransactionBehavior.WhenNeeded : AutoTransactionBehavior.Always;
        _outbox = new TenantOutbox(new Outbox(this, clock), scope.TenantId);
        _audit = new TenantAuditTrail(new AuditTrail(this, clock), scope);
    }

    /// <summary>
    /// Opens, for a route's handler, the database of the tenant that the gate has let the caller into. It is open for
    /// as long as the handler runs; one that waits for its caller's network asks for a <see cref="TenantDbFactory"/>
    /// instead, and opens late and shortly.
    /// </summary>
    public static async ValueTask<TenantDbContext?> BindAsync(HttpContext http, ParameterInfo _)
    {
        var scope = http.Features.Get<TenantScope>()
            ?? throw new InvalidOperationException($"The route {http.GetEndpoint()?.DisplayName} opens a tenant's database but is not in a group made by MapTenantGroup.");

        var db = await http.RequestServices.GetRequiredService<TenantDbFactory>().OpenAsync(scope, http.RequestAborted);
        var open = new OpenDatabase(db);
        http.Features.Set(open);
        http.Response.RegisterForDisposeAsync(open);
        return db;
    }

    public override void Dispose()
    {
        var lease = Leave();
        base.Dispose();
        lease?.Dispose(); // last: with it, this goes to whoever comes next
    }

    public override async ValueTask DisposeAsync()
    {
        var lease = Leave();
        await base.DisposeAsync();
        if (lease is not null)
        {
            await lease.DisposeAsync();
        }
    }

    private TenantConnectionLease? Leave()
    {
        var lease = _lease;
        (_scope, _lease, _outbox, _audit) = (null, null, null, null);
        return lease;
    }

    private static InvalidOperationException NobodyIsIn() => new("Nobody has entered this tenant's database, or they have left it.");

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
