using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>An application in a directory that is to be tested.</summary>
/// <param name="Directory">The directory's id, or one of its domains.</param>
/// <param name="ClientId">The application's id.</param>
/// <param name="ClientSecret">Its client secret.</param>
public sealed record SsoTest(string Directory, string ClientId, string ClientSecret);

/// <summary>A step of the single sign-on test.</summary>
/// <param name="Name">The step in a few words.</param>
/// <param name="Succeeded">True when the step succeeded.</param>
/// <param name="Detail">The result of the step.</param>
/// <param name="LoginAddress">The URL at which the tester has to sign in next; null when no sign-in is needed.</param>
public sealed record SsoTestStep(string Name, bool Succeeded, string Detail, Uri? LoginAddress = null);

/// <summary>
/// Tests single sign-on as a customer would, in a tenant reserved for tests: configures it, waits for a sign-in, and checks the resulting
/// state.
/// </summary>
internal sealed class TestSso(
    ControlDbContext db,
    CreateTenant create,
    SsoConfigurations configurations,
    ProviderTokens tokens,
    EntraClient entra,
    GraphClient graph,
    IOptions<SsoOptions> options,
    TimeProvider clock
)
{
    private const string TenantName = "Single sign-on test";

    // An unroutable address, and an account without a password.
    private static readonly EmailAddress CreatorEmail = EmailAddress.Parse("sso-test@localhost.localdomain");
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Returns each step when it is done; the first failed step ends the test.</summary>
    /// <param name="timeout">How long the test waits for the sign-in.</param>
    public async IAsyncEnumerable<SsoTestStep> RunAsync(SsoTest test, TimeSpan timeout, [EnumeratorCancellation] CancellationToken ct)
    {
        var directory = await CheckDirectoryAsync(test.Directory, ct);
        yield return directory;
        if (!directory.Succeeded)
        {
            yield break;
        }

        if (await PrepareTenantAsync(test, ct) is not { } configuration)
        {
            yield return new SsoTestStep(
                "The test tenant",
                Succeeded: false,
                "It could not be created: its owner has reached the limit of tenants."
            );
            yield break;
        }

        yield return new SsoTestStep("The test tenant", Succeeded: true, $"{TenantName} ({configuration.TenantId})");
        var began = clock.GetUtcNow();
        yield return new SsoTestStep(
            "Single sign-on is configured",
            Succeeded: true,
            $"redirect URI {options.Value.CallbackAddress}",
            StartSsoSignIn.AddressOf(configuration.TenantId, options.Value)
        );

        var signIn = await WaitForSignInAsync(configuration.TenantId, began, timeout, ct);
        yield return signIn.Step;
        if (signIn.Identity is not { } identity)
        {
            yield break;
        }

        await foreach (var step in CheckSignInAsync(configuration, identity, began, ct))
        {
            yield return step;
        }
    }

    private async Task<SsoTestStep> CheckDirectoryAsync(string directory, CancellationToken ct)
    {
        const string What = "The directory answers";
        try
        {
            return new SsoTestStep(What, Succeeded: true, (await entra.GetEndpointsAsync(directory, ct)).Issuer);
        }
        catch (Exception e) when (e is EntraRejectedException or EntraUnavailableException)
        {
            return new SsoTestStep(What, Succeeded: false, e.Message);
        }
    }

    // Reuses the tenant, so that users linked by an earlier test stay linked.
    private async Task<SsoConfiguration?> PrepareTenantAsync(SsoTest test, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var creator = await db.Users.SingleOrDefaultAsync(user => user.Email == CreatorEmail, ct);
        if (creator is null)
        {
            creator = new User
            {
                Id = Guid.CreateVersion7(now),
                FirstName = "Single sign-on",
                LastName = "test",
                Email = CreatorEmail,
                EmailVerifiedAt = now,
                SecurityStamp = Guid.CreateVersion7(now),
                CreatedAt = now,
                UpdatedAt = now,
            };
            db.Users.Add(creator);
            await db.SaveChangesAsync(ct);
        }

        var tenantId = await db
            .Tenants.Where(Tenant.IsActive)
            .Where(tenant => tenant.CreatedBy == creator.Id)
            .Select(tenant => (Guid?)tenant.Id)
            .FirstOrDefaultAsync(ct);
        if (tenantId is null)
        {
            if (
                !(
                    await create.RunAsync(DisplayName.Parse(TenantName, Tenant.NameMaxLength), creator.Id, Actor.Command("sso-test"), ct)
                ).TryGetValue(out var made, out _)
            )
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
            ProviderTenantId = test.Directory.Trim().ToLowerInvariant(),
            ClientId = test.ClientId.Trim(),
            EncryptedClientSecret = await configurations.EncryptSecretAsync(tenantId.Value, test.ClientSecret, ct),
            ClientSecretHash = SsoConfigurations.HashOf(tenantId.Value, test.ClientSecret),
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

    private async Task<(SsoTestStep Step, SsoIdentity? Identity)> WaitForSignInAsync(
        Guid tenantId,
        DateTimeOffset began,
        TimeSpan timeout,
        CancellationToken ct
    )
    {
        const string What = "Somebody has signed in";
        while (clock.GetUtcNow() < began + timeout)
        {
            var activity = await db
                .SsoActivities.AsNoTracking()
                .Where(one =>
                    one.TenantId == tenantId
                    && one.OccurredAt >= began
                    && (one.Kind == SsoActivityKind.SignedIn || one.Kind == SsoActivityKind.Refused)
                )
                .OrderBy(one => one.OccurredAt)
                .FirstOrDefaultAsync(ct);
            if (activity is { Kind: SsoActivityKind.Refused })
            {
                return (
                    new SsoTestStep(
                        What,
                        Succeeded: false,
                        $"The sign-in was rejected: {activity.Reason}. The page in the browser has the details."
                    ),
                    null
                );
            }

            if (activity is not null)
            {
                var identity = await db
                    .SsoIdentities.AsNoTracking()
                    .SingleAsync(one => one.TenantId == tenantId && one.UserId == activity.UserId, ct);
                return (new SsoTestStep(What, Succeeded: true, identity.Upn ?? identity.ObjectId.ToString()), identity);
            }

            await Task.Delay(PollInterval, clock, ct);
        }

        return (new SsoTestStep(What, Succeeded: false, $"No sign-in within {timeout.TotalMinutes:0} minutes."), null);
    }

    private async IAsyncEnumerable<SsoTestStep> CheckSignInAsync(
        SsoConfiguration configuration,
        SsoIdentity identity,
        DateTimeOffset began,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        yield return new SsoTestStep(
            "The ID token was verified",
            Succeeded: true,
            $"user {identity.ObjectId} of directory {identity.DirectoryId}"
        );
        yield return new SsoTestStep(
            "The code was exchanged for tokens, which are stored encrypted",
            identity.EncryptedAccessToken is not null,
            $"valid until {identity.TokenExpiresAt:u}"
        );

        var user = await db.Users.AsNoTracking().SingleAsync(one => one.Id == identity.UserId, ct);
        var role = await db
            .Memberships.Where(one => one.TenantId == configuration.TenantId && one.UserId == user.Id)
            .Select(one => (TenantRole?)one.Role)
            .SingleOrDefaultAsync(ct);
        yield return new SsoTestStep(
            "The account exists and is a member",
            role is not null,
            $"{user.Email}, {role?.ToJsonName() ?? "no member"}{(user.CreatedAt >= began ? ", created by this sign-in" : "")}"
        );

        var session = await db
            .Sessions.AsNoTracking()
            .Where(one => one.UserId == user.Id && one.RestrictedToTenantId == configuration.TenantId)
            .OrderByDescending(one => one.CreatedAt)
            .FirstOrDefaultAsync(ct);
        yield return new SsoTestStep(
            "A tenant-bound session was opened",
            session is { Method: SignInMethod.Sso },
            session is null ? "none; a sign-in with return_url opens one when its code is exchanged" : session.Device
        );

        if (identity.EncryptedRefreshToken is null)
        {
            yield return new SsoTestStep(
                "The tokens can be refreshed",
                Succeeded: false,
                "The provider issued no refresh token: offline_access was not granted."
            );
            yield break;
        }

        var renewal = await tokens.RefreshAsync(configuration, identity.Id, ifExpiresBefore: DateTimeOffset.MaxValue, ct);
        yield return new SsoTestStep("The tokens can be refreshed", renewal is TokenRefreshResult.Fresh, renewal.ToString());
        yield return await AskGraphAsync(configuration, identity, ct);
    }

    private async Task<SsoTestStep> AskGraphAsync(SsoConfiguration configuration, SsoIdentity identity, CancellationToken ct)
    {
        const string What = "Graph describes the user";
        try
        {
            return await tokens.GetAccessTokenAsync(configuration, identity.Id, ct) is { AccessToken: { } token }
                ? new SsoTestStep(What, Succeeded: true, (await graph.GetMeAsync(token, ct)).DisplayName ?? "no name")
                : new SsoTestStep(What, Succeeded: false, "There is no access token.");
        }
        catch (Exception e) when (e is EntraUnavailableException or GraphUnauthorizedException)
        {
            return new SsoTestStep(What, Succeeded: false, e.Message);
        }
    }
}
