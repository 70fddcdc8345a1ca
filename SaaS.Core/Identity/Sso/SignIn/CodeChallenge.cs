using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Binds a one-time code to the client that began the sign-in, as PKCE does (RFC 7636, S256): it keeps a secret, the verifier, and
/// gives its hash, the challenge, at the beginning. Whoever is made to open an address with somebody else's code has another verifier.
/// </summary>
internal static class CodeChallenge
{
    public const int VerifierMaxLength = 128;

    public const int Length = 43;

    /// <summary>A SHA-256 in base64url without padding; of the last character two bits are always zero.</summary>
    public static readonly FieldRule Rule = new() { MinLength = Length, MaxLength = Length, Pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$" };

    public static bool IsChallenge(string challenge) => Rule.FaultOf(challenge) is null;

    /// <param name="challenge">What the sign-in was begun with; null where it was begun without.</param>
    /// <param name="verifier">What came with the code. Where there was no challenge there must be none: that client did not begin this sign-in.</param>
    public static bool Matches(string? challenge, string? verifier) =>
        challenge is null
            ? verifier is null
            : verifier is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(challenge), Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(verifier)))));
}

/// <summary>States what a challenge is; the handler checks it, because a browser gets a page and not a refusal in JSON.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class CodeChallengeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule => CodeChallenge.Rule;

    public override string? FaultOf(string text) => null;
}
