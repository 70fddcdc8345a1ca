using Microsoft.Extensions.Hosting;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The supported versions of PostgreSQL.</summary>
public static class PostgresVersion
{
    /// <summary>Before 16 a role with CREATEROLE can make itself a member of roles that run programs on the server.</summary>
    public const int OldestInProduction = 16;

    public static bool IsTooOld(int major, IHostEnvironment environment) => major < OldestInProduction && !environment.IsDevelopment();
}
