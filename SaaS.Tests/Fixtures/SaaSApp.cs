extern alias scheduler;
extern alias worker;

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Benchmarks;
using SaaS.Core;
using SaaS.Core.Access;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Messaging;

[assembly: AssemblyFixture(typeof(SaaS.Tests.Fixtures.SaaSApp))]

namespace SaaS.Tests.Fixtures;

/// <summary>
/// The whole system that all tests share: backing services, a migrated database, and the three hosts. Each test has a tenant of its
/// own.
/// </summary>
public class SaaSApp : IAsyncLifetime
{
    internal const string OperatorsAddress = "operators@example.com";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly NameServer _names = new();
    private BackingServices _backingServices = null!;
    private Dictionary<string, string?> _settings = null!;
    private HostUnderTest<worker::Program> _worker = null!;
    private HostUnderTest<scheduler::Program> _scheduler = null!;

    /// <summary>The API that all tests share.</summary>
    internal ApiUnderTest Api { get; private set; } = null!;

    /// <summary>The API's services, for tests that check state not visible over HTTP.</summary>
    internal IServiceProvider Services => Api.Services;

    /// <summary>The scheduler's services, for the same purpose.</summary>
    internal IServiceProvider SchedulerServices => _scheduler.Services;

    internal Uri SchedulerAddress => _scheduler.ClientOptions.BaseAddress;

    /// <summary>Creates an additional worker, with these settings in addition to the default ones.</summary>
    internal HostUnderTest<worker::Program> NewWorker(Dictionary<string, string?>? settings = null) =>
        new(
            _settings
                .Where(setting => settings?.ContainsKey(setting.Key) is not true)
                .Concat(settings ?? new Dictionary<string, string?>())
                .ToDictionary()
        );

    internal string Setting(string key) => _settings[key]!;

    /// <summary>The settings of every host of this system.</summary>
    internal IReadOnlyDictionary<string, string?> Settings => _settings;

    /// <summary>The folder of the stored objects.</summary>
    internal string ObjectsFolder => new Uri(Setting("ConnectionStrings:minio")["Endpoint=".Length..]).LocalPath;

    /// <summary>The folder of the mails that the system sends.</summary>
    internal string MailFolder => Setting("Mail:Folder");

    public async ValueTask InitializeAsync()
    {
        _backingServices = await BackingServices.StartAsync();
        _settings = new Dictionary<string, string?>(_backingServices.Settings)
        {
            ["Passwords:WorkFactor"] = "4",
            ["Jobs:repair-provisioning:Cron"] = "* * * * * ?",
            ["JobAlerts:CheckInterval"] = "00:00:01",
            ["JobAlerts:MailTo:0"] = OperatorsAddress, // the tests create many operators, who should not all receive each alert
            ["Tenants:MaxPerUser"] = "10000",
            ["Entra:Authority"] = "http://127.0.0.1:9", // no server there: tests that need a provider have one of their own (SsoApi)
            ["Dns:Resolver"] = _names.Address,
            ["SignIn:InitialDelay"] = "00:10:00", // longer than any test takes, so that no test depends on the speed of the machine
            ["SignIn:FreeAttemptsPerAddress"] = "100000", // every test comes from the same address
        };
        await ConfigureAsync(_settings);
        Assert.Equal(0, await MigrateAsync(_settings));

        Api = new ApiUnderTest(WithoutProvisioning(_settings));
        _worker = new HostUnderTest<worker::Program>(_settings);
        _scheduler = new HostUnderTest<scheduler::Program>(WithoutProvisioning(_settings));
        Api.Start();
        _worker.Start();
        _scheduler.Start();
        await Eventually.HoldsAsync(IsSchedulerReadyAsync, "the scheduler is not ready"); // until then it accepts no command to run a job
    }

    private async Task<bool> IsSchedulerReadyAsync()
    {
        using var client = NewSchedulerClient();
        using var answer = await client.GetAsync("/health/ready");
        return answer.IsSuccessStatusCode;
    }

    /// <summary>
    /// Starts an additional API on the same backing services, with these settings in addition to the default ones, until the test
    /// disposes it.
    /// </summary>
    internal ApiUnderTest StartApi(Dictionary<string, string?>? settings = null, TimeProvider? clock = null)
    {
        var own = WithoutProvisioning(_settings);
        foreach (var (key, value) in settings ?? [])
        {
            own[key] = value;
        }

        var api = new ApiUnderTest(own, clock, isBeside: true);
        api.Start();
        return api;
    }

