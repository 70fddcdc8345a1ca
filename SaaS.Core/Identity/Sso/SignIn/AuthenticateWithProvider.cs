using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Authenticates a user with the provider: exchanges the code, verifies the ID token, and asks Microsoft Graph for claims that the token
/// omits.
/// </summary>
internal sealed partial class AuthenticateWithProvider(
    SsoConfigurations configurations,
    EntraClient entra,
    GraphClient graph,
    IOptions<SsoOptions> options,
    TimeProvider clock,
    ILogger<AuthenticateWithProvider> logger
)
{
    // Optional profile attributes must not delay a sign-in.
    private static readonly TimeSpan ProfileTimeout = TimeSpan.FromSeconds(3);

    public async Task<Result<ExternalIdentity>> RunAsync(SsoConfiguration configuration, SsoFlow flow, string code, CancellationToken ct)
    {
        try
        {
            var tokens = await entra.ExchangeCodeAsync(
                configuration.Application,
                await configurations.DecryptSecretAsync(configuration, ct),
                code,
                options.Value.CallbackAddress,
                ct
            );
            if (tokens.IdToken is null)
            {
                return SsoProblems.TokenInvalid;
            }

            var person = await entra.ValidateIdTokenAsync(configuration.Application, tokens.IdToken, tokens.AccessToken, flow.Nonce, ct);
            var profile = configuration.SyncsAttributes ? await ReadProfileAsync(tokens.AccessToken, ct) : null;
            var now = clock.GetUtcNow();
            return new ExternalIdentity(
                configuration.Application,
                person.DirectoryId,
                person.ObjectId,
                EmailAddress.TryParse(person.Email, out var address) ? address : null,
                person.IsEmailDomainVerified,
                person.Upn,
                person.Name,
                person.GivenName,
                person.FamilyName,
                profile?.JobTitle,
                profile?.Department,
                profile?.CompanyName,
                configuration.UsesGroups ? person.Groups ?? await ReadGroupsAsync(configuration, tokens.AccessToken, ct) : [],
                tokens.AccessToken,
                now + tokens.ExpiresIn,
                tokens.RefreshToken,
                now + (tokens.RefreshTokenExpiresIn ?? options.Value.RefreshTokenLifetime)
            )
            {
                Amr = [.. person.AuthenticationMethods.Where(AuthenticationMethods.IsStorable).Take(AuthenticationMethods.MaxCount)],
            };
        }
        catch (EntraRejectedException e)
        {
            return EntraErrorMessages.ProblemOf(e.Error, e.Code);
        }
        catch (EntraUnavailableException e)
        {
            LogUnavailable(configuration.TenantId, e.Message);
            return SsoProblems.ProviderUnavailable;
        }
        catch (UntrustedTokenException e)
        {
            LogUntrusted(configuration.TenantId, e.Reason);
            return SsoProblems.TokenInvalid;
        }
    }

    /// <summary>Reads the ids of a user's groups from Microsoft Graph.</summary>
    /// <returns>Null when Graph is unavailable: the user then gets at most the default role, and is rejected where a group is
    /// required.</returns>
    public async Task<IReadOnlyList<string>?> ReadGroupsAsync(SsoConfiguration configuration, string accessToken, CancellationToken ct)
    {
        try
        {
            return await graph.GetGroupIdsAsync(accessToken, ct);
        }
        catch (Exception e) when (e is EntraUnavailableException or GraphUnauthorizedException)
        {
            LogNoGroups(configuration.TenantId, e.Message);
            return null;
        }
    }

    private async Task<GraphUser?> ReadProfileAsync(string accessToken, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(ProfileTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            return await graph.GetMeAsync(accessToken, either.Token);
        }
        catch (Exception e)
            when (e is EntraUnavailableException or GraphUnauthorizedException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return null;
        }
    }

    [LoggerMessage(
        EventId = 4301,
        Level = LogLevel.Warning,
        Message = "The ID token of a sign-in to tenant {TenantId} was rejected: {Reason}"
    )]
    private partial void LogUntrusted(Guid tenantId, string reason);

    [LoggerMessage(
        EventId = 4302,
        Level = LogLevel.Warning,
        Message = "The identity provider of tenant {TenantId} is unavailable: {Reason}"
    )]
    private partial void LogUnavailable(Guid tenantId, string reason);

    [LoggerMessage(
        EventId = 4303,
        Level = LogLevel.Warning,
        Message = "Could not read the groups of a user of tenant {TenantId} from Microsoft Graph: {Reason}"
    )]
    private partial void LogNoGroups(Guid tenantId, string reason);
}
