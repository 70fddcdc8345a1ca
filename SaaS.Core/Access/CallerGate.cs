using Microsoft.AspNetCore.Http;
using SaaS.Platform.Http;

namespace SaaS.Core.Access;

/// <summary>
/// What depends on the caller alone, before anything is looked at: a password that has to be changed first, and routes
/// for operators. It asks no database: the check of the session has already told.
/// </summary>
internal sealed class CallerGate(RequestDelegate next)
{
    public static readonly Problem PasswordChangeRequired = new(ProblemKind.Forbidden, "PASSWORD_CHANGE_REQUIRED", "Change your password first: PUT /api/users/me/password");

    public Task InvokeAsync(HttpContext http)
    {
        var refusal = http.GetEndpoint() is { } endpoint && Caller.Of(http) is { } caller ? FindRefusal(endpoint.Metadata, caller) : null;
        return refusal is null ? next(http) : refusal.ToHttp().ExecuteAsync(http);
    }

    private static Problem? FindRefusal(EndpointMetadataCollection marks, Caller caller) =>
        caller.MustChangePassword && marks.GetMetadata<ServesBeforePasswordChange>() is null ? PasswordChangeRequired
        : !caller.IsPlatformAdmin && marks.GetMetadata<NeedsPlatformAdmin>() is not null ? PlatformRoutes.PlatformAdminsOnly
        : null;
}
