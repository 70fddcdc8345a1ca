using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>Who sent this request, as the verified access token says; a handler asks for it as a parameter.</summary>
internal sealed record Caller(Guid UserId, Guid SessionId)
{
    public Actor Actor => Actor.User(UserId);

    /// <summary>Null when nobody is signed in.</summary>
    public static Caller? Of(HttpContext http) =>
        Guid.TryParse(http.User.FindFirst("sub")?.Value, out var user) && Guid.TryParse(http.User.FindFirst("sid")?.Value, out var session)
            ? new Caller(user, session)
            : null;

    public static ValueTask<Caller?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult(Of(http));
}
