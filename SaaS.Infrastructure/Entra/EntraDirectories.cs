using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SaaS.Infrastructure.Entra;

/// <summary>
/// Caches the metadata and signing keys of directories. An unknown key id triggers a reload at most every 30 seconds, so that forged key
/// ids cause no load.
/// </summary>
internal sealed partial class EntraDirectories(IHttpClientFactory clients, IOptions<EntraOptions> options, TimeProvider clock)
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan CacheLifetime = TimeSpan.FromHours(12);
    private static readonly TimeSpan MinReloadInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Directory> _known = [];

    /// <summary>Gets the metadata of a directory.</summary>
    /// <exception cref="EntraRejectedException">The directory does not exist.</exception>
    /// <exception cref="EntraUnavailableException">Entra ID is unavailable.</exception>
    public Task<OpenIdConnectConfiguration> GetAsync(string directory, CancellationToken ct) => GetAsync(directory, CacheLifetime, ct);

    /// <summary>Gets the metadata again, for a token whose signing key is not in the cache.</summary>
    public Task<OpenIdConnectConfiguration> ReloadAsync(string directory, CancellationToken ct) =>
        GetAsync(directory, MinReloadInterval, ct);

    private async Task<OpenIdConnectConfiguration> GetAsync(string name, TimeSpan goodFor, CancellationToken ct)
    {
        if (_known.Count > Capacity)
        {
            _known.Clear(); // entries that are in use are loaded again
        }

        var directory = _known.GetOrAdd(name, _ => new Directory());
        if (directory.Metadata is { } fresh && fresh.At > clock.GetUtcNow() - goodFor)
        {
            return fresh.Configuration;
        }

        await directory.Reading.WaitAsync(ct); // concurrent callers share one request
        try
        {
            var now = clock.GetUtcNow();
            if (directory.Metadata is { } read && read.At > now - goodFor)
            {
                return read.Configuration;
            }

            directory.Metadata = (await FetchAsync(name, ct), now);
            return directory.Metadata.Value.Configuration;
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
            return ValidateMetadata(await OpenIdConnectConfigurationRetriever.GetAsync(address, new Documents(clients), ct));
        }
        // The library throws arbitrary exceptions of its JSON and key parsers
        catch (Exception e) when (e is not (EntraRejectedException or EntraUnavailableException) && !ct.IsCancellationRequested)
        {
            throw new EntraUnavailableException("The metadata of the directory could not be read", e);
        }
    }

    // Rejects "common" and "organizations", whose metadata is valid for every directory.
    private static OpenIdConnectConfiguration ValidateMetadata(OpenIdConnectConfiguration read) =>
        read.Issuer is { Length: > 0 } issuer
        && !issuer.Contains('{', StringComparison.Ordinal)
        && Uri.IsWellFormedUriString(read.AuthorizationEndpoint, UriKind.Absolute)
        && Uri.IsWellFormedUriString(read.TokenEndpoint, UriKind.Absolute)
            ? read
            : throw new EntraUnavailableException("The metadata is not that of a single directory");

    private sealed class Directory
    {
        public SemaphoreSlim Reading { get; } = new(1);

        public (OpenIdConnectConfiguration Configuration, DateTimeOffset At)? Metadata { get; set; }
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

            throw UnknownDirectory().IsMatch(text)
                ? new EntraRejectedException("invalid_tenant", 90002)
                : new EntraUnavailableException($"The metadata endpoint of the directory answered {(int)answer.StatusCode}");
        }

        // https://learn.microsoft.com/entra/identity-platform/reference-error-codes: 90002 unknown directory, 900023 invalid directory
        // name.
        [GeneratedRegex("AADSTS90002|AADSTS900023|invalid_tenant")]
        private static partial Regex UnknownDirectory();
    }
}
