using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Entra;

/// <summary>
/// A client for Microsoft Graph that reads the profile and the groups of the user of an access token
/// (https://learn.microsoft.com/graph/api/overview).
/// </summary>
public sealed class GraphClient
{
    // 100 pages of 999 groups exceed the number of groups that a directory allows for one user.
    private const int MaxPages = 100;

    private readonly IHttpClientFactory _clients;
    private readonly IOptions<EntraOptions> _options;

    internal GraphClient(IHttpClientFactory clients, IOptions<EntraOptions> options) => (_clients, _options) = (clients, options);

    /// <exception cref="GraphUnauthorizedException">The access token is no longer valid.</exception>
    /// <exception cref="EntraUnavailableException">Graph did not answer in time, or its answer is malformed.</exception>
    public async Task<GraphUser> GetMeAsync(string accessToken, CancellationToken ct) =>
        await GetAsync<GraphUser>(new Uri(Root, "v1.0/me"), accessToken, ct);

    /// <summary>Gets the ids of all groups of the user, nested groups included.</summary>
    /// <exception cref="GraphUnauthorizedException">The access token is no longer valid, or lacks the permission.</exception>
    /// <exception cref="EntraUnavailableException">Graph did not answer in time, or its answer is malformed.</exception>
    public async Task<IReadOnlyList<string>> GetGroupIdsAsync(string accessToken, CancellationToken ct)
    {
        var groups = new List<string>();
        var next = new Uri(Root, "v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999");
        for (var page = 0; next is not null; page++)
        {
            if (page == MaxPages || !Root.IsBaseOf(next)) // the access token must not be sent to another host
            {
                throw new EntraUnavailableException("Graph's list of groups does not end, or continues on another host");
            }

            var read = await GetAsync<GroupPage>(next, accessToken, ct);
            groups.AddRange((read.Value ?? []).Select(group => group.Id).OfType<string>());
            next = read.Next;
        }

        return groups;
    }

    private Uri Root => new($"{_options.Value.Graph.AbsoluteUri.TrimEnd('/')}/");

    private async Task<T> GetAsync<T>(Uri address, string accessToken, CancellationToken ct)
        where T : class
    {
        using var client = _clients.CreateClient(EntraRegistration.Client);
        using var answer = await EntraCalls.SendAsync(
            client,
            new HttpRequestMessage(HttpMethod.Get, address)
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessToken) },
            },
            ct
        );
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new GraphUnauthorizedException();
        }

        try
        {
            return answer.IsSuccessStatusCode && JsonSerializer.Deserialize<T>(await answer.Content.ReadAsStringAsync(ct)) is { } read
                ? read
                : throw new EntraUnavailableException($"Graph answered {(int)answer.StatusCode}");
        }
        catch (JsonException e)
        {
            throw new EntraUnavailableException("Graph answered with malformed JSON", e);
        }
    }

    private sealed record GroupPage(
        [property: JsonPropertyName("value")] IReadOnlyList<GroupEntry>? Value,
        [property: JsonPropertyName("@odata.nextLink")] Uri? Next
    );

    private sealed record GroupEntry([property: JsonPropertyName("id")] string? Id);
}

/// <summary>A user in the directory. Every property may be missing.</summary>
public sealed record GraphUser(
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("displayName")] string? DisplayName,
    [property: JsonPropertyName("givenName")] string? GivenName,
    [property: JsonPropertyName("surname")] string? Surname,
    [property: JsonPropertyName("userPrincipalName")] string? UserPrincipalName,
    [property: JsonPropertyName("mail")] string? Mail,
    [property: JsonPropertyName("jobTitle")] string? JobTitle,
    [property: JsonPropertyName("department")] string? Department,
    [property: JsonPropertyName("companyName")] string? CompanyName,
    [property: JsonPropertyName("officeLocation")] string? OfficeLocation,
    [property: JsonPropertyName("mobilePhone")] string? MobilePhone
);
