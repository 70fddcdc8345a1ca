using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Accounts;

/// <summary>User accounts: registration and profile. Sessions covers sign-in.</summary>
internal static class AccountsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<User> Users => db.Set<User>();
    }

    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSettings<PasswordOptions>("Passwords");
        services.AddSingleton<Passwords>();
        services.AddScoped<NewAccounts>();
        services.AddScoped<CredentialRevocation>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("Authentication");
        RegisterUser.Map(auth);

        var users = routes.MapGroup("/api/users").WithTags("Users");
        GetProfile.Map(users);
        UpdateProfile.Map(users);
    }
}
