using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;

namespace SaaS.Entra;

/// <summary>The HTML pages for users. As with Entra, an error that cannot be sent back to the client is shown here.</summary>
internal static class Pages
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Default;

    internal static IResult PickAnAccount(EntraRegistration registration, string action, OpenIddictRequest request)
    {
        var people = registration
            .Directory.People.OrderByDescending(person =>
                string.Equals(person.UserPrincipalName, request.LoginHint, StringComparison.OrdinalIgnoreCase)
            )
            .Select(person =>
                $"""
                    <button name="account" value="{Html.Encode(person.UserPrincipalName)}">{Html.Encode(
                        person.Name
                    )}<br><small>{Html.Encode(person.UserPrincipalName)}</small></button>
                    """
            );
        var fields = request
            .GetParameters()
            .Select(parameter =>
                $"""<input type="hidden" name="{Html.Encode(parameter.Key)}" value="{Html.Encode((string?)parameter.Value ?? "")}">"""
            );
        return Page(
            "Pick an account",
            $"""
            <form method="post" action="{Html.Encode(action)}">
            {string.Join('\n', fields)}
            {string.Join('\n', people)}
            <button name="cancel" value="true">Cancel</button>
            </form>
            """
        );
    }

    internal static IResult Error(EntraError error, DateTimeOffset now) =>
        Page(
            "Sign in",
            $"<p>Sorry, but we’re having trouble signing you in.</p><p>{Html.Encode((string?)error.ToJson(now)["error_description"] ?? "")}</p>",
            400
        );

    internal static IResult SignedOut() =>
        Page("Signed out", "<p>You signed out of your account. It’s a good idea to close all browser windows.</p>");

    private static IResult Page(string title, string body, int status = 200) =>
        Results.Content(
            $$"""
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <title>{{title}}</title>
            <style>
            body { font: 16px system-ui; max-width: 27rem; margin: 4rem auto; padding: 0 1rem; }
            button { display: block; width: 100%; margin: .5rem 0; padding: .75rem; text-align: left; font: inherit; }
            footer { margin-top: 2rem; color: #666; font-size: .8rem; }
            </style>
            <h1>{{title}}</h1>
            {{body}}
            <footer>A stand-in for Microsoft Entra ID, for development. No password is asked for.</footer>
            </html>
            """,
            "text/html; charset=utf-8",
            statusCode: status
        );
}
