using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Encryption;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Catalog;

/// <summary>The catalog of tenants: which exist, in which state, and where their data is. Everything that works per tenant needs it.</summary>
internal static class CatalogModule
{
    extension(ControlDbContext db)
    {
        public DbSet<Tenant> Tenants => db.Set<Tenant>();
    }

    public static void AddTenantCatalog(this IServiceCollection services)
    {
        services.AddScoped<SystemTenantAccess>();
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<Tenant>(
                TenantDatabase.PasswordPurpose,
                nameof(Tenant.Id),
                nameof(Tenant.Id),
                nameof(Tenant.EncryptedDatabasePassword)
            )
        );
    }
}
