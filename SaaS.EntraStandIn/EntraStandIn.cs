using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace SaaS.Entra;

/// <summary>
/// Answers like Microsoft Entra ID (version 2 of its endpoints) and a little of Microsoft Graph, over http on this machine, for development and
/// tests: directories, applications and people can be made and changed while it runs, and it errs where a test wants it to. It asks nobody
/// for a password, so it is no part of any deployment.
/// </summary>
/// <remarks>
/// The protocol is OpenIddict's work, which refuses what is malformed; here is what makes it look like Entra: the addresses, the claims, the
/// errors. Each behaviour names the page of Microsoft's documentation that it follows. Where that page and the real service differ, or where
/// it says nothing, it is what the service was seen to answer.
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

    /// <summary>What a client is configured with: the authority is this address with the directory's id behind it. Graph is at the same address.</summary>
    public Uri Address => new(_app.Urls.First());

    public ImmutableList<EntraDirectory> Directories { get; private set; } = [];

    /// <summary>What was asked so far.</summary>
    public EntraRequests Requests { get; } = new();

    /// <summary>Who signs in at the next authorize request, once, without a page.</summary>
    public EntraUser? Next { get => _next; set => _next = value; }

    /// <summary>How long a code is good, from its issue: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow says about 10 minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a refresh token is good, from its issue: https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Entra leaves an old refresh token good when it gives a new one; with this it does not, as other providers.</summary>
    public bool RefreshTokensAreGoodOnce { get; set; }

    internal TimeProvider Clock { get; }

    internal IssuedTokens Tokens { get; } = new();

    internal PlannedFaults Faults { get; } = new();

    /// <summary>The newest one, which signs, first.</summary>
    internal ImmutableList<SigningKey> PublishedKeys { get; private set; }

    /// <summary>Starts one on 127.0.0.1. Several may run in one process.</summary>
    /// <param name="port">0 for any that is free.</param>
    /// <param name="clock">By which tokens are dated and expire; the system's where none is given.</param>
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

    /// <summary>Registers an application with an id and a secret of its own.</summary>
    public EntraApplication AddApplication(EntraDirectory directory, params IReadOnlyList<string> redirectUris) => directory.Add(new EntraApplication
    {
        ClientId = NewId().ToString(),
        ClientSecrets = [RandomNumberGenerator.GetHexString(40, lowercase: true)],
        RedirectUris = redirectUris,
    });

    /// <summary>Makes somebody with an object id of their own, whose e-mail address is that user principal name; everything else can be set on what it answers.</summary>
    public EntraUser AddPerson(EntraDirectory directory, string userPrincipalName, string name) => directory.Add(new EntraUser
    {
        ObjectId = NewId(),
        UserPrincipalName = userPrincipalName,
        Name = name,
        Email = userPrincipalName,
    });

    /// <summary>
    /// From now on another key signs. Both are published, as Entra does for days
    /// (https://learn.microsoft.com/entra/identity-platform/signing-key-rollover), until the old ones are withdrawn.
    /// </summary>
    public void RotateKeys() => PublishedKeys = PublishedKeys.Insert(0, new SigningKey(Clock.GetUtcNow()));

    /// <summary>Publishes nothing but the key that signs.</summary>
    public void WithdrawOldKeys() => PublishedKeys = [PublishedKeys[0]];

    public void ExpireCodes() => Tokens.ForEach(TokenKind.Code, person: null, code => code.ExpiresAt = Clock.GetUtcNow());

    /// <summary>Ends the access tokens of a person, or of everybody.</summary>
    public void ExpireAccessTokens(EntraUser? person = null) => Tokens.ForEach(TokenKind.Access, person, token => token.ExpiresAt = Clock.GetUtcNow());

    /// <summary>What an administrator does to end somebody's sessions: https://learn.microsoft.com/graph/api/user-revokesigninsessions.</summary>
    public void RevokeRefreshTokens(EntraUser? person = null) => Tokens.ForEach(TokenKind.Refresh, person, token => token.IsRevoked = true);

    /// <summary>Changes the claims of the next id token before it is signed: <c>claims => claims["exp"] = 0</c>, <c>claims => claims.Remove("nonce")</c>.</summary>
    public void TamperIdToken(Action<JsonObject> change) => _tampering.Enqueue(change);

    /// <summary>Signs the next id token otherwise than Entra would.</summary>
    public void SignNextIdToken(IdTokenSignature signature) => _signatures.Enqueue(signature);

    /// <summary>The next authorize request goes back to the client with this error.</summary>
    public void RefuseNext(EntraError error) => _refusals.Enqueue(error);

    /// <summary>The next requests, as many as there are faults, are answered with them in this order.</summary>
    public void FailNext(EntraEndpoint endpoint, params IReadOnlyList<EntraFault> faults)
    {
        foreach (var fault in faults)
        {
            Faults.Add(endpoint, fault);
        }
    }

    /// <summary>Every request is answered with this fault, until <see cref="Recover"/>.</summary>
    public void FailAlways(EntraEndpoint endpoint, EntraFault fault) => Faults.Last(endpoint, fault);

    /// <summary>Forgets every fault that waits.</summary>
    public void Recover() => Faults.Clear();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal Task EndAsync() => _app.WaitForShutdownAsync();

    internal EntraUser? TakeNext() => Interlocked.Exchange(ref _next, null);

    internal EntraError? TakeRefusal() => _refusals.TryDequeue(out var refusal) ? refusal : null;

    internal EntraRegistration? Registration(AskedDirectory asked, string? clientId) => Directories
        .Where(directory => asked.Directory is null || directory == asked.Directory)
        .Select(directory => directory.Application(clientId) is { } application ? new EntraRegistration(directory, application) : null)
        .FirstOrDefault(registration => registration is not null);

    internal EntraError? RefuseClient(AskedDirectory asked, string? clientId) => Registration(asked, clientId)?.Application switch
    {
        null => EntraError.ApplicationNotFound(clientId, asked.PathName),
        { IsMultitenant: false } single when asked.Directory is null => EntraError.NotMultitenant(single.ClientId),
        _ => null,
    };

    /// <summary>Where a word leaves the directory open, the issuer does so too, literally: https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer.</summary>
    internal string Issuer(AskedDirectory asked) => $"{Address.GetLeftPart(UriPartial.Authority)}/{asked.Directory?.Id.ToString() ?? "{tenantid}"}/v2.0";

    internal string IdToken(EntraRegistration registration, EntraUser person, IReadOnlyCollection<string> scopes, string? nonce)
    {
        var now = Clock.GetUtcNow();
        var (directory, application) = registration;
        var issuer = Issuer(new AskedDirectory(directory.Id.ToString(), directory));
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
