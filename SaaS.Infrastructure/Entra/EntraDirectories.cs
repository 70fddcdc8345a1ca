using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SaaS.Infrastructure.Entra;

/// <summary>
/// The metadata and keys of the directories that are in use, kept and renewed. A key that is not known yet has them read
/// again, at most every half minute, so that invented keys cost nobody anything.
/// </summary>
internal sealed partial class EntraDirectories(IHttpClientFactory clients, IOptions<EntraOptions> options, TimeProvider clock)
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan GoodFor = TimeSpan.FromHours(12);
    private static readonly TimeSpan SoonestAgain = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Directory> _known = [];

    /// <summary>What is known of a directory.</summary>
    /// <exception cref="EntraRejectedException">There is no such directory.</exception>
    /// <exception cref="EntraUnavailableException">Nobody could say.</exception>
    public Task<OpenIdConnectConfiguration> ReadAsync(string directory, CancellationToken ct) => ReadAsync(directory, GoodFor, ct);

    /// <summary>The same, for somebody who misses a key.</summary>
    public Task<OpenIdConnectConfiguration> ReadAgainAsync(string directory, CancellationToken ct) => ReadAsync(directory, SoonestAgain, ct);

    private async Task<OpenIdConnectConfiguration> ReadAsync(string name, TimeSpan goodFor, CancellationToken ct)
    {
        if (_known.Count > Capacity)
        {
            _known.Clear(); // those in use are read again
        }

        var directory = _known.GetOrAdd(name, _ => new Directory());
        if (directory.Read is { } fresh && fresh.At > clock.GetUtcNow() - goodFor)
        {
            return fresh.Configuration;
        }

        await directory.Reading.WaitAsync(ct); // whoever comes meanwhile is served by the same answer
        try
        {
            var now = clock.GetUtcNow();
            if (directory.Read is { } read && read.At > now - goodFor)
            {
                return read.Configuration;
            }

            directory.Read = (await FetchAsync(name, ct), now);
            return directory.Read.Value.Configuration;
        }
        finally
        {
            directory.Reading.Release();
        }
    }

    private async Task<OpenIdConnectConfiguration> FetchAsync(string directory, CancellationToken ct)
    {
        var address = $"{options.Value.AddressOf(directory)}/v2.0/.well-known/openid-configuration";
        try
        {
            return Checked(await OpenIdConnectConfigurationRetriever.GetAsync(address, new Documents(clients), ct));
        }
        catch (Exception e) when (e is not (EntraRejectedException or EntraUnavailableException) && !ct.IsCancellationRequested) // the library throws whatever its readers of JSON and of keys do
        {
            throw new EntraUnavailableException("The metadata of the directory could not be read", e);
        }
    }

    // Of a directory that has an id: those of "common" and "organizations" stand for every directory there is.
    private static OpenIdConnectConfiguration Checked(OpenIdConnectConfiguration read) =>
        read.Issuer is { Length: > 0 } issuer && !issuer.Contains('{', StringComparison.Ordinal)
        && Uri.IsWellFormedUriString(read.AuthorizationEndpoint, UriKind.Absolute) && Uri.IsWellFormedUriString(read.TokenEndpoint, UriKind.Absolute)
            ? read
            : throw new EntraUnavailableException("The metadata of the directory is not that of one directory");

    private sealed class Directory
    {
        public SemaphoreSlim Reading { get; } = new(1);

        public (OpenIdConnectConfiguration Configuration, DateTimeOffset At)? Read { get; set; }
    }

    private sealed partial class Documents(IHttpClientFactory clients) : IDocumentRetriever
    {
        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            using var client = clients.CreateClient(EntraRegistration.Client);
            using var answer = await EntraCalls.SendAsync(client, new HttpRequestMessage(HttpMethod.Get, address), cancel);
            var text = await answer.Content.ReadAsStringAsync(cancel);
            if (answer.IsSuccessStatusCode)
            {
                return text;
            }

            throw UnknownDirectory().IsMatch(text) ? new EntraRejectedException("invalid_tenant", 90002) : new EntraUnavailableException($"The directory's metadata was answered with {(int)answer.StatusCode}");
        }

        // https://learn.microsoft.com/entra/identity-platform/reference-error-codes: 90002 no such directory, 900023 no valid name of one.
        [GeneratedRegex("AADSTS90002|AADSTS900023|invalid_tenant")]
        private static partial Regex UnknownDirectory();
    }
}
