using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>
/// A JSON page of the stand-in's contents with all secrets, for configuring a client by hand or by script. The real service has no
/// equivalent.
/// </summary>
internal static class StandInPage
{
    internal static IResult Handle(EntraStandIn standIn) =>
        Results.Json(
            new JsonObject
            {
                ["authority"] = standIn.Address.GetLeftPart(UriPartial.Authority),
                ["graph"] = standIn.Address.GetLeftPart(UriPartial.Authority),
                ["directories"] = new JsonArray([
                    .. standIn.Directories.Select(directory => new JsonObject
                    {
                        ["directory_id"] = directory.Id,
                        ["domains"] = new JsonArray([.. directory.Domains.Select(domain => JsonValue.Create(domain))]),
                        ["applications"] = new JsonArray([
                            .. directory.Applications.Select(application => new JsonObject
                            {
                                ["client_id"] = application.ClientId,
                                ["client_secret"] = application.ClientSecrets[0],
                            }),
                        ]),
                        ["people"] = new JsonArray([
                            .. directory.People.Select(person => new JsonObject
                            {
                                ["object_id"] = person.ObjectId,
                                ["user_principal_name"] = person.UserPrincipalName,
                                ["email"] = person.Email,
                                ["name"] = person.Name,
                                ["is_enabled"] = person.IsEnabled,
                                ["groups"] = new JsonArray([.. person.Groups.Select(group => JsonValue.Create(group))]),
                            }),
                        ]),
                    }),
                ]),
            }
        );
}
