using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Completes authentication: checks that the session of a validated token is still valid.</summary>
public static class SessionCheck
{
    /// <summary>Sets the <c>CurrentUser</c> of the request.</summary>
    /// <returns>False when the session has ended.</returns>
    public static async Task<bool> AuthenticateAsync(HttpContext http, ClaimsPrincipal principal)
    {
        if (
            !Guid.TryParse(principal.FindFirst("sub")?.Value, out var userId)
            || !Guid.TryParse(principal.FindFirst("sid")?.Value, out var sessionId)
            || await http.RequestServices.GetRequiredService<SessionStore>().FindCurrentUserAsync(userId, sessionId, http.RequestAborted)
                is not { } currentUser
        )
        {
            return false;
        }

        http.Features.Set(currentUser);
        return true;
    }
}
