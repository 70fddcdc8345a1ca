using SaaS.Core.Access;

namespace SaaS.Core.Tenancy;

/// <summary>How the members of a tenant sign in.</summary>
public enum AuthMethod
{
    /// <summary>With their accounts' passwords.</summary>
    Local,

    /// <summary>Through the tenant's identity provider alone.</summary>
    Sso,

    /// <summary>Either way.</summary>
    Both,
}

internal static class AuthMethods
{
    /// <summary>Whether a session that was opened in this way may enter.</summary>
    public static bool Admits(this AuthMethod method, SignInMethod session) => (method, session) switch
    {
        (_, SignInMethod.BreakGlass) => true, // named for when the identity provider fails, and proved twice
        (AuthMethod.Both, _) => true,
        (AuthMethod.Local, SignInMethod.Password) => true,
        (AuthMethod.Sso, SignInMethod.Sso) => true,
        (AuthMethod.Local, _) or (AuthMethod.Sso, _) => false,
    };
}
