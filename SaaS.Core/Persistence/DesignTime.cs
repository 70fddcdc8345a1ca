using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace SaaS.Core.Persistence;

// What `dotnet ef migrations add` builds the contexts with: a model and a dialect, no server.

internal sealed class ControlDbDesign : IDesignTimeDbContextFactory<ControlDb>
{
    public ControlDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<ControlDb>().UseNpgsql().UseSnakeCaseNamingConvention().Options);
}

internal sealed class TenantDbDesign : IDesignTimeDbContextFactory<TenantDb>
{
    public TenantDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<TenantDb>().UseNpgsql().UseSnakeCaseNamingConvention().Options);
}
