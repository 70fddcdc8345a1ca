using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Identity.Sessions;

/// <summary>The second half of authentication: the token is ours, but is its session still live?</summary>
public static class SessionCheck
{
    /// <summary>Makes the caller known to the request; what comes after it asks for a <c>Caller</c>.</summary>
    /// <returns>False when the session has ended.</returns>
    public static async Task<bool> AdmitAsync(HttpContext http, ClaimsPrincipal verified)
    {
        if (!Guid.TryParse(verified.FindFirst("sub")?.Value, out var userId)
            || !Guid.TryParse(verified.FindFirst("sid")?.Value, out var sessionId)
            || await http.RequestServices.GetRequiredService<SessionStore>().FindCallerAsync(userId, sessionId, http.RequestAborted) is not { } currentUser)
        {
            return false;
        }

        http.Features.Set(currentUser);
        return true;
    }
}
