using SaaS.Core.Http;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Problems of requests about second factors.</summary>
internal static class FactorProblems
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Second factor not found");
    public static readonly Problem TotpExists = new(
        ProblemKind.Conflict,
        "TOTP_EXISTS",
        "The account has an authenticator app already: remove it before you add another"
    );
    public static readonly Problem NotBegun = new(
        ProblemKind.Conflict,
        "TOTP_NOT_BEGUN",
        "There is no authenticator app to confirm: begin its registration first"
    );
    public static readonly Problem TooManyPasskeys = new(
        ProblemKind.Conflict,
        "TOO_MANY_PASSKEYS",
        "The account has as many passkeys as it may: remove one first"
    );
    public static readonly Problem NoFactor = new(
        ProblemKind.Conflict,
        "NO_SECOND_FACTOR",
        "The account has no second factor, so recovery codes have nothing to replace"
    );
}
