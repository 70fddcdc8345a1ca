namespace SaaS.Core.SchemaMigration;

/// <summary>The scope of a migration run.</summary>
/// <param name="TenantId">The id of the only tenant to migrate; null for all tenants.</param>
/// <param name="Parallel">The number of tenants that are migrated in parallel.</param>
public sealed record MigrationRequest(Guid? TenantId = null, int Parallel = MigrationRequest.DefaultParallel)
{
    public const int DefaultParallel = 4;
    public const int MaxParallel = 64;
}

/// <summary>The result of the migration of one tenant.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">The tenant's name.</param>
/// <param name="Outcome">The outcome of the migration.</param>
/// <param name="Error">The error message; null unless the migration failed.</param>
public sealed record MigratedTenant(Guid Id, string Name, MigrationOutcome Outcome, string? Error = null);

public enum MigrationOutcome
{
    Migrated,

    /// <summary>Another run has migrated the tenant, or the tenant was erased.</summary>
    DoneElsewhere,

    /// <summary>The migration failed, and the tenant is unavailable in this build until it is migrated.</summary>
    Failed,
}

/// <summary>The progress of a migration run.</summary>
/// <param name="Total">The number of tenants that were behind at the start.</param>
/// <param name="Done">The number of tenants that are up to date now.</param>
/// <param name="Failed">The number of tenants that could not be migrated.</param>
/// <param name="Latest">The tenant that was processed last; null at the start.</param>
public sealed record MigrationStep(int Total, int Done, int Failed, MigratedTenant? Latest)
{
    public int Remaining => Total - Done - Failed;
}

/// <summary>The result of a migration run.</summary>
/// <param name="Last">The final progress.</param>
/// <param name="Failures">The tenants that could not be migrated, with their errors.</param>
/// <param name="IsUnknownTenant">True when the requested tenant does not exist.</param>
/// <param name="WasStopped">True when the run was stopped before all tenants were processed.</param>
public sealed record MigrationReport(
    MigrationStep Last,
    IReadOnlyList<MigratedTenant> Failures,
    bool IsUnknownTenant = false,
    bool WasStopped = false
)
{
    internal static readonly MigrationReport NothingToDo = new(new MigrationStep(0, 0, 0, Latest: null), []);

    internal static readonly MigrationReport UnknownTenant = NothingToDo with { IsUnknownTenant = true };
}
