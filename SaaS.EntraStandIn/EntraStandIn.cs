using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace SaaS.Entra;

/// <summary>
/// A stand-in for Microsoft Entra ID (its v2.0 endpoints) and parts of Microsoft Graph, over http on this machine, for development and
/// tests. Directories, applications, users and faults can be changed while it runs; it requires no passwords and is never deployed.
/// </summary>
/// <remarks>
/// OpenIddict implements the protocol and rejects malformed requests; this project adds Entra's URLs, claims and errors. Each behaviour
/// links the page of Microsoft's documentation that it follows; where the page differs from the real service or is silent, it follows the
/// observed responses of the service.
/// </remarks>
internal sealed class EntraStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Action<JsonObject>> _tampering = [];
    private readonly ConcurrentQueue<IdTokenSignature> _signatures = [];
    private readonly ConcurrentQueue<EntraError> _refusals = [];
    private EntraUser? _next;

    private EntraStandIn(int port, TimeProvider clock)
    {
        Clock = clock;
        PublishedKeys = [new SigningKey(clock.GetUtcNow())];
        _app = EntraServer.Build(this, new IPEndPoint(IPAddress.Loopback, port));
    }

    /// <summary>The base URL for a client: the authority is this URL followed by the directory's id. Graph has the same base URL.</summary>
    public Uri Address => new(_app.Urls.First());

    public ImmutableList<EntraDirectory> Directories { get; private set; } = [];

    /// <summary>The requests received so far.</summary>
    public EntraRequests Requests { get; } = new();

    /// <summary>The user who signs in at the next authorization request, once, without a page.</summary>
    public EntraUser? Next
    {
        get => _next;
        set => _next = value;
    }

    /// <summary>
    /// The lifetime of authorization codes; https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow says about 10
    /// minutes.
    /// </summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The lifetime of refresh tokens: https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime.
    /// </summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// True when a refresh token can be used once, as with other providers; Entra keeps the old token valid when it issues a new one.
    /// </summary>
    public bool AreRefreshTokensSingleUse { get; set; }

    internal TimeProvider Clock { get; }

    internal IssuedTokens Tokens { get; } = new();

    internal PlannedFaults Faults { get; } = new();

    /// <summary>The published keys, newest first; the newest one signs.</summary>
    internal ImmutableList<SigningKey> PublishedKeys { get; private set; }

    /// <summary>Starts a stand-in on 127.0.0.1. Several may run in one process.</summary>
    /// <param name="port">The port; 0 for any free port.</param>
    /// <param name="clock">The clock for the lifetimes of tokens; the system clock when null.</param>
    public static async Task<EntraStandIn> StartAsync(int port = 0, TimeProvider? clock = null)
    {
        var standIn = new EntraStandIn(port, clock ?? TimeProvider.System);
        await standIn._app.StartAsync();
        return standIn;
    }

    public EntraDirectory AddDirectory(params IReadOnlyList<string> domains) => AddDirectory(NewId(), domains);

    public EntraDirectory AddDirectory(Guid id, params IReadOnlyList<string> domains)
    {
        var directory = new EntraDirectory(id, domains);
        Directories = Directories.Add(directory);
        return directory;
    }

    /// <summary>Registers an application with a new id and secret.</summary>
    public EntraApplication AddApplication(EntraDirectory directory, params IReadOnlyList<string> redirectUris) =>
        directory.Add(
            new EntraApplication
            {
                ClientId = NewId().ToString(),
                ClientSecrets = [RandomNumberGenerator.GetHexString(40, lowercase: true)],
                RedirectUris = redirectUris,
            }
        );

    /// <summary>
    /// Adds a user with a new object id and the user principal name as e-mail address; further properties can be set on the returned user.
    /// </summary>
    public EntraUser AddPerson(EntraDirectory directory, string userPrincipalName, string name) =>
        directory.Add(
            new EntraUser
            {
                ObjectId = NewId(),
                UserPrincipalName = userPrincipalName,
                Name = name,
                Email = userPrincipalName,
            }
        );

    /// <summary>
    /// Adds a new signing key. The old keys stay published, as Entra keeps them for days
    /// (https://learn.microsoft.com/entra/identity-platform/signing-key-rollover), until <see cref="WithdrawOldKeys"/>.
    /// </summary>
    public void RotateKeys() => PublishedKeys = PublishedKeys.Insert(0, new SigningKey(Clock.GetUtcNow()));

    /// <summary>Stops publishing all keys except the signing key.</summary>
    public void WithdrawOldKeys() => PublishedKeys = [PublishedKeys[0]];

    public void ExpireCodes() => Tokens.ForEach(TokenKind.Code, person: null, code => code.ExpiresAt = Clock.GetUtcNow());

    /// <summary>Expires the access tokens of a user, or of all users.</summary>
    public void ExpireAccessTokens(EntraUser? person = null) =>
        Tokens.ForEach(TokenKind.Access, person, token => token.ExpiresAt = Clock.GetUtcNow());

    /// <summary>
    /// Revokes the refresh tokens of a user or of all users, as an administrator does:
    /// https://learn.microsoft.com/graph/api/user-revokesigninsessions.
    /// </summary>
    public void RevokeRefreshTokens(EntraUser? person = null) => Tokens.ForEach(TokenKind.Refresh, person, token => token.IsRevoked = true);

    /// <summary>
    /// Changes the claims of the next ID token before it is signed: <c>claims => claims["exp"] = 0</c>,
    /// <c>claims => claims.Remove("nonce")</c>.
    /// </summary>
    public void TamperIdToken(Action<JsonObject> change) => _tampering.Enqueue(change);

    /// <summary>Signs the next ID token in a way that Entra would not.</summary>
    public void SignNextIdToken(IdTokenSignature signature) => _signatures.Enqueue(signature);

    /// <summary>Rejects the next authorization request with an error that is returned to the client.</summary>
    public void FailNextAuthorization(EntraError error) => _refusals.Enqueue(error);

    /// <summary>Responds to the next requests to an endpoint with the faults, in this order.</summary>
    public void FailNext(EntraEndpoint endpoint, params IReadOnlyList<EntraFault> faults)
    {
        foreach (var fault in faults)
        {
            Faults.Add(endpoint, fault);
        }
    }

    /// <summary>Responds to every request to an endpoint with a fault, until <see cref="Recover"/>.</summary>
    public void FailAlways(EntraEndpoint endpoint, EntraFault fault) => Faults.SetPermanent(endpoint, fault);

    /// <summary>Removes all planned faults.</summary>
    public void Recover() => Faults.Clear();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    internal EntraUser? TakeNext() => Interlocked.Exchange(ref _next, null);

    internal EntraError? TakeError() => _refusals.TryDequeue(out var refusal) ? refusal : null;

    internal EntraRegistration? Registration(RequestedDirectory asked, string? clientId) =>
        Directories
            .Where(directory => asked.Directory is null || directory == asked.Directory)
            .Select(directory => directory.Application(clientId) is { } application ? new EntraRegistration(directory, application) : null)
            .FirstOrDefault(registration => registration is not null);

    internal EntraError? ValidateClient(RequestedDirectory asked, string? clientId) =>
        Registration(asked, clientId)?.Application switch
        {
            null => EntraError.ApplicationNotFound(clientId, asked.PathName),
            { IsMultitenant: false } single when asked.Directory is null => EntraError.NotMultitenant(single.ClientId),
            _ => null,
        };

    /// <summary>
    /// Returns the issuer, which for a directory placeholder contains the literal <c>{tenantid}</c>:
    /// https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer.
    /// </summary>
    internal string Issuer(RequestedDirectory asked) =>
        $"{Address.GetLeftPart(UriPartial.Authority)}/{asked.Directory?.Id.ToString() ?? "{tenantid}"}/v2.0";

    internal string IdToken(EntraRegistration registration, EntraUser person, IReadOnlyCollection<string> scopes, string? nonce)
    {
        var now = Clock.GetUtcNow();
        var (directory, application) = registration;
        var issuer = Issuer(new RequestedDirectory(directory.Id.ToString(), directory));
        var claims = Entra.IdToken.Claims(issuer, directory, application, person, scopes, nonce, now);
        if (_tampering.TryDequeue(out var change))
        {
            change(claims);
        }

        var signature = _signatures.TryDequeue(out var wanted) ? wanted : IdTokenSignature.Genuine;
        return signature.Sign(claims, PublishedKeys[0], application, now);
    }

    private Guid NewId() => Guid.CreateVersion7(Clock.GetUtcNow());
}
