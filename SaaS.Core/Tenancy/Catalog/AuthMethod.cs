using SaaS.Core.Access;

namespace SaaS.Core.Tenancy.Catalog;

/// <summary>The ways in which the members of a tenant may sign in.</summary>
public enum AuthMethod
{
    /// <summary>With the password of the account.</summary>
    Local,

    /// <summary>Through the tenant's identity provider only.</summary>
    Sso,

    /// <summary>With the password or through the identity provider.</summary>
    Both,
}

internal static class AuthMethods
{
    public static bool Allows(this AuthMethod method, SignInMethod session) =>
        (method, session) switch
        {
            (_, SignInMethod.BreakGlass) => true, // for an outage of the identity provider; needs a second factor
            (AuthMethod.Both, _) => true,
            (AuthMethod.Local, SignInMethod.Password) => true,
            (AuthMethod.Sso, SignInMethod.Sso) => true,
            (AuthMethod.Local, _) or (AuthMethod.Sso, _) => false,
        };
}
