using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SaaS.Entra;

/// <summary>
/// An error of Entra: its number, the OAuth error code and the description.
/// https://learn.microsoft.com/entra/identity-platform/reference-error-codes lists them.
/// </summary>
internal sealed partial record EntraError(int Code, string Error, string Message)
{
    public string Description => $"AADSTS{Code}: {Message}";

    internal int Status => Error is "invalid_client" ? 401 : 400;

    public static EntraError DirectoryNotFound(string name) =>
        new(
            90002,
            "invalid_tenant",
            $"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        );

    public static EntraError ApplicationNotFound(string? clientId, string directory) =>
        new(
            700016,
            "unauthorized_client",
            $"Application with identifier '{clientId}' was not found in the directory '{directory}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        );

    public static EntraError NotMultitenant(string clientId) =>
        new(
            50194,
            "invalid_request",
            $"Application '{clientId}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications. Use a tenant-specific endpoint or configure the application to be multi-tenant."
        );

    public static EntraError RedirectUriNotRegistered(string? redirectUri, string clientId) =>
        new(
            50011,
            "invalid_request",
            $"The redirect URI '{redirectUri}' specified in the request does not match the redirect URIs configured for the application '{clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal."
        );

    public static EntraError RedirectUriChanged(string redirectUri, string? asked) =>
        new(
            500112,
            "invalid_client",
            $"The reply address '{redirectUri}' does not match the reply address '{asked}' provided when requesting Authorization code."
        );

    public static EntraError SecretMissing { get; } =
        new(7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");

    public static EntraError SecretWrong(string clientId) =>
        new(
            7000215,
            "invalid_client",
            $"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{clientId}'."
        );

    public static EntraError Malformed { get; } = new(9002313, "invalid_request", "Invalid request. Request is malformed or invalid.");

    public static EntraError ParameterMissing(string name) =>
        new(900144, "invalid_request", $"The request body must contain the following parameter: '{name}'.");

    public static EntraError ScopeWithoutOpenId { get; } =
        new(70011, "invalid_scope", "The provided value for the input parameter 'scope' is not valid. The scope 'openid' is missing.");

    public static EntraError PkceNotAllowed { get; } =
        new(
            9002313,
            "invalid_request",
            "Invalid request. Request is malformed or invalid. This application does not use Proof Key for Code Exchange."
        );

    public static EntraError GrantUnknown { get; } = new(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid.");

    public static EntraError CodeExpired { get; } =
        new(
            70008,
            "invalid_grant",
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."
        );

    public static EntraError RefreshTokenExpired { get; } =
        new(700082, "invalid_grant", "The refresh token has expired due to inactivity.");

    public static EntraError GrantOfAnotherApplication { get; } = new(70000, "invalid_grant", "Provided grant is invalid or malformed.");

    public static EntraError GrantOfAnotherDirectory { get; } =
        new(700005, "invalid_grant", "Provided Authorization Code is intended to use against other tenant, thus rejected.");

    public static EntraError CodeRedeemed { get; } =
        new(
            54005,
            "invalid_grant",
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."
        );

    public static EntraError GrantRevoked { get; } =
        new(
            50173,
            "invalid_grant",
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password."
        );

    public static EntraError PersonDisabled { get; } = new(50057, "invalid_grant", "The user account is disabled.");

    public static EntraError PersonUnknown(string directory) =>
        new(50034, "invalid_grant", $"The user account does not exist in the {directory} directory.");

    public static EntraError ConsentDeclined { get; } = new(65004, "access_denied", "User declined to consent to access the app.");

    public static EntraError NotSignedIn { get; } =
        new(50058, "login_required", "A silent sign-in request was sent but no user is signed in.");

    /// <summary>
    /// Parses an error of OpenIddict: one with an AADSTS number keeps it, any other gets the number that Entra would use.
    /// </summary>
    internal static EntraError Parse(string error, string? description)
    {
        if (Numbered().Match(description ?? "") is { Success: true } numbered)
        {
            return new EntraError(int.Parse(numbered.Groups[1].Value, CultureInfo.InvariantCulture), error, numbered.Groups[2].Value);
        }

        if (MissingParameter().Match(description ?? "") is { Success: true } missing)
        {
            return ParameterMissing(missing.Groups[1].Value);
        }

        var code = error switch
        {
            "unsupported_grant_type" => 70003,
            "unsupported_response_type" => 70005,
            "invalid_scope" => 70011,
            _ when Mentions("response_mode") => 70007,
            _ when Mentions("code_verifier") => 501481,
            _ => 9002313,
        };
        return new EntraError(code, error, description ?? "Invalid request. Request is malformed or invalid.");

        bool Mentions(string parameter) => description?.Contains($"'{parameter}'", StringComparison.Ordinal) is true;
    }

    /// <summary>
    /// Creates the response body: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#error-response-1.
    /// </summary>
    internal JsonObject ToJson(DateTimeOffset now)
    {
        var (trace, correlation) = (Guid.CreateVersion7(now), Guid.CreateVersion7(now));
        var timestamp = now.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["error"] = Error,
            ["error_description"] = $"{Description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            ["error_codes"] = new JsonArray(Code),
            ["timestamp"] = timestamp,
            ["trace_id"] = trace,
            ["correlation_id"] = correlation,
            ["error_uri"] = $"https://login.microsoftonline.com/error?code={Code}",
        };
    }

    [GeneratedRegex(@"^AADSTS(\d+): (.*)$", RegexOptions.Singleline)]
    private static partial Regex Numbered();

    // "The mandatory 'code' parameter is missing."
    [GeneratedRegex(@"'(\w+)' parameter is missing")]
    private static partial Regex MissingParameter();
}
