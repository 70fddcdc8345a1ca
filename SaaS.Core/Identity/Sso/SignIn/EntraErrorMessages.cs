using System.Globalization;
using System.Text.RegularExpressions;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Maps Microsoft's error codes to explanations and remedies for the user
/// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
/// </summary>
internal static partial class EntraErrorMessages
{
    // AADSTS65004: the user went back or declined consent, which counts as cancelled and not as rejected.
    private const int ConsentDeclined = 65004;

    private const string TellAdmin = "Tell the person who administers sign-in at your company:";

    private static readonly Dictionary<int, string> ByCode = new()
    {
        [50011] = $"{TellAdmin} the redirect address of the registered application is not the one that the settings of single sign-on show",
        [9002327] = $"{TellAdmin} the redirect address is registered for a single-page application; it has to be of the platform Web",
        [7000218] = $"{TellAdmin} the application is registered as a public client; it has to have a client secret",
        [7000215] = $"{TellAdmin} the client secret is wrong. Its value has to be entered, not its id",
        [7000222] = $"{TellAdmin} the client secret has expired, and a new one has to be entered",
        [700016] = $"{TellAdmin} the directory does not know the application's id",
        [90002] = $"{TellAdmin} there is no such directory",
        [65001] = $"{TellAdmin} the application has not been given consent to read the profiles of users who sign in",
        [50105] = "Your account is not assigned to this application. Ask the person who administers sign-in at your company to assign it",
        [50020] = "This account is not of the company's directory. Sign in with your account at the company",
        [50034] = "There is no such account in the company's directory",
        [50057] = "Your account at the company is disabled",
        [50173] = "Your password at the company has changed. Sign in again",
        [53003] = "A rule of your company does not let you in from here or with this device",
        [54005] = "This sign-in was finished already. Begin again",
        [70008] = "This sign-in took too long. Begin again",
    };

    /// <summary>Maps an OAuth error to a problem.</summary>
    /// <param name="error">The OAuth error code; it is never shown.</param>
    /// <param name="code">Microsoft's error number.</param>
    public static Problem ProblemOf(string? error, int? code) =>
        code is { } known && ByCode.TryGetValue(known, out var hint)
            ? SsoProblems.ProviderRejected with
            {
                Message = $"Microsoft refused this sign-in (AADSTS{known.ToString(CultureInfo.InvariantCulture)}). {hint}",
            }
        : error is "access_denied" || code is ConsentDeclined ? SsoProblems.Cancelled
        : error is "server_error" or "temporarily_unavailable" ? SsoProblems.ProviderUnavailable
        : code is { } other
            ? SsoProblems.ProviderRejected with
            {
                Message = $"Microsoft refused this sign-in (AADSTS{other.ToString(CultureInfo.InvariantCulture)})",
            }
        : SsoProblems.ProviderRejected;

    /// <returns>The error number in a description; null when there is none.</returns>
    public static int? ParseCode(string? description) =>
        description is not null
        && Code().Match(description) is { Success: true } match
        && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;

    [GeneratedRegex("AADSTS([0-9]{4,9})")]
    private static partial Regex Code();
}
