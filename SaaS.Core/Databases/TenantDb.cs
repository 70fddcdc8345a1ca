using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Documents;
using SaaS.Core.Events;
using SaaS.Core.Files;
using SaaS.Core.Idempotency;
using SaaS.Core.Tenants;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Databases;

/// <summary>
/// The database of one tenant, opened by one actor. A route's handler takes it as a parameter and gets that of its own
/// tenant; everything else asks <see cref="TenantDbFactory"/>, with a <see cref="TenantScope"/> in hand.
/// </summary>
internal sealed class TenantDb : DbContext, IOutboxOwner
{
    private readonly TenantScope? _scope;
    private readonly TenantConnectionLease? _lease;

    public TenantDb(DbContextOptions<TenantDb> options, TenantScope scope, TenantConnectionLease lease, TimeProvider clock)
        : base(options)
    {
        _scope = scope;
        _lease = lease;
        Outbox = new TenantOutbox(new Outbox(this, clock), scope.TenantId);
        Audit = new TenantAuditTrail(new AuditTrail(this, clock), scope.Actor);
    }

    /// <summary>For migrations alone: a schema without a tenant, which can neither tell events nor record who acts.</summary>
    internal TenantDb(DbContextOptions<TenantDb> schemaOnly)
        : base(schemaOnly)
    {
        Outbox = null!;
        Audit = null!;
    }

    /// <summary>Who is in which tenant.</summary>
    public TenantScope Scope => _scope ?? throw new InvalidOperationException("A schema has no tenant.");

    /// <summary>Tells what this transaction changes.</summary>
    public TenantOutbox Outbox { get; }

    /// <summary>Records who changes it.</summary>
    public TenantAuditTrail Audit { get; }

    public DbSet<StoredFile> Files => Set<StoredFile>();

    public DbSet<ContentUsage> ContentUsage => Set<ContentUsage>();

    public DbSet<Document> Documents => Set<Document>();

    public DbSet<OutboxMessage> OutboxMessages => Set<OutboxMessage>();

    public DbSet<ConsumedEvent> ConsumedEvents => Set<ConsumedEvent>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<KeptAnswer> KeptAnswers => Set<KeptAnswer>();

    Guid? IOutboxOwner.TenantId => _scope?.TenantId;

    /// <summary>
    /// Opens, for a route's handler, the database of the tenant that the gate has let the caller into. It is open for
    /// as long as the handler runs; one that waits for its caller's network asks for a <see cref="TenantDbFactory"/>
    /// instead, and opens late and shortly.
    /// </summary>
    public static async ValueTask<TenantDb?> BindAsync(HttpContext http, ParameterInfo _)
    {
        var scope = http.Features.Get<TenantScope>()
            ?? throw new InvalidOperationException($"The route {http.GetEndpoint()?.DisplayName} opens a tenant's database but is not in a group made by MapTenantGroup.");

        var db = await http.RequestServices.GetRequiredService<TenantDbFactory>().OpenAsync(scope, http.RequestAborted);
        http.Response.RegisterForDisposeAsync(db);
        return db;
    }

    public override void Dispose()
    {
        base.Dispose();
        _lease?.Dispose();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_lease is not null)
        {
            await _lease.DisposeAsync();
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.ApplyConfiguration(new StoredFile.Mapping());
        modelBuilder.ApplyConfiguration(new ContentUsage.Mapping());
        modelBuilder.ApplyConfiguration(new Document.Mapping());
        modelBuilder.ApplyConfiguration(new OutboxMessage.Mapping());
        modelBuilder.ApplyConfiguration(new ConsumedEvent.Mapping());
        modelBuilder.ApplyConfiguration(new AuditEntry.Mapping());
        modelBuilder.ApplyConfiguration(new KeptAnswer.Mapping());
    }
}
