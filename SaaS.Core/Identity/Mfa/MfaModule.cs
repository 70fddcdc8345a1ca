using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Messaging;

namespace SaaS.Core.Identity.Mfa;

/// <summary>
/// Multi-factor authentication: registers the second factors of accounts, signs in with them, asks for a recent proof where a route
/// demands it, and notifies the owners of changes.
/// </summary>
internal static class MfaModule
{
    public static void AddMfa(this IServiceCollection services)
    {
        services.AddScoped<VerifySecondFactor>();
        services.AddScoped<CompleteSignIn>();
        services.AddScoped<CompletePasskeySignIn>();
        services.AddScoped<ChangeFactors>();
        services.AddPlatformConsumer<NotifyFactorAdded, FactorAdded>(NotifyFactorAdded.Name);
        services.AddPlatformConsumer<NotifyFactorRemoved, FactorRemoved>(NotifyFactorRemoved.Name);
        services.AddPlatformConsumer<NotifyRecoveryCodeUsed, RecoveryCodeUsed>(NotifyRecoveryCodeUsed.Name);
    }

    public static void MapMfa(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("Authentication");
        BeginPasskeySignIn.Map(auth);
        SignInWithPasskey.Map(auth);
        StepUp.Map(auth);
        BeginPasskeyStepUp.Map(auth);

        var mfa = routes.MapGroup("/api/auth/mfa").WithTags("Authentication");
        SignInWithTotp.Map(mfa);
        SignInWithRecoveryCode.Map(mfa);
        BeginPasskeyFactor.Map(mfa);
        ProvePasskeyFactor.Map(mfa);

        var factors = routes.MapGroup("/api/users/me/factors").WithTags("Second factors");
        GetFactors.Map(factors);
        AddTotp.Map(factors);
        ConfirmTotp.Map(factors);
        BeginPasskey.Map(factors);
        AddPasskey.Map(factors);
        RemoveFactor.Map(factors);
        ReplaceRecoveryCodes.Map(factors);
    }
}
