using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;

namespace SaaS.Entra;

/// <summary>The calls of Microsoft Graph that describe a user: https://learn.microsoft.com/graph/api/overview.</summary>
internal static class Graph
{
    private static readonly string[] DelegatedScopes =
    [
        "User.Read",
        "User.Read.All",
        "GroupMember.Read.All",
        "Directory.Read.All",
        ".default",
    ];

    /// <summary>
    /// Returns the profile: https://learn.microsoft.com/graph/api/user-get. An unknown attribute is null and not missing.
    /// </summary>
    internal static IResult Me(EntraStandIn standIn, HttpContext http) =>
        Authorized(
            standIn,
            http,
            person =>
                Results.Json(
                    new JsonObject
                    {
                        ["@odata.context"] = "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
                        ["businessPhones"] = new JsonArray(),
                        ["displayName"] = person.Name,
                        ["givenName"] = person.GivenName,
                        ["jobTitle"] = person.JobTitle,
                        ["mail"] = person.Email,
                        ["mobilePhone"] = null,
                        ["officeLocation"] = null,
                        ["preferredLanguage"] = null,
                        ["surname"] = person.FamilyName,
                        ["userPrincipalName"] = person.UserPrincipalName,
                        ["id"] = person.ObjectId,
                        ["department"] = person.Department,
                        ["companyName"] = person.Company,
                    }
                )
        );

    /// <summary>
    /// Returns the groups (https://learn.microsoft.com/graph/api/user-list-transitivememberof) in pages
    /// (https://learn.microsoft.com/graph/paging): a client follows <c>@odata.nextLink</c> until it is missing.
    /// </summary>
    internal static IResult Groups(EntraStandIn standIn, HttpContext http) =>
        Authorized(
            standIn,
            http,
            person =>
            {
                var query = http.Request.Query;
                if (!TryNumber("$top", 100, out var top) || top is < 1 or > 999 || !TryNumber("$skiptoken", 0, out var skip) || skip < 0)
                {
                    return Error(
                        400,
                        "Request_BadRequest",
                        "Invalid page size specified. Must be between 1 and 999 inclusive.",
                        standIn.Clock.GetUtcNow()
                    );
                }

                var page = person
                    .Groups.Skip(skip)
                    .Take(top)
                    .Select(group => (JsonNode)new JsonObject { ["@odata.type"] = "#microsoft.graph.group", ["id"] = group });
                var answer = new JsonObject
                {
                    ["@odata.context"] = "https://graph.microsoft.com/v1.0/$metadata#directoryObjects(id)",
                    ["value"] = new JsonArray([.. page]),
                };
                if (skip + top < person.Groups.Count)
                {
                    answer["@odata.nextLink"] = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{standIn.Address.GetLeftPart(UriPartial.Authority)}{http.Request.Path}?$select=id&$top={top}&$skiptoken={skip + top}"
                    );
                }

                return Results.Json(answer);

                bool TryNumber(string name, int preset, out int number)
                {
                    number = preset;
                    return !query.TryGetValue(name, out var text)
                        || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
                }
            }
        );

    /// <summary>Creates an error in the format of https://learn.microsoft.com/graph/errors.</summary>
    internal static IResult Error(int status, string code, string message, DateTimeOffset now) =>
        Results.Json(
            new JsonObject
            {
                ["error"] = new JsonObject
                {
                    ["code"] = code,
                    ["message"] = message,
                    ["innerError"] = new JsonObject
                    {
                        ["date"] = now.ToString("s", CultureInfo.InvariantCulture),
                        ["request-id"] = Guid.CreateVersion7(now),
                        ["client-request-id"] = Guid.CreateVersion7(now),
                    },
                },
            },
            statusCode: status
        );

    private static IResult Authorized(EntraStandIn standIn, HttpContext http, Func<EntraUser, IResult> answer)
    {
        var now = standIn.Clock.GetUtcNow();
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Error(401, "InvalidAuthenticationToken", "Access token is empty.", now);
        }

        if (
            standIn.Tokens.Find(TokenKind.Access, header["Bearer ".Length..].Trim()) is not { } token
            || !token.Directory.People.Contains(token.Person)
        )
        {
            return Error(401, "InvalidAuthenticationToken", "IDX14100: JWT is not well formed, there are no dots (.).", now);
        }

        if (token.ExpiresAt <= now || token.IsRevoked)
        {
            return Error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", now);
        }

        if (!token.Person.IsEnabled)
        {
            return Error(
                401,
                "InvalidAuthenticationToken",
                "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: AccountDisabled",
                now
            );
        }

        // A scope may be prefixed with the URL of the resource: https://graph.microsoft.com/User.Read.
        var scopes = token.Claims.GetScopes().Select(scope => scope[(scope.LastIndexOf('/') + 1)..]);
        return scopes.Intersect(DelegatedScopes, StringComparer.OrdinalIgnoreCase).Any()
            ? answer(token.Person)
            : Error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", now);
    }
}
