namespace SaaS.Tests.Architecture;

/// <summary>
/// Tests on the compiled code that tenant data is never opened without a proof, and that only the authorization gates create one.
/// </summary>
public sealed class TenantScopeTests
{
    private const string Scope = "SaaS.Core.Access.TenantScope";
    private const string Database = "SaaS.Core.Persistence.TenantDbContext";

    [Fact]
    public void Only_authorization_middleware_and_system_access_grant_a_tenant_scope()
    {
        Assert.Equal(
            ["SaaS.Core.Tenancy.Catalog.SystemTenantAccess", "SaaS.Core.Tenancy.TenantAuthorizationMiddleware"],
            CoreCode.CallersOf(Scope, "Grant").Order()
        );
        Assert.Equal([Scope], CoreCode.CallersOf(Scope, ".ctor"));
    }

    [Fact]
    public void Only_the_factory_opens_tenant_databases_outside_schema_migration()
    {
        Assert.Equal(
            ["SaaS.Core.Persistence.TenantDbContextDesignFactory", "SaaS.Core.SchemaMigration.DatabaseSchema"],
            CoreCode.CallersOf(Database, ".ctor").Order()
        );
        Assert.Equal(["SaaS.Core.Persistence.TenantDbFactory"], CoreCode.CallersOf(Database, "AssignScope"));
        Assert.Equal(
            ["SaaS.Core.Persistence.TenantDbFactory"],
            CoreCode.CallersOf("SaaS.Infrastructure.Postgres.TenantDataSources", "LeaseAsync")
        );
    }

    [Fact]
    public void Only_provisioning_migration_and_reset_use_the_administrative_role()
    {
        var users = CoreCode
            .Types()
            .Where(type => CoreCode.Mentions(type).Any(mentioned => mentioned.FullName == "SaaS.Infrastructure.Postgres.DatabaseAdmin"))
            .Select(type => CoreCode.Outermost(type).FullName)
            .Distinct()
            .Order();

        Assert.Equal(
            [
                "SaaS.Core.SchemaMigration.MigrateControl",
                "SaaS.Core.SchemaMigration.MigrateTenants",
                "SaaS.Core.SchemaMigration.ResetDatabases",
                "SaaS.Core.Tenancy.Provisioning.ProvisionTenant",
            ],
            users
        );
    }

    [Fact]
    public void The_control_database_has_no_tenant_tables()
    {
        var control = EntitiesOf("IControlEntityConfiguration");
        var tenant = EntitiesOf("ITenantEntityConfiguration");
        // Both kinds of database publish events, record the consumed ones, and store audit entries and idempotency records, each
        // for its own changes.
        string[] both = ["AuditEntry", "ConsumedEvent", "IdempotencyRecord", "OutboxMessage"];

        Assert.Contains("User", control);
        Assert.Contains("Document", tenant);
        Assert.Equal(both, control.Intersect(tenant).Order());
    }

    private static List<string> EntitiesOf(string configuration) =>
        [
            .. CoreCode
                .Types()
                .SelectMany(type => type.Interfaces)
                .Select(implemented => implemented.InterfaceType)
                .OfType<Mono.Cecil.GenericInstanceType>()
                .Where(type => type.ElementType.Name == $"{configuration}`1")
                .Select(type => type.GenericArguments[0].Name)
                .Distinct(),
        ];
}
