using Microsoft.Extensions.Hosting;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The versions of PostgreSQL that an installation may run on.</summary>
public static class PostgresVersion
{
    /// <summary>Before 16 a role that may create roles can make itself a member of those that run programs on the server.</summary>
    public const int OldestInProduction = 16;

    public static bool IsTooOld(int major, IHostEnvironment environment) => major < OldestInProduction && !environment.IsDevelopment();
}
