using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SaaS.Entra;

/// <summary>The claims of an ID token: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference.</summary>
internal static class IdToken
{
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    internal static JsonObject Claims(
        string issuer,
        EntraDirectory directory,
        EntraApplication application,
        EntraUser person,
        IReadOnlyCollection<string> scopes,
        string? nonce,
        DateTimeOffset now
    )
    {
        var issuedAt = now.AddMinutes(-5).ToUnixTimeSeconds(); // Entra's own allowance for clock skew
        var claims = new JsonObject
        {
            ["aud"] = application.ClientId,
            ["iss"] = issuer,
            ["iat"] = issuedAt,
            ["nbf"] = issuedAt,
            ["exp"] = now.Add(Lifetime).ToUnixTimeSeconds(),
            ["aio"] = Opaque(32),
            ["rh"] = $"1.{Opaque(24)}",
            ["sub"] = PairwiseSubject(application, person),
            ["tid"] = directory.Id,
            ["uti"] = Opaque(16),
            ["ver"] = "2.0",
        };
        if (nonce is not null)
        {
            claims["nonce"] = nonce;
        }

        // https://learn.microsoft.com/entra/identity-platform/scopes-oidc lists the claims of each scope.
        if (scopes.Contains("profile"))
        {
            claims["name"] = person.Name;
            claims["oid"] = person.ObjectId;
            claims["preferred_username"] = person.UserPrincipalName;
            AddOptional("given_name", person.GivenName);
            AddOptional("family_name", person.FamilyName);
            AddOptional("upn", person.UserPrincipalName);
        }

        if (scopes.Contains("email") && person.Email is not null)
        {
            claims["email"] = person.Email;
            if (application.OptionalClaims.Contains("xms_edov"))
            {
                claims["xms_edov"] = person.IsEmailDomainVerified;
            }
        }

        if (person.AuthenticationMethods is not [])
        {
            claims["amr"] = new JsonArray([.. person.AuthenticationMethods.Select(method => JsonValue.Create(method))]);
        }

        if (application.EmitsGroups && person.Groups.Count > 0)
        {
            AddGroups(claims, directory, application, person);
        }

        return claims;

        void AddOptional(string name, string? value)
        {
            if (value is not null && application.OptionalClaims.Contains(name))
            {
                claims[name] = value;
            }
        }
    }

    // https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference#groups-overage-claim. Tokens of the real service
    // contain the URL of a retired API, which clients must ignore: they ask Graph.
    private static void AddGroups(JsonObject claims, EntraDirectory directory, EntraApplication application, EntraUser person)
    {
        if (person.Groups.Count <= application.GroupLimit)
        {
            claims["groups"] = new JsonArray([.. person.Groups.Select(group => JsonValue.Create(group))]);
            return;
        }

        claims["_claim_names"] = new JsonObject { ["groups"] = "src1" };
        claims["_claim_sources"] = new JsonObject
        {
            ["src1"] = new JsonObject
            {
                ["endpoint"] = $"https://graph.windows.net/{directory.Id}/users/{person.ObjectId}/getMemberObjects",
            },
        };
    }

    // Two applications get different subjects for the same user; one application always gets the same subject.
    private static string PairwiseSubject(EntraApplication application, EntraUser person) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{application.ClientId}|{person.ObjectId}")));

    private static string Opaque(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
}
