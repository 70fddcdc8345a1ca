using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Binds a one-time code to the client that started the sign-in, as PKCE does (RFC 7636, S256): the client keeps the verifier and sends its
/// hash, the challenge, at the start. A victim who is lured to a URL with an attacker's code has a different verifier.
/// </summary>
internal static class CodeChallenge
{
    public const int VerifierMaxLength = 128;

    public const int Length = 43;

    /// <summary>A SHA-256 in base64url without padding; the last two bits of the last character are always zero.</summary>
    public static readonly FieldRule Rule = new()
    {
        MinLength = Length,
        MaxLength = Length,
        Pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
    };

    public static bool IsChallenge(string challenge) => Rule.Validate(challenge) is null;

    /// <param name="challenge">The challenge of the sign-in; null when it was started without one.</param>
    /// <param name="verifier">The verifier sent with the code. Without a challenge there must be none: that client did not start this
    /// sign-in.</param>
    public static bool Matches(string? challenge, string? verifier) =>
        challenge is null
            ? verifier is null
            : verifier is not null
                && CryptographicOperations.FixedTimeEquals(
                    Encoding.ASCII.GetBytes(challenge),
                    Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(verifier))))
                );
}

/// <summary>
/// Describes a challenge in OpenAPI only; the handler validates it, because a browser gets a page instead of a JSON problem.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CodeChallengeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule => CodeChallenge.Rule;

    public override string? Validate(string text) => null;
}
