using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>
/// The OpenID Connect discovery document and the signing keys, with the members of
/// https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration.
/// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc explains them.
/// </summary>
internal static class Discovery
{
    internal static IResult Document(EntraStandIn standIn, HttpContext http)
    {
        var (root, directory) = (standIn.Address.GetLeftPart(UriPartial.Authority), RequestedDirectory.Get(http));
        var named = $"{root}/{directory.PathName}";
        return Results.Json(
            new JsonObject
            {
                ["token_endpoint"] = $"{named}/oauth2/v2.0/token",
                ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post", "private_key_jwt", "client_secret_basic"),
                ["jwks_uri"] = $"{named}/discovery/v2.0/keys",
                ["response_modes_supported"] = new JsonArray("query", "fragment", "form_post"),
                ["subject_types_supported"] = new JsonArray("pairwise"),
                ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
                ["response_types_supported"] = new JsonArray("code", "id_token", "code id_token", "id_token token"),
                ["scopes_supported"] = new JsonArray("openid", "profile", "email", "offline_access"),
                ["issuer"] = standIn.Issuer(directory),
                ["request_uri_parameter_supported"] = false,
                ["userinfo_endpoint"] = "https://graph.microsoft.com/oidc/userinfo",
                ["authorization_endpoint"] = $"{named}/oauth2/v2.0/authorize",
                ["device_authorization_endpoint"] = $"{named}/oauth2/v2.0/devicecode",
                ["http_logout_supported"] = true,
                ["frontchannel_logout_supported"] = true,
                ["end_session_endpoint"] = $"{named}/oauth2/v2.0/logout",
                ["claims_supported"] = new JsonArray(
                    "sub",
                    "iss",
                    "cloud_instance_name",
                    "cloud_instance_host_name",
                    "cloud_graph_host_name",
                    "msgraph_host",
                    "aud",
                    "exp",
                    "iat",
                    "auth_time",
                    "acr",
                    "nonce",
                    "preferred_username",
                    "name",
                    "tid",
                    "ver",
                    "at_hash",
                    "c_hash",
                    "email"
                ),
                ["kerberos_endpoint"] = $"{named}/kerberos",
                ["tenant_region_scope"] = directory.Directory is null ? null : "EU",
                ["cloud_instance_name"] = "microsoftonline.com",
                ["cloud_graph_host_name"] = "graph.windows.net",
                ["msgraph_host"] = "graph.microsoft.com",
                ["rbac_url"] = "https://pas.windows.net",
            }
        );
    }

    internal static IResult Keys(EntraStandIn standIn, HttpContext http)
    {
        var issuer = standIn.Issuer(RequestedDirectory.Get(http));
        return Results.Json(
            new JsonObject { ["keys"] = new JsonArray([.. standIn.PublishedKeys.Select(key => key.ToJsonWebKey(issuer))]) }
        );
    }
}
