using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Entra;

/// <summary>What Microsoft Graph tells of the person whose access token it is shown (https://learn.microsoft.com/graph/api/overview).</summary>
public sealed class GraphClient
{
    // 100 pages of 999 are more groups than a directory lets one person be in.
    private const int MaxPages = 100;

    private readonly IHttpClientFactory _clients;
    private readonly IOptions<EntraOptions> _options;

    internal GraphClient(IHttpClientFactory clients, IOptions<EntraOptions> options) => (_clients, _options) = (clients, options);

    /// <exception cref="GraphUnauthorizedException">The access token is not good (any more).</exception>
    /// <exception cref="EntraUnavailableException">There was no answer in time, or none that can be read.</exception>
    public async Task<GraphUser> MeAsync(string accessToken, CancellationToken ct) =>
        await AskAsync<GraphUser>(new Uri(Root, "v1.0/me"), accessToken, ct);

    /// <summary>The ids of all groups that the person is in, also by way of other groups.</summary>
    /// <exception cref="GraphUnauthorizedException">The access token is not good (any more), or not good for this.</exception>
    /// <exception cref="EntraUnavailableException">There was no answer in time, or none that can be read.</exception>
    public async Task<IReadOnlyList<string>> GroupsAsync(string accessToken, CancellationToken ct)
    {
        var groups = new List<string>();
        var next = new Uri(Root, "v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999");
        for (var page = 0; next is not null; page++)
        {
            if (page == MaxPages || !Root.IsBaseOf(next)) // the access token goes nowhere else
            {
                throw new EntraUnavailableException("Graph's list of groups does not end, or goes on elsewhere");
            }

            var read = await AskAsync<GroupPage>(next, accessToken, ct);
            groups.AddRange((read.Value ?? []).Select(group => group.Id).OfType<string>());
            next = read.Next;
        }

        return groups;
    }

    private Uri Root => new($"{_options.Value.Graph.AbsoluteUri.TrimEnd('/')}/");

    private async Task<T> AskAsync<T>(Uri address, string accessToken, CancellationToken ct)
        where T : class
    {
        using var client = _clients.CreateClient(EntraRegistration.Client);
        using var answer = await EntraCalls.SendAsync(client, new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessToken) } }, ct);
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
            throw new EntraUnavailableException("Graph answered with what is no JSON of its protocol", e);
        }
    }

    private sealed record GroupPage([property: JsonPropertyName("value")] IReadOnlyList<GroupEntry>? Value, [property: JsonPropertyName("@odata.nextLink")] Uri? Next);

    private sealed record GroupEntry([property: JsonPropertyName("id")] string? Id);
}

/// <summary>A person, as their directory describes them. Everything may be missing.</summary>
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
    [property: JsonPropertyName("mobilePhone")] string? MobilePhone);