    /// <summary>Returns the settings of the API and the scheduler, which create no databases.</summary>
    internal static Dictionary<string, string?> WithoutProvisioning(IReadOnlyDictionary<string, string?> settings) =>
        settings
            .Where(setting => setting.Key is not ("ConnectionStrings:saas-provisioning" or "ConnectionStrings:postgres"))
            .ToDictionary();

    internal HttpClient NewClient(string? accessToken = null) => Api.NewClient(accessToken);

    internal HttpClient NewSchedulerClient() => _scheduler.CreateClient();

    /// <summary>Opens a tenant's database as the system itself, to check state not visible over HTTP.</summary>
    internal async Task<T> InTenantAsync<T>(Guid tenantId, Func<TenantDbContext, Task<T>> look)
    {
        await using var scope = Services.CreateAsyncScope();
        var tenant = await scope
            .ServiceProvider.GetRequiredService<SystemTenantAccess>()
            .GetScopeAsync(tenantId, Actor.Job("test"), CancellationToken.None);
        await using var db = await scope.ServiceProvider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant!, CancellationToken.None);
        return await look(db);
    }

    internal async Task<T> InControlAsync<T>(Func<ControlDbContext, Task<T>> look)
    {
        await using var scope = Services.CreateAsyncScope();
        return await look(scope.ServiceProvider.GetRequiredService<ControlDbContext>());
    }

    /// <summary>Waits until all work that follows from changes in a tenant is done, and fails if it is not.</summary>
    internal async Task DrainAsync(Guid tenantId)
    {
        var transport = Services.GetRequiredService<EventTransport>();
        await Eventually.HoldsAsync(
            async () =>
                (await IsErasedAsync(tenantId) || await InTenantAsync(tenantId, db => db.OutboxMessages.CountAsync()) == 0)
                && await InControlAsync(db => db.OutboxMessages.CountAsync(message => message.Key == tenantId.ToString())) == 0
                && await ConsumerGroups.CountWaitingAsync(transport, CancellationToken.None) == 0,
            "work is left over",
            Timeout
        );
    }

    // A tenant whose test has requested its erasure is erased by the first test that runs the job.
    private Task<bool> IsErasedAsync(Guid tenantId) =>
        InControlAsync(async db => !await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId));

    /// <summary>Waits until all work that follows from changes to accounts is done.</summary>
    internal async Task DrainAsync()
    {
        var transport = Services.GetRequiredService<EventTransport>();
        await Eventually.HoldsAsync(
            async () =>
                await InControlAsync(db => db.OutboxMessages.CountAsync()) == 0
                && await ConsumerGroups.CountWaitingAsync(transport, CancellationToken.None) == 0,
            "work is left over",
            Timeout
        );
    }

    /// <summary>Changes the settings of the hosts before any of them starts.</summary>
    private protected virtual Task ConfigureAsync(Dictionary<string, string?> settings) => Task.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Api.DisposeAsync();
        await _scheduler.DisposeAsync();
        await _worker.DisposeAsync();
        await _backingServices.DisposeAsync();
        await _names.DisposeAsync();
    }

    // Runs the migration like the worker's command: in a host of its own with the superuser's connection.
    internal static async Task<int> MigrateAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.AddCore(provisions: true);
        using var host = builder.Build();
        return (await host.Services.MigrateDatabasesAsync(new MigrationRequest(), progress: null, CancellationToken.None)).Last.Failed;
    }
}

/// <summary>A separate system with its tenant keys in a Vault, for tests that break its backing services.</summary>
public sealed class BreakableApp : SaaSApp
{
    internal VaultStandIn Vault { get; private set; } = null!;

    private protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Vault = await VaultStandIn.StartAsync();
        settings["Encryption:Provider"] = "vault";
        settings["Vault:Address"] = Vault.Address.ToString();
        settings["Vault:RoleId"] = VaultStandIn.RoleId;
        settings["Vault:SecretId"] = VaultStandIn.SecretId;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Vault.DisposeAsync();
    }
}

/// <summary>
/// A separate system for tests of features that process all tenants: it contains only their tenants, however many other tests there
/// are.
/// </summary>
public sealed class OwnApp : SaaSApp;
