using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SaaS.Core.Databases;
using SaaS.Platform.Redis;

namespace SaaS.Core.Sessions;

/// <summary>Staying signed in: a session per device, short access tokens, refresh tokens that are good once, and an end that holds at once.</summary>
internal static class SessionsModule
{
    public static void AddSessions(this IServiceCollection services)
    {
        services.AddOptions<JwtOptions>().BindConfiguration("Jwt", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SessionOptions>().BindConfiguration("Sessions", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<RefreshTokens>();
        services.AddScoped(provider => new LiveSessions(
            provider.GetRequiredService<ControlDb>(), provider.GetRequiredService<ExpiringKeys>(), provider.GetRequiredService<IOptions<SessionOptions>>(), provider.GetRequiredService<TimeProvider>()));
    }

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("Authentication");
        LogIn.Map(auth);
        RefreshSession.Map(auth);
        LogOut.Map(auth);
    }
}
