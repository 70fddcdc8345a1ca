using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Documents.Files;
using SaaS.Core.Encryption;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.BreakGlass;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Persistence;

/// <summary>
/// The control database of the platform: accounts, sessions, tenants and memberships, but no data of tenants. Contexts are pooled, so
/// all state that EF does not reset is cleared on disposal.
/// </summary>
internal sealed class ControlDbContext(DbContextOptions<ControlDbContext> options) : DbContext(options), IOutboxOwner
{
    /// <summary>The access of the request that this context serves; null for the system and for anonymous requests.</summary>
    public RequestAccess? Access { get; private set; }

    private TimeProvider Clock => this.GetService<TimeProvider>();

    /// <summary>Publishes events in the current transaction.</summary>
    public Outbox Outbox => field ??= new Outbox(this, Clock);

    /// <summary>Records audit entries in the current transaction.</summary>
    public AuditTrail Audit => field ??= new AuditTrail(this, Clock);

    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<MailedLink> MailedLinks => Set<MailedLink>();

    public DbSet<EmailChange> EmailChanges => Set<EmailChange>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<StoredCipherKey> CipherKeys => Set<StoredCipherKey>();

    public DbSet<Tenant> Tenants => Set<Tenant>();

    public DbSet<Membership> Memberships => Set<Membership>();

    public DbSet<RemovedMember> RemovedMembers => Set<RemovedMember>();

    public DbSet<SsoConfiguration> SsoConfigurations => Set<SsoConfiguration>();

    public DbSet<SsoDomain> SsoDomains => Set<SsoDomain>();

    public DbSet<SsoIdentity> SsoIdentities => Set<SsoIdentity>();

    public DbSet<SsoFlow> SsoFlows => Set<SsoFlow>();

    public DbSet<SsoActivity> SsoActivities => Set<SsoActivity>();

    public DbSet<BreakGlassAdmin> BreakGlassAdmins => Set<BreakGlassAdmin>();

    public DbSet<TenantMigration> TenantMigrations => Set<TenantMigration>();

    public DbSet<OutboxMessage> OutboxMessages => Set<OutboxMessage>();

    public DbSet<PendingTenant> PendingTenants => Set<PendingTenant>();

    public DbSet<UnusedFileMarker> UnusedFileMarkers => Set<UnusedFileMarker>();

    public DbSet<ConsumedEvent> ConsumedEvents => Set<ConsumedEvent>();

    public DbSet<DeadLetter> DeadLetters => Set<DeadLetter>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    public DbSet<JobRun> JobRuns => Set<JobRun>();

    public DbSet<JobAlert> JobAlerts => Set<JobAlert>();

    public DbSet<UsageReport> UsageReports => Set<UsageReport>();

    Guid? IOutboxOwner.TenantId => null;

    /// <summary>Assigns this context to a request, whose access is rechecked in each transaction.</summary>
    public void SetAccess(RequestAccess access)
    {
        Access = access;
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always; // the recheck also needs a transaction for a single statement
    }

    public override void Dispose()
    {
        Access = null; // the context is pooled and reused by other requests
        base.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        Access = null;
        return base.DisposeAsync();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<EmailAddress>().HaveConversion<EmailAddress.Converter>().HaveMaxLength(EmailAddress.MaxLength);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.ApplyConfiguration(new User.Mapping());
        modelBuilder.ApplyConfiguration(new Session.Mapping());
        modelBuilder.ApplyConfiguration(new MailedLink.Mapping());
        modelBuilder.ApplyConfiguration(new EmailChange.Mapping());
        modelBuilder.ApplyConfiguration(new SigningKey.Mapping());
        modelBuilder.ApplyConfiguration(new StoredCipherKey.Mapping());
        modelBuilder.ApplyConfiguration(new Tenant.Mapping());
        modelBuilder.ApplyConfiguration(new Membership.Mapping());
        modelBuilder.ApplyConfiguration(new RemovedMember.Mapping());
        modelBuilder.ApplyConfiguration(new SsoConfiguration.Mapping());
        modelBuilder.ApplyConfiguration(new SsoDomain.Mapping());
        modelBuilder.ApplyConfiguration(new SsoIdentity.Mapping());
        modelBuilder.ApplyConfiguration(new SsoFlow.Mapping());
        modelBuilder.ApplyConfiguration(new SsoActivity.Mapping());
        modelBuilder.ApplyConfiguration(new BreakGlassAdmin.Mapping());
        modelBuilder.ApplyConfiguration(new TenantMigration.Mapping());
        modelBuilder.ApplyConfiguration(new OutboxMessage.Mapping());
        modelBuilder.ApplyConfiguration(new PendingTenant.Mapping());
        modelBuilder.ApplyConfiguration(new UnusedFileMarker.Mapping());
        modelBuilder.ApplyConfiguration(new ConsumedEvent.Mapping());
        modelBuilder.ApplyConfiguration(new DeadLetter.Mapping());
        modelBuilder.ApplyConfiguration(new AuditEntry.Mapping(isShared: true));
        modelBuilder.ApplyConfiguration(new IdempotencyRecord.Mapping());
        modelBuilder.ApplyConfiguration(new JobRun.Mapping());
        modelBuilder.ApplyConfiguration(new JobAlert.Mapping());
        modelBuilder.ApplyConfiguration(new UsageReport.Mapping());
    }
}
