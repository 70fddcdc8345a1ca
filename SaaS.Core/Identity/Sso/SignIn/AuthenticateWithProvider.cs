using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Has the provider say who somebody is: exchanges the code, verifies the id token, and asks Graph for what the token leaves out.</summary>
internal sealed partial class AuthenticateWithProvider(SsoConfigurations configurations, EntraClient entra, GraphClient graph, IOptions<SsoOptions> options, TimeProvider clock, ILogger<AuthenticateWithProvider> logger)
{
    // What is good to know is not worth waiting for.
    private static readonly TimeSpan PatienceForAttributes = TimeSpan.FromSeconds(3);

    public async Task<Result<ExternalIdentity>> RunAsync(SsoConfiguration configuration, SsoFlow flow, string code, CancellationToken ct)
    {
        try
        {
            var tokens = await entra.RedeemAsync(configuration.Application, await configurations.SecretOfAsync(configuration, ct), code, options.Value.CallbackAddress, ct);
            if (tokens.IdToken is null)
            {
                return SsoProblems.TokenInvalid;
            }

            var person = await entra.VerifyAsync(configuration.Application, tokens.IdToken, flow.Nonce, ct);
            var described = configuration.SyncsAttributes ? await DescribeAsync(tokens.AccessToken, ct) : null;
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
                described?.JobTitle,
                described?.Department,
                described?.CompanyName,
                configuration.AsksForGroups ? person.Groups ?? await FindGroupsAsync(configuration, tokens.AccessToken, ct) : [],
                tokens.AccessToken,
                now + tokens.ExpiresIn,
                tokens.RefreshToken,
                now + (tokens.RefreshTokenExpiresIn ?? options.Value.RefreshTokenLifetime));
        }
        catch (EntraRejectedException e)
        {
            return SsoHints.ProblemOf(e.Error, e.Code);
        }
        catch (EntraUnavailableException e)
        {
            LogAway(configuration.TenantId, e.Message);
            return SsoProblems.ProviderAway;
        }
        catch (UntrustedTokenException e)
        {
            LogUntrusted(configuration.TenantId, e.Reason);
            return SsoProblems.TokenInvalid;
        }
    }

    /// <summary>Asks Graph for the ids of a person's groups.</summary>
    /// <returns>Null when nobody could say: then nobody is more than the default role makes them, and who has to be in a group is not let in.</returns>
    public async Task<IReadOnlyList<string>?> FindGroupsAsync(SsoConfiguration configuration, string accessToken, CancellationToken ct)
    {
        try
        {
            return await graph.GroupsAsync(accessToken, ct);
        }
        catch (Exception e) when (e is EntraUnavailableException or GraphUnauthorizedException)
        {
            LogNoGroups(configuration.TenantId, e.Message);
            return null;
        }
    }

    private async Task<GraphUser?> DescribeAsync(string accessToken, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(PatienceForAttributes, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await graph.MeAsync(accessToken, either.Token);
        }
        catch (Exception e) when (e is EntraUnavailableException or GraphUnauthorizedException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    [LoggerMessage(EventId = 4301, Level = LogLevel.Warning, Message = "The id token of a sign-in to tenant {TenantId} was not believed: {Reason}")]
    private partial void LogUntrusted(Guid tenantId, string reason);

    [LoggerMessage(EventId = 4302, Level = LogLevel.Warning, Message = "The identity provider of tenant {TenantId} could not be asked: {Reason}")]
    private partial void LogAway(Guid tenantId, string reason);

    [LoggerMessage(EventId = 4303, Level = LogLevel.Warning, Message = "Graph did not tell the groups of somebody who signs in to tenant {TenantId}: {Reason}")]
    private partial void LogNoGroups(Guid tenantId, string reason);
}
