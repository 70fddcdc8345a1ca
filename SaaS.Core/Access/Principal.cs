using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>
/// The authenticated caller of a request: a user with a session, or a service account with an API key. A handler that API keys may reach
/// takes it as a parameter; one that takes a <see cref="CurrentUser"/> is for people only.
/// </summary>
internal abstract record Principal
{
    /// <summary>The id of the account or service account; ids of both are never equal.</summary>
    public abstract Guid Id { get; }

    public abstract Actor Actor { get; }

    /// <summary>Returns the caller of a request; null when it is not authenticated.</summary>
    public static Principal? Get(HttpContext http) => CurrentUser.Get(http) ?? (Principal?)CurrentServiceAccount.Get(http);

    public static ValueTask<Principal?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult(Get(http));
}
