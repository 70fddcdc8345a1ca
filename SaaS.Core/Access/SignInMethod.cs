namespace SaaS.Core.Access;

/// <summary>The authentication method of a session.</summary>
internal enum SignInMethod
{
    /// <summary>The password of the account.</summary>
    Password,

    /// <summary>Single sign-on through a tenant's identity provider.</summary>
    Sso,

    /// <summary>The password and a second factor of a break-glass admin, for an outage of the identity provider.</summary>
    BreakGlass,
}
