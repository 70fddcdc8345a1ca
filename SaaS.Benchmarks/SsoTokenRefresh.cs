using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Benchmarks;

/// <summary>
/// The cost of encrypting identity provider tokens: the job that refreshes those of 10,000 users, with the key ring and without encryption.
/// </summary>
internal static class SsoTokenRefresh
{
    private const int People = 10_000;
    private const int Rounds = 3;

    internal static readonly Figure Figure = new(
        "sso-token-refresh",
        string.Create(
            CultureInfo.InvariantCulture,
            $"seconds in which the job refreshes the provider tokens of {People:N0} users ÷ the same without encryption"
        ),
        "s",
        Goal.AtMost(1.2),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var owner = await Tenants.StartAsync(http, system, ct);
        var tenant = await owner.CreateAsync(ct);
        await using var provider = Provider();
        await provider.StartAsync(ct);
        using var sealing = NewHost(system, provider, services => { });
        using var plain = NewHost(system, provider, services => services.Replace(ServiceDescriptor.Singleton<Cipher>(new NoCipher())));
        await AddPeopleAsync(sealing, tenant, ct);

        return await Benchmarks.Rounds.InterleaveAsync(
            ours: token => RenewAsync(sealing, tenant, token),
            anchor: token => RenewAsync(plain, tenant, token),
            system,
            ct,
            wanted: Rounds
        );
    }

    private static async Task<double> RenewAsync(IHost host, Guid tenant, CancellationToken ct)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        var cipher = scope.ServiceProvider.GetRequiredService<Cipher>();
        var token = (await cipher.EncryptAsync([NewToken()], tenant, SsoIdentity.TokenPurpose, ct))[0];
        var secret = (await cipher.EncryptAsync(["secret"], tenant, SsoConfiguration.SecretPurpose, ct))[0];
        var soon = SystemUnderMeasurement.Clock.GetUtcNow().AddMinutes(1);
        await db
            .SsoConfigurations.Where(row => row.TenantId == tenant)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.EncryptedClientSecret, secret), ct);
        await db
            .SsoIdentities.Where(row => row.TenantId == tenant)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.EncryptedRefreshToken, token)
                        .SetProperty(row => row.TokenExpiresAt, soon)
                        .SetProperty(row => row.RefreshTokenExpiresAt, soon.AddDays(1)),
                ct
            );
        await db.SsoActivities.ExecuteDeleteAsync(ct);

        var began = SystemUnderMeasurement.Clock.GetTimestamp();
        var done = await scope.ServiceProvider.GetRequiredService<RefreshSsoTokensJob>().RunAsync(ct);
        var took = SystemUnderMeasurement.Clock.GetElapsedTime(began);
        return done.StartsWith(People.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            ? took.TotalSeconds
            : throw new InvalidOperationException($"Not all tokens were refreshed: {done}");
    }

    private static async Task AddPeopleAsync(IHost host, Guid tenantId, CancellationToken ct)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        var now = SystemUnderMeasurement.Clock.GetUtcNow();
        var tenant = await db.Tenants.SingleAsync(row => row.Id == tenantId, ct);
        tenant.AuthMethod = AuthMethod.Both;
        db.SsoConfigurations.Add(
            new SsoConfiguration
            {
                Id = Guid.CreateVersion7(now),
                TenantId = tenantId,
                ProviderTenantId = "directory.example",
                ClientId = "application",
                EncryptedClientSecret = "",
                ClientSecretHash = "",
                IsEnabled = true,
                CreatedBy = tenant.CreatedBy,
                CreatedAt = now,
                UpdatedAt = now,
            }
        );
        for (var number = 0; number < People; number++)
        {
            var user = new User
            {
                Id = Guid.CreateVersion7(now),
                FirstName = "A",
                LastName = "B",
                Email = EmailAddress.Parse($"person{number}@directory.example"),
                SecurityStamp = Guid.CreateVersion7(now),
                CreatedAt = now,
                UpdatedAt = now,
            };
            db.Users.Add(user);
            db.Memberships.Add(
                new Membership
                {
                    UserId = user.Id,
                    TenantId = tenantId,
                    Role = Core.Access.TenantRole.Viewer,
                    JoinedAt = now,
                }
            );
            db.SsoIdentities.Add(
                new SsoIdentity
                {
                    Id = Guid.CreateVersion7(now),
                    TenantId = tenantId,
                    UserId = user.Id,
                    DirectoryId = tenantId,
                    ObjectId = user.Id,
                    LastSyncAt = now,
                    CreatedAt = now,
                }
            );
        }

        await db.SaveChangesAsync(ct);
    }

    private static IHost NewHost(SystemUnderMeasurement system, WebApplication provider, Action<IServiceCollection> change)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        var address = provider.Urls.First();
        builder.Configuration.AddInMemoryCollection(
            system
                .Settings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value))
                .Append(KeyValuePair.Create("Entra:Authority", (string?)address))
                .Append(KeyValuePair.Create("Entra:Graph", (string?)address))
        );
        builder.AddCore();
        change(builder.Services);
        return builder.Build();
    }

    // Does as little as possible, so that the measurement is mostly the job.
    private static WebApplication Provider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapGet(
            "/{directory}/v2.0/.well-known/openid-configuration",
            (HttpRequest request) =>
                Results.Json(
                    new Dictionary<string, string>
                    {
                        ["issuer"] = $"http://{request.Host}/{Guid.Empty}/v2.0",
                        ["authorization_endpoint"] = $"http://{request.Host}/authorize",
                        ["token_endpoint"] = $"http://{request.Host}/token",
                        ["jwks_uri"] = $"http://{request.Host}/keys",
                    }
                )
        );
        app.MapGet("/keys", () => Results.Text("""{"keys": []}""", "application/json"));
        app.MapPost(
            "/token",
            () =>
                Results.Text(
                    $$"""{"access_token": "{{NewToken()}}", "refresh_token": "{{NewToken()}}", "token_type": "Bearer", "expires_in": 3600}""",
                    "application/json"
                )
        );
        return app;
    }

    // About as long as a token of Entra.
    private static string NewToken() => RandomNumberGenerator.GetHexString(1_600);

    private sealed class NoCipher : Cipher
    {
        public override string ProviderPrefix => "none";

        public override Task<IReadOnlyList<string>> EncryptAsync(
            IReadOnlyList<string> plaintexts,
            Guid tenantId,
            string purpose,
            CancellationToken ct
        ) => Task.FromResult(plaintexts);

        public override Task<IReadOnlyList<string>> DecryptAsync(
            IReadOnlyList<string> ciphertexts,
            Guid tenantId,
            string purpose,
            CancellationToken ct
        ) => Task.FromResult(ciphertexts);

        public override Task<IReadOnlyList<string>> ReencryptAsync(
            IReadOnlyList<string> ciphertexts,
            Guid tenantId,
            string purpose,
            CancellationToken ct
        ) => Task.FromResult(ciphertexts);

        public override Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) =>
            Task.FromResult<CipherKey?>(null);

        public override Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct) =>
            throw new NotSupportedException();

        public override Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct) =>
            throw new NotSupportedException();

        public override Task DestroyAsync(Guid tenantId, CancellationToken ct) => throw new NotSupportedException();
    }
}
