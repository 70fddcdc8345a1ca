namespace SaaS.Core.Access;

/// <summary>How somebody proved who they are when their session was opened.</summary>
internal enum SignInMethod
{
    /// <summary>The account's own password.</summary>
    Password,

    /// <summary>A tenant's identity provider vouched for them.</summary>
    Sso,

    /// <summary>The account's password and a second factor, by an admin who is named for when the identity provider fails.</summary>
    BreakGlass,
}
