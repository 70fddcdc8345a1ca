using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Sessions: one per device, with short-lived access tokens, single-use refresh tokens and immediate sign-out.</summary>
internal static class SessionsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<Session> Sessions => db.Set<Session>();

        public DbSet<MfaChallenge> MfaChallenges => db.Set<MfaChallenge>();

        public DbSet<SigningKey> SigningKeys => db.Set<SigningKey>();
    }

    public const string JwtSection = "Jwt";

    public static void AddSessions(this IServiceCollection services)
    {
        services.AddSettings<JwtOptions>(JwtSection);
        services.AddSettings<SessionOptions>("Sessions");
        services.AddSettings<SignInOptions>("SignIn");
        services.AddSettings<MfaOptions>("Mfa");
        services.AddSingleton<SigningKeyRing>();
        services.AddSingleton<SignedTokens>();
        services.AddSingleton(provider => new AccessTokens(
            provider.GetRequiredService<SignedTokens>(),
            provider.GetRequiredService<IOptions<SessionOptions>>()
        ));
        services.AddSingleton<BrowserTokens>();
        services.AddSingleton<HmacTokens>();
        services.AddSingleton<RefreshTokens>();
        services.AddSingleton<SignInAttempts>();
        services.AddSingleton<SessionCache>();
        services.AddScoped<SessionStore>();
        services.AddScoped<CredentialRevoker, SessionRevoker>();
        services.AddScoped<VerifyPassword>();
        services.AddScoped<MfaTokens>();
        services.AddScoped<OpenSession>();
        services.AddScoped<RefreshSession>();
        services.AddJob<RotateSigningKey>(RotateSigningKey.Name, "Creates a new signing key; sessions stay valid", cron: "0 30 3 1 * ?");
        services.AddJob<PurgeSessionsJob>("purge-sessions", "Deletes sessions that ended more than 30 days ago", cron: "0 0 2 * * ?");
    }

    /// <summary>Adds the listener of the session cache to a host that authenticates users. Without it every request reads a row.</summary>
    public static void AddSessionChecks(this IServiceCollection services) =>
        services.AddHostedService(provider => provider.GetRequiredService<SessionCache>());

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("Authentication");
        LogIn.Map(auth);
        RefreshSession.Map(auth);
        LogOut.Map(auth);

        var sessions = routes.MapGroup("/api/users/me/sessions").WithTags("Sessions");
        ListSessions.Map(sessions);
        EndSession.Map(sessions);
        EndOtherSessions.Map(sessions);
    }
}
