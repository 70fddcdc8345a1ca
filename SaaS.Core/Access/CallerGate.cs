using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using SaaS.Platform.Http;

namespace SaaS.Core.Access;

/// <summary>
/// What depends on the caller alone, before anything is looked at: a password that has to be changed first, routes for
/// operators, and sessions that a tenant's identity provider has vouched for, which are good for that tenant and nothing
/// else. It asks no database: the check of the session has already told.
/// </summary>
internal sealed class CallerGate(RequestDelegate next)
{
    public static readonly Problem PasswordChangeRequired = new(ProblemKind.Forbidden, "PASSWORD_CHANGE_REQUIRED", "Change your password first: PUT /api/users/me/password");
    public static readonly Problem PasswordSignInRequired = new(ProblemKind.Forbidden, "PASSWORD_SIGN_IN_REQUIRED", "This sign-in is good for one tenant only; what concerns the whole account needs a sign-in with its password");

    public Task InvokeAsync(HttpContext http)
    {
        var refusal = http.GetEndpoint() is { } endpoint && Caller.Of(http) is { } caller ? FindRefusal(endpoint.Metadata, caller) : null;
        return refusal is null ? next(http) : refusal.ToHttp().ExecuteAsync(http);
    }

    private static Problem? FindRefusal(EndpointMetadataCollection marks, Caller caller) =>
        caller.MustChangePassword && marks.GetMetadata<ServesBeforePasswordChange>() is null ? PasswordChangeRequired
        : !caller.IsPlatformAdmin && marks.GetMetadata<NeedsPlatformAdmin>() is not null ? PlatformRoutes.PlatformAdminsOnly
        : caller.OnlyTenantId is not null && !ServesConfined(marks) ? PasswordSignInRequired
        : null;

    // Routes of a tenant have a gate of their own, and those that serve anybody ask for no caller.
    private static bool ServesConfined(EndpointMetadataCollection marks) =>
        marks.GetMetadata<NeedsTenantRole>() is not null || marks.GetMetadata<ServesConfinedSessions>() is not null || marks.GetMetadata<IAllowAnonymous>() is not null;
}
