extern alias scheduler;
extern alias worker;

using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Operations;
using SaaS.LocalServices;

namespace SaaS.Tests.Fixtures;

/// <summary>
/// Backing services of their own with an API host and the worker's executable, for tests that downgrade databases, block the
/// server's catalogue, or kill processes.
/// </summary>
public sealed class OwnCluster : IAsyncLifetime
{
    /// <summary>A version older than every migration.</summary>
    public const string Before = "00000000000000_Before";

    private BackingServices _backingServices = null!;
    private ApiUnderTest _api = null!;
    private Provisioner? _provisioner;
    private HttpClient _user = null!;
    private Dictionary<string, string?> _settings = null!;

    internal IServiceProvider Services => _api.Services;

    public async ValueTask InitializeAsync()
    {
        _backingServices = await BackingServices.StartAsync();
        _settings = new Dictionary<string, string?>(_backingServices.Settings)
        {
            ["Passwords:WorkFactor"] = "4",
            ["Migration:LockTimeout"] = "00:10:00",
        };
        var migrated = await RunAsync();
        Assert.True(migrated.ExitCode == 0, migrated.Text);

        await StartProvisionerAsync();
        _api = new ApiUnderTest(SaaSApp.WithoutProvisioning(_settings));
        _api.Start();
        _user = _api.NewClient();
        var person = new
        {
            first_name = "Ada",
            last_name = "Lovelace",
            email = TestUser.NewEmail(),
            password = TestUser.Password,
        };
        using var registered = await _user.PostAsJsonAsync("/api/auth/register", person);
        using var signedIn = await _user.PostAsJsonAsync("/api/auth/login", new { person.email, person.password });
        var token = (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString();
        _user.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    internal async Task<ClusterTenant> CreateTenantAsync(string name)
    {
        using var created = await _user.PostAsJsonAsync("/api/tenants", new { name });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        return new ClusterTenant(tenant.IdOf(), tenant.GetProperty("database_name").GetString()!);
    }

    /// <summary>Creates a tenant whose database has nothing of the schema, as if every migration were new to it.</summary>
    internal async Task<ClusterTenant> CreateBehindAsync()
    {
        var tenant = await CreateTenantAsync("Behind [1]");
        await InDatabaseAsync(
            tenant.Database,
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; ALTER SCHEMA public OWNER TO saas_provisioner"
        );
        await SetVersionAsync(tenant, Before);
        return tenant;
    }

    /// <summary>Starts the provisioner, which creates and drops databases, again after <see cref="StopProvisionerAsync"/>.</summary>
    internal async Task StartProvisionerAsync() => _provisioner ??= await Provisioner.StartAsync(_settings);

    /// <summary>Starts an additional provisioner in which these settings replace the default ones; null removes a setting.</summary>
    internal Task<Provisioner> StartProvisionerAsync(IReadOnlyDictionary<string, string?> settings) =>
        Provisioner.StartAsync(
            _settings
                .Where(setting => !settings.ContainsKey(setting.Key))
                .Concat(settings)
                .Where(setting => setting.Value is not null)
                .ToDictionary()
        );

    /// <summary>Stops the provisioner, so that only workers started by the test are left.</summary>
    internal async Task StopProvisionerAsync()
    {
        if (_provisioner is { } provisioner)
        {
            _provisioner = null;
            await provisioner.DisposeAsync();
        }
    }

    internal Task SetVersionAsync(ClusterTenant tenant, string version) =>
        InDatabaseAsync("saas_platform", $"UPDATE tenants SET schema_version = '{version}' WHERE id = '{tenant.Id}'");

    /// <summary>Returns the API's result for the tenant: 200, or the problem code.</summary>
    internal async Task<string> AskAsync(ClusterTenant tenant)
    {
        using var answer = await _user.GetAsync($"/api/tenants/{tenant.Id}/documents");
        if (answer.StatusCode is HttpStatusCode.OK)
        {
            return "200";
        }

        Assert.NotNull(answer.Headers.RetryAfter);
        return await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable);
    }

    internal Task BecomesAsync(ClusterTenant tenant, string expected) =>
        Eventually.HoldsAsync(async () => await AskAsync(tenant) == expected, $"the tenant does not answer {expected}");

    /// <summary>
    /// Blocks a migration of this tenant in the middle until the connection is disposed, with an uncommitted table of the same
    /// name.
    /// </summary>
    internal async Task<NpgsqlConnection> ObstructAsync(ClusterTenant tenant)
    {
        var connection = await OpenAsync(tenant.Database);
        await RunAsync(connection, "BEGIN; CREATE TABLE outbox (obstacle int)");
        return connection;
    }

    internal async Task InDatabaseAsync(string database, string statement)
    {
        await using var connection = await OpenAsync(database);
        await RunAsync(connection, statement);
    }

    /// <summary>
    /// Returns everything that a migration could change: databases, roles, the catalogue of both kinds of database, and the rows of
    /// the control database that it writes.
    /// </summary>
    internal async Task<string> FingerprintAsync(ClusterTenant tenant)
    {
        const string Catalogue = """
            SELECT string_agg(concat_ws(' ', c.oid, c.relname, c.relfilenode, c.relacl), ',' ORDER BY c.oid)
              || (SELECT string_agg(concat_ws(' ', attrelid, attname, atttypid), ',' ORDER BY attrelid, attnum) FROM pg_attribute)
              || (SELECT coalesce(string_agg(defaclacl::text, ','), '') FROM pg_default_acl) FROM pg_class c
            """;
        const string Rows = """
            SELECT concat((SELECT string_agg(datname || datacl::text, ',' ORDER BY datname) FROM pg_database WHERE datacl IS NOT NULL),
                (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_authid), (SELECT string_agg(t::text, ',' ORDER BY id) FROM tenants t),
                (SELECT string_agg(m::text, ',' ORDER BY tenant_id) FROM tenant_migrations m), (SELECT string_agg(h::text, ',') FROM "__EFMigrationsHistory" h))
            """;
        return string.Join(
            '\n',
            await ReadAsync("saas_platform", Catalogue),
            await ReadAsync(tenant.Database, Catalogue),
            await ReadAsync("saas_platform", Rows)
        );
    }

    internal async Task<string> ReadAsync(string database, string query)
    {
        await using var connection = await OpenAsync(database);
#pragma warning disable CA2100 // the queries are those of the tests themselves
        await using var command = new NpgsqlCommand(query, connection);
#pragma warning restore CA2100
        return (await command.ExecuteScalarAsync())?.ToString() ?? "";
    }

    internal async Task<CommandRun> RunAsync(params string[] arguments)
    {
        await using var command = Start(arguments);
        return await command.EndAsync();
    }

    /// <summary>Starts <c>migrate</c> in the same way as the AppHost and an operator.</summary>
    internal RunningCommand Start(params string[] arguments) => Start(new Dictionary<string, string?>(), arguments);

    internal RunningCommand Start(IReadOnlyDictionary<string, string?> settings, params string[] arguments) =>
        StartWorker(["migrate", .. arguments], settings);

    /// <summary>
    /// Starts the worker's executable as it is started for a user, with these settings or variables in addition to the default
    /// ones.
    /// </summary>
    internal RunningCommand StartWorker(string[] arguments, IReadOnlyDictionary<string, string?>? settings = null) =>
        new(HostProject.Worker.Command(arguments, EnvironmentWith(settings)));

    /// <summary>Starts the API as a separate process, which can be killed.</summary>
    internal Task<ProcessUnderTest> StartApiProcessAsync(IReadOnlyDictionary<string, string?>? settings = null, int port = 0) =>
        ProcessUnderTest.StartAsync(HostProject.Api, EnvironmentWith(settings, provisions: false), port);

    /// <summary>Starts a worker as a separate process, which can be killed.</summary>
    internal Task<ProcessUnderTest> StartWorkerProcessAsync(IReadOnlyDictionary<string, string?>? settings = null) =>
        ProcessUnderTest.StartAsync(HostProject.Worker, EnvironmentWith(settings));

    /// <summary>Starts a scheduler as a separate process, which can be killed.</summary>
    internal Task<ProcessUnderTest> StartSchedulerProcessAsync(IReadOnlyDictionary<string, string?>? settings = null) =>
        ProcessUnderTest.StartAsync(HostProject.Scheduler, EnvironmentWith(settings, provisions: false));

    /// <summary>Creates a scheduler in this process with another clock.</summary>
    internal HostUnderTest<scheduler::Program> NewScheduler(TimeProvider clock, IReadOnlyDictionary<string, string?> settings) =>
        new(
            SaaSApp.WithoutProvisioning(_settings).Where(setting => !settings.ContainsKey(setting.Key)).Concat(settings).ToDictionary(),
            clock
        );

    /// <summary>Creates a worker in this process with another clock.</summary>
    internal HostUnderTest<worker::Program> NewWorker(TimeProvider clock) => new(_settings, clock);

    /// <summary>Creates another API on the same backing services, in this process, with another clock.</summary>
    internal ApiUnderTest NewApi(TimeProvider clock) => new(SaaSApp.WithoutProvisioning(_settings), clock);

    /// <summary>
    /// Creates another API on the same backing services, in this process, in which these settings replace the default ones; null
    /// removes a setting.
    /// </summary>
    internal ApiUnderTest NewApi(IReadOnlyDictionary<string, string?> settings) =>
        new(
            SaaSApp
                .WithoutProvisioning(_settings)
                .Where(setting => !settings.ContainsKey(setting.Key))
                .Concat(settings)
                .Where(setting => setting.Value is not null)
                .ToDictionary()
        );

    private Dictionary<string, string?> EnvironmentWith(IReadOnlyDictionary<string, string?>? settings, bool provisions = true) =>
        (provisions ? _settings : SaaSApp.WithoutProvisioning(_settings))
            .Concat((settings ?? new Dictionary<string, string?>()).Where(setting => !_settings.ContainsKey(setting.Key)))
            .ToDictionary(
                setting => setting.Key.Replace(":", "__", StringComparison.Ordinal),
                setting => settings?.GetValueOrDefault(setting.Key, setting.Value) ?? setting.Value
            );

    internal string Setting(string key) => _settings[key]!;

    /// <summary>Creates a platform operator, signed in at this cluster's API.</summary>
    internal async Task<HttpClient> NewOperatorAsync()
    {
        var email = TestUser.NewEmail();
        await using var scope = Services.CreateAsyncScope();
        var create = scope.ServiceProvider.GetRequiredService<CreatePlatformAdmin>();
        var outcome = await create.RunAsync(
            new PlatformAdmin(email, "Grace", "Hopper", TestUser.Password),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(PlatformAdminOutcome.Created, outcome);
        return (await TestUser.LogInAsync(_api, email)).Http;
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        await _api.DisposeAsync();
        await StopProvisionerAsync();
        await _backingServices.DisposeAsync();
    }

    /// <summary>Opens a connection as the superuser.</summary>
    internal async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(_settings["ConnectionStrings:postgres"])
            {
                Database = database,
                Pooling = false,
            }.ConnectionString
        );
        await connection.OpenAsync();
        return connection;
    }

    internal static Task ExecuteAsync(NpgsqlConnection connection, string statement) => RunAsync(connection, statement);

    private static async Task RunAsync(NpgsqlConnection connection, string statement)
    {
#pragma warning disable CA2100 // the statements are those of the tests themselves
        await using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}

internal sealed record ClusterTenant(Guid Id, string Database);
