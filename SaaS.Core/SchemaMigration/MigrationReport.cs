namespace SaaS.Core.SchemaMigration;

/// <summary>What is to be migrated.</summary>
/// <param name="TenantId">One tenant alone; null for all of them.</param>
/// <param name="Parallel">How many tenants are migrated side by side.</param>
public sealed record MigrationRequest(Guid? TenantId = null, int Parallel = MigrationRequest.DefaultParallel)
{
    public const int DefaultParallel = 4;
    public const int MaxParallel = 64;
}

/// <summary>How it went with one tenant.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">The tenant's name.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">What PostgreSQL said; null unless it failed.</param>
public sealed record MigratedTenant(Guid Id, string Name, MigrationOutcome Outcome, string? Error = null);

public enum MigrationOutcome
{
    Migrated,

    /// <summary>Another run was faster, or the tenant is gone by now.</summary>
    DoneElsewhere,

    /// <summary>It is not served until it is migrated; the others do not wait for it.</summary>
    Failed,
}

/// <summary>How far a run has come.</summary>
/// <param name="Total">How many tenants were behind.</param>
/// <param name="Done">How many of them are not any more.</param>
/// <param name="Failed">How many could not be migrated.</param>
/// <param name="Latest">Who has just been dealt with; null at the start.</param>
public sealed record MigrationStep(int Total, int Done, int Failed, MigratedTenant? Latest)
{
    public int Remaining => Total - Done - Failed;
}

/// <summary>How a run ended.</summary>
/// <param name="Last">The numbers at the end.</param>
/// <param name="Failures">Who could not be migrated, and why.</param>
/// <param name="IsUnknownTenant">The one tenant that was asked for does not exist.</param>
/// <param name="WasStopped">It was asked to stop before all tenants had their turn.</param>
public sealed record MigrationReport(MigrationStep Last, IReadOnlyList<MigratedTenant> Failures, bool IsUnknownTenant = false, bool WasStopped = false)
{
    internal static readonly MigrationReport NothingToDo = new(new MigrationStep(0, 0, 0, Latest: null), []);

    internal static readonly MigrationReport UnknownTenant = NothingToDo with { IsUnknownTenant = true };
}
