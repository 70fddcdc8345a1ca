using Microsoft.Kiota.Abstractions.Authentication;
using SaaS.Client.Api.Auth;
using SaaS.Client.Models;

namespace SaaS.ClientSample;

/// <summary>
/// A session of a user. Refreshes the access token shortly before it expires, in one request at a time, because a refresh token can be
/// used only once.
/// </summary>
internal sealed class Session : IAccessTokenProvider, IDisposable
{
    private static readonly TimeSpan RefreshMargin = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly AuthRequestBuilder _auth;
    private readonly TimeProvider _clock;
    private string _accessToken = "";
    private string _refreshToken = "";
    private DateTimeOffset _refreshAt;

    private Session(AuthRequestBuilder auth, TimeProvider clock) => (_auth, _clock) = (auth, clock);

    /// <summary>Allows the token for any host, because the client calls only one.</summary>
    public AllowedHostsValidator AllowedHostsValidator { get; } = new();

    public static async Task<Session> SignInAsync(AuthRequestBuilder auth, string email, string password, TimeProvider clock)
    {
        var session = new Session(auth, clock);
        var answer = await auth.Login.PostAsync(new LogInRequest { Email = email, Password = password });
        session.Store(answer!.AccessToken!, answer.RefreshToken!, answer.ExpiresIn!.Value);
        return session;
    }

    public async Task<string> GetAuthorizationTokenAsync(
        Uri uri,
        Dictionary<string, object>? additionalAuthenticationContext = null,
        CancellationToken cancellationToken = default
    )
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_clock.GetUtcNow() >= _refreshAt)
            {
                var answer = await _auth.Refresh.PostAsync(
                    new RefreshSessionRequest { RefreshToken = _refreshToken },
                    cancellationToken: cancellationToken
                );
                Store(answer!.AccessToken!, answer.RefreshToken!, answer.ExpiresIn!.Value);
            }

            return _accessToken;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private void Store(string accessToken, string refreshToken, int expiresIn) =>
        (_accessToken, _refreshToken, _refreshAt) = (
            accessToken,
            refreshToken,
            _clock.GetUtcNow() + TimeSpan.FromSeconds(expiresIn) - RefreshMargin
        );
}
