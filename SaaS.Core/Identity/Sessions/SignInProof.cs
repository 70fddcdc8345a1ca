using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;

namespace SaaS.Core.Identity.Sessions;

/// <summary>An account whose password was verified.</summary>
/// <param name="User">The account as read before the password was compared.</param>
/// <param name="RequiredMethods">The methods of which one must be proved as well; empty for an account without a second factor.</param>
internal sealed record VerifiedPassword(User User, IReadOnlyList<FactorMethod> RequiredMethods);

/// <summary>
/// The proof that a session requires: an authenticated account and its methods. Every sign-in creates it here, so that no sign-in with a
/// password omits the second factor.
/// </summary>
internal sealed record SignInProof
{
    private SignInProof(User user, SignInMethod method, params IReadOnlyList<string> amr) => (User, Method, Amr) = (user, method, amr);

    public User User { get; }

    public SignInMethod Method { get; }

    /// <summary>The authentication methods, as in the claim <c>amr</c> (RFC 8176).</summary>
    public IReadOnlyList<string> Amr { get; }

    /// <returns>Null when the account has a second factor, which must be proved first.</returns>
    public static SignInProof? FromPassword(VerifiedPassword verified) =>
        verified.RequiredMethods is [] ? new(verified.User, SignInMethod.Password, AuthenticationMethods.Password) : null;

    /// <summary>A verified password and second factor.</summary>
    public static SignInProof FromPasswordAndFactor(User user, FactorMethod factor) =>
        new(
            user,
            SignInMethod.Password,
            AuthenticationMethods.Password,
            AuthenticationMethods.Of(factor),
            AuthenticationMethods.MultiFactor
        );

    /// <summary>A passkey whose authenticator verified the user, which is two factors in one.</summary>
    public static SignInProof FromPasskey(User user) =>
        new(user, SignInMethod.Password, AuthenticationMethods.ProofOfPossession, AuthenticationMethods.MultiFactor);

    /// <summary>A verified password and the one-time password of a break-glass admin, which is a second factor of its own.</summary>
    public static SignInProof FromBreakGlass(User user) =>
        new(
            user,
            SignInMethod.BreakGlass,
            AuthenticationMethods.Password,
            AuthenticationMethods.OneTimePassword,
            AuthenticationMethods.MultiFactor
        );

    /// <summary>A sign-in at the identity provider of a tenant.</summary>
    /// <param name="amr">The methods that the provider stated.</param>
    public static SignInProof FromProvider(User user, IReadOnlyList<string> amr) => new(user, SignInMethod.Sso, amr);
}

/// <summary>Values of the claim <c>amr</c> (RFC 8176).</summary>
internal static class AuthenticationMethods
{
    public const string Password = "pwd";
    public const string OneTimePassword = "otp";
    public const string ProofOfPossession = "pop";
    public const string MultiFactor = "mfa";

    public const int MaxCount = 10;
    public const int MaxLength = 20;

    /// <summary>Returns true for a value that a provider may state: a short name.</summary>
    public static bool IsStorable(string method) => method.Length is > 0 and <= MaxLength && method.All(char.IsAsciiLetterOrDigit);

    /// <summary>Returns the value of a second factor. A recovery code is a one-time password from a list.</summary>
    public static string Of(FactorMethod factor) => factor is FactorMethod.Passkey ? ProofOfPossession : OneTimePassword;
}
