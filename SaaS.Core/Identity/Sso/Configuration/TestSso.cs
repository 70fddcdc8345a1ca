using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>What is tried: an application in a directory.</summary>
/// <param name="Directory">The directory's id, or one of its domains.</param>
/// <param name="ClientId">The application's id.</param>
/// <param name="ClientSecret">Its client secret.</param>
public sealed record SsoTest(string Directory, string ClientId, string ClientSecret);

/// <summary>One thing that was looked at.</summary>
/// <param name="What">In a few words.</param>
/// <param name="Holds">Whether it is as it should be.</param>
/// <param name="Detail">What was found.</param>
/// <param name="LoginAddress">Where somebody has to sign in now, if that is what comes next.</param>
public sealed record SsoTestStep(string What, bool Holds, string Detail, Uri? LoginAddress = null);

/// <summary>
/// Tries single sign-on as a customer would, in a tenant that is there for that alone: configures it, waits until somebody has
/// signed in, and looks at everything that has to be true then.
/// </summary>
internal sealed class TestSso(
    ControlDbContext db, CreateTenant create, SsoConfigurations configurations, ProviderTokens tokens, EntraClient entra, GraphClient graph, IOptions<SsoOptions> options, TimeProvider clock)
{
    private const string TenantName = "Single sign-on test";
    private static readonly EmailAddress CreatorEmail = EmailAddress.Parse("sso-test@localhost.localdomain"); // nobody reads its mail, and it has no password
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Each step as it is done; the last one that does not hold ends it.</summary>
    /// <param name="patience">How long somebody has for signing in.</param>
    public async IAsyncEnumerable<SsoTestStep> RunAsync(SsoTest trial, TimeSpan patience, [EnumeratorCancellation] CancellationToken ct)
    {
        var directory = await FindDirectoryAsync(trial.Directory, ct);
        yield return directory;
        if (!directory.Holds)
        {
            yield break;
        }

        if (await PrepareTenantAsync(trial, ct) is not { } configuration)
        {
            yield return new SsoTestStep("A tenant for the test", Holds: false, "It could not be made: its owner has as many tenants as one may have.");
            yield break;
        }

        yield return new SsoTestStep("A tenant for the test", Holds: true, $"{TenantName} ({configuration.TenantId})");
        var began = clock.GetUtcNow();
        yield return new SsoTestStep("Single sign-on is configured", Holds: true, $"redirect address {options.Value.CallbackAddress}", StartSsoSignIn.AddressOf(configuration.TenantId, options.Value));

        var signIn = await WaitForSignInAsync(configuration.TenantId, began, patience, ct);
        yield return signIn.Step;
        if (signIn.Identity is not { } identity)
        {
            yield break;
        }

        await foreach (var step in LookAtAsync(configuration, identity, began, ct))
        {
            yield return step;
        }
    }

    private async Task<SsoTestStep> FindDirectoryAsync(string directory, CancellationToken ct)
    {
        const string What = "The directory answers";
        try
        {
            return new SsoTestStep(What, Holds: true, (await entra.EndpointsAsync(directory, ct)).Issuer);
        }
        catch (Exception e) when (e is EntraRejectedException or EntraUnavailableException)
        {
            return new SsoTestStep(What, Holds: false, e.Message);
        }
    }

    // The same tenant each time: who signed in at an earlier test is known by that.
    private async Task<SsoConfiguration?> PrepareTenantAsync(SsoTest trial, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var creator = await db.Users.SingleOrDefaultAsync(user => user.Email == CreatorEmail, ct);
        if (creator is null)
        {
            creator = new User { Id = Guid.CreateVersion7(now), FirstName = "Single sign-on", LastName = "test", Email = CreatorEmail, EmailVerifiedAt = now, SecurityStamp = Guid.CreateVersion7(now), CreatedAt = now, UpdatedAt = now };
            db.Users.Add(creator);
            await db.SaveChangesAsync(ct);
        }

        var tenantId = await db.Tenants.Where(Tenant.IsOpen).Where(tenant => tenant.CreatedBy == creator.Id).Select(tenant => (Guid?)tenant.Id).FirstOrDefaultAsync(ct);
        if (tenantId is null)
        {
            if (!(await create.RunAsync(DisplayName.Parse(TenantName, Tenant.NameMaxLength), creator.Id, Actor.Command("sso-test"), ct)).TryGetValue(out var made, out _))
            {
                return null;
            }

            tenantId = made.Id;
        }

        await db.SsoConfigurations.Where(configuration => configuration.TenantId == tenantId).ExecuteDeleteAsync(ct);
        var configuration = new SsoConfiguration
        {
            Id = Guid.CreateVersion7(now),
            TenantId = tenantId.Value,
            ProviderTenantId = trial.Directory.Trim().ToLowerInvariant(),
            ClientId = trial.ClientId.Trim(),
            SealedClientSecret = await configurations.SealSecretAsync(tenantId.Value, trial.ClientSecret, ct),
            ClientSecretHash = SsoConfigurations.HashOf(tenantId.Value, trial.ClientSecret),
            IsEnabled = true,
            Provisions = true,
            CreatedBy = creator.Id,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.SsoConfigurations.Add(configuration);
        configurations.ChangeAuthMethod(await db.Tenants.SingleAsync(tenant => tenant.Id == tenantId, ct), AuthMethod.Both, creator.Id);
        await db.SaveChangesAsync(ct);
        return configuration;
    }

    private async Task<(SsoTestStep Step, SsoIdentity? Identity)> WaitForSignInAsync(Guid tenantId, DateTimeOffset began, TimeSpan patience, CancellationToken ct)
    {
        const string What = "Somebody has signed in";
        while (clock.GetUtcNow() < began + patience)
        {
            var activity = await db.SsoActivities.AsNoTracking()
                .Where(one => one.TenantId == tenantId && one.OccurredAt >= began && (one.Kind == SsoActivityKind.SignedIn || one.Kind == SsoActivityKind.Refused))
                .OrderBy(one => one.OccurredAt)
                .FirstOrDefaultAsync(ct);
            if (activity is { Kind: SsoActivityKind.Refused })
            {
                return (new SsoTestStep(What, Holds: false, $"The sign-in was refused: {activity.Reason}. The page in the browser says more."), null);
            }

            if (activity is not null)
            {
                var identity = await db.SsoIdentities.AsNoTracking().SingleAsync(one => one.TenantId == tenantId && one.UserId == activity.UserId, ct);
                return (new SsoTestStep(What, Holds: true, identity.Upn ?? identity.ObjectId.ToString()), identity);
            }

            await Task.Delay(LookEvery, clock, ct);
        }

        return (new SsoTestStep(What, Holds: false, $"Nobody has, within {patience.TotalMinutes:0} minutes."), null);
    }

    private async IAsyncEnumerable<SsoTestStep> LookAtAsync(SsoConfiguration configuration, SsoIdentity identity, DateTimeOffset began, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return new SsoTestStep("The id token was verified", Holds: true, $"person {identity.ObjectId} of directory {identity.DirectoryId}");
        yield return new SsoTestStep("The code was exchanged for tokens, which are sealed", identity.SealedAccessToken is not null, $"good until {identity.TokenExpiresAt:u}");

        var user = await db.Users.AsNoTracking().SingleAsync(one => one.Id == identity.UserId, ct);
        var role = await db.Memberships.Where(one => one.TenantId == configuration.TenantId && one.UserId == user.Id).Select(one => (TenantRole?)one.Role).SingleOrDefaultAsync(ct);
        yield return new SsoTestStep("The account is there, and a member", role is not null, $"{user.Email}, {role?.Word() ?? "no member"}{(user.CreatedAt >= began ? ", made by this sign-in" : "")}");

        var session = await db.Sessions.AsNoTracking().Where(one => one.UserId == user.Id && one.RestrictedToTenantId == configuration.TenantId).OrderByDescending(one => one.CreatedAt).FirstOrDefaultAsync(ct);
        yield return new SsoTestStep("A session was opened that opens this tenant alone", session is { Method: SignInMethod.Sso }, session is null ? "none; a sign-in with return_url opens one when its code is exchanged" : session.Device);

        if (identity.SealedRefreshToken is null)
        {
            yield return new SsoTestStep("The tokens can be renewed", Holds: false, "The provider gave no refresh token: offline_access was not granted.");
            yield break;
        }

        var renewal = await tokens.RenewAsync(configuration, identity.Id, ifExpiresBefore: DateTimeOffset.MaxValue, ct);
        yield return new SsoTestStep("The tokens can be renewed", renewal is Renewal.Fresh, renewal.ToString());
        yield return await AskGraphAsync(configuration, identity, ct);
    }

    private async Task<SsoTestStep> AskGraphAsync(SsoConfiguration configuration, SsoIdentity identity, CancellationToken ct)
    {
        const string What = "Graph tells of the person";
        try
        {
            return await tokens.FindAccessTokenAsync(configuration, identity.Id, ct) is { AccessToken: { } token }
                ? new SsoTestStep(What, Holds: true, (await graph.MeAsync(token, ct)).DisplayName ?? "no name")
                : new SsoTestStep(What, Holds: false, "There is no access token.");
        }
        catch (Exception e) when (e is EntraUnavailableException or GraphUnauthorizedException)
        {
            return new SsoTestStep(What, Holds: false, e.Message);
        }
    }
}
