using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SaaS.Platform.Entra;

/// <summary>
/// The metadata and keys of the directories that are in use, kept and renewed. A key that is not known yet has them read
/// again, at most every half minute, so that invented keys cost nobody anything.
/// </summary>
internal sealed partial class EntraDirectories(IHttpClientFactory clients, IOptions<EntraOptions> options)
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan Renewal = TimeSpan.FromHours(12);
    private static readonly TimeSpan SoonestAgain = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, ConfigurationManager<OpenIdConnectConfiguration>> _known = [];

    public ConfigurationManager<OpenIdConnectConfiguration> Find(string directory)
    {
        if (_known.Count > Capacity)
        {
            _known.Clear(); // those in use are read again
        }

        return _known.GetOrAdd(directory, NewManager);
    }

    /// <summary>What is known of a directory by now.</summary>
    /// <exception cref="EntraRefusedException">There is no such directory.</exception>
    /// <exception cref="EntraAwayException">Nobody could say.</exception>
    public async Task<OpenIdConnectConfiguration> ReadAsync(string directory, CancellationToken ct)
    {
        try
        {
            return Checked(await Find(directory).GetConfigurationAsync(ct));
        }
        catch (Exception e) when (e is InvalidOperationException or IOException && !ct.IsCancellationRequested)
        {
            throw Innermost<EntraRefusedException>(e) ?? (Exception)new EntraAwayException("The metadata of the directory could not be read", e);
        }
    }

    // Of a directory that has an id: those of "common" and "organizations" stand for every directory there is.
    private static OpenIdConnectConfiguration Checked(OpenIdConnectConfiguration read) =>
        read.Issuer is { Length: > 0 } issuer && !issuer.Contains('{', StringComparison.Ordinal)
        && Uri.IsWellFormedUriString(read.AuthorizationEndpoint, UriKind.Absolute) && Uri.IsWellFormedUriString(read.TokenEndpoint, UriKind.Absolute)
            ? read
            : throw new EntraAwayException("The metadata of the directory is not that of one directory");

    private ConfigurationManager<OpenIdConnectConfiguration> NewManager(string directory)
    {
        var authority = options.Value.Authority;
        return new ConfigurationManager<OpenIdConnectConfiguration>(
            $"{authority.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(directory)}/v2.0/.well-known/openid-configuration",
            new OpenIdConnectConfigurationRetriever(),
            new Documents(clients))
        {
            AutomaticRefreshInterval = Renewal,
            RefreshInterval = SoonestAgain,
        };
    }

    private static T? Innermost<T>(Exception? e)
        where T : Exception => e is null ? null : e as T ?? Innermost<T>(e.InnerException);

    private sealed partial class Documents(IHttpClientFactory clients) : IDocumentRetriever
    {
        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            using var client = clients.CreateClient(EntraEngine.Client);
            using var answer = await EntraCalls.SendAsync(client, new HttpRequestMessage(HttpMethod.Get, address), cancel);
            var text = await answer.Content.ReadAsStringAsync(cancel);
            if (answer.IsSuccessStatusCode)
            {
                return text;
            }

            throw UnknownDirectory().IsMatch(text) ? new EntraRefusedException("invalid_tenant", 90002) : new IOException($"The directory's metadata was answered with {(int)answer.StatusCode}");
        }

        // https://learn.microsoft.com/entra/identity-platform/reference-error-codes: 90002 no such directory, 900023 no valid name of one.
        [GeneratedRegex("AADSTS90002|AADSTS900023|invalid_tenant")]
        private static partial Regex UnknownDirectory();
    }
}
