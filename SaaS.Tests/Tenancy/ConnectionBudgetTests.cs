using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>
/// Tests the connections of one process to the tenants' databases. Each test has its own API host, whose sessions the server counts.
/// </summary>
public sealed class ConnectionBudgetTests(SaaSApp app) : IDisposable
{
    private readonly MeterReadings _readings = new();

    public void Dispose() => _readings.Dispose();

    [Fact]
    public async Task Two_hundred_tenants_at_once_stay_within_a_budget_of_twenty()
    {
        const int Budget = 20;
        var user = await TestUser.RegisterAsync(app);
        var tenants = await CreateTenantsAsync(user, 200);
        await using var host = Start(Budget, timeout: "00:00:05");
        using var client = ClientOf(host, user);
        await using var watch = await SessionWatch.StartAsync(app, tenants.Select(tenant => tenant.Database));

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .SelectMany(_ => tenants)
                .Select(async tenant =>
                {
                    using var answer = await client.GetAsync($"/api/tenants/{tenant.Id}/documents");
                    return answer.StatusCode is HttpStatusCode.OK
                        ? "served"
                        : $"{await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable)} {answer.Headers.RetryAfter}";
                })
        );
        var most = await watch.StopAsync();

        Assert.Empty(answers.Where(answer => answer is not ("served" or "TENANTS_BUSY 2")).Distinct());
        Assert.Contains("served", answers);
        Assert.InRange(most, 2, Budget); // at least 2 proves that the sessions are counted
        Assert.NotEqual(0, _readings.SumOf("saas.tenant_connections.evictions"));
        Assert.NotEqual(0, _readings.CountOf("saas.tenant_connections.wait.duration"));
        Assert.NotEqual(0, _readings.CountOf("saas.tenant_connections.open"));
        Assert.NotEqual(0, _readings.CountOf("saas.tenant_connections.tenants"));
    }

    [Fact]
    public async Task A_tenant_uses_no_more_than_its_share_of_connections()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 20, perTenant: 3, timeout: "00:00:30");
        using var client = ClientOf(host, tenant.Admin);
        await using var watch = await SessionWatch.StartAsync(app, [await DatabaseOfAsync(tenant.Id)]);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(async _ => (await client.GetAsync($"{tenant.Path}/documents")).StatusCode)
        );

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(await watch.StopAsync(), 1, 3);
    }

    [Fact]
    public async Task A_request_waits_for_a_returned_connection()
    {
        await using var busy = await TestTenant.CreateAsync(app);
        await using var waiting = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 1, timeout: "00:01:00");
        using var client = ClientOf(host, waiting.Admin);
        var held = await OpenAsync(host, busy.Id);

        var answer = client.GetAsync($"{waiting.Path}/documents");
        await Eventually.HoldsAsync(() => Task.FromResult(Waiting(host) == 1), "the request does not wait");
        await held.DisposeAsync();

        using var served = await answer;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.NotEqual(0, _readings.CountOf("saas.tenant_connections.wait.duration"));
    }

    [Fact]
    public async Task A_request_that_gets_no_connection_is_503_with_retry_after()
    {
        await using var busy = await TestTenant.CreateAsync(app);
        await using var refused = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 1, timeout: "00:00:00");
        using var client = ClientOf(host, refused.Admin);

        await using (await OpenAsync(host, busy.Id))
        {
            using var answer = await client.GetAsync($"{refused.Path}/documents");
            Assert.Equal("TENANTS_BUSY", await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        Assert.NotEqual(0, _readings.SumOf("saas.tenant_connections.refusals"));
        await Eventually.HoldsAsync(
            async () => (await client.GetAsync($"{refused.Path}/documents")).StatusCode is HttpStatusCode.OK,
            "the connection that was returned serves nobody"
        );
    }

    [Fact]
    public async Task An_idle_connection_is_evicted_even_while_its_tenant_is_busy()
    {
        await using var busy = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 2, timeout: "00:01:00");
        using var client = ClientOf(host, other.Admin);
        await using var watch = await SessionWatch.StartAsync(app, [await DatabaseOfAsync(busy.Id), await DatabaseOfAsync(other.Id)]);

        await using var held = await OpenAsync(host, busy.Id);
        await (await OpenAsync(host, busy.Id)).DisposeAsync();
        using var answer = await client.GetAsync($"{other.Path}/documents");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEqual(0, _readings.SumOf("saas.tenant_connections.evictions"));
        Assert.Equal(0, await held.Documents.CountAsync());
        Assert.Equal(2, await watch.StopAsync());
    }

    [Fact]
    public async Task A_slot_is_reused_only_after_the_server_has_closed_the_connection()
    {
        await using var first = await TestTenant.CreateAsync(app);
        await using var next = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 1, timeout: "00:01:00");
        using var client = ClientOf(host, next.Admin);
        int process;
        await using (var db = await OpenAsync(host, first.Id))
        {
            process = ((NpgsqlConnection)db.Database.GetDbConnection()).ProcessID;
        }

        await SignalAsync("STOP", process); // the server process is notified that its connection was closed, and cannot react
        var answer = client.GetAsync($"{next.Path}/documents");
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(Waiting(host) == 1), "the request does not wait");
        }
        finally
        {
            await SignalAsync("CONT", process);
        }

        using var served = await answer;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task A_tenants_connections_are_closed_on_demand()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 20, timeout: "00:01:00");
        var database = await DatabaseOfAsync(tenant.Id);
        var address = new DatabaseAddress(database, database);
        var sources = host.Services.GetRequiredService<TenantDataSources>();
        var used = await OpenAsync(host, tenant.Id);
        await (await OpenAsync(host, tenant.Id)).DisposeAsync();
        Assert.Equal(2, await SessionWatch.CountAsync(app, [database]));

        await sources.CloseAsync(address);
        Assert.Equal(1, await SessionWatch.CountAsync(app, [database]));
        Assert.Equal(0, await used.Documents.CountAsync());

        await used.DisposeAsync();
        await Eventually.HoldsAsync(async () => await SessionWatch.CountAsync(app, [database]) == 0, "the connection outlives its lease");
    }

    [Fact]
    public async Task A_failed_password_lookup_does_not_affect_open_connections()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var host = Start(budget: 20, perTenant: 3, timeout: "00:00:30");
        var sources = host.Services.GetRequiredService<TenantDataSources>();
        var row = await app.InControlAsync(db => db.Tenants.SingleAsync(one => one.Id == tenant.Id));
        var address = new DatabaseAddress(row.DatabaseName, row.DatabaseRole);
        var vault = new TaskCompletionSource<string>();

        var first = await sources.LeaseAsync(
            address,
            () =>
                host
                    .Services.GetRequiredService<Cipher>()
                    .DecryptAsync(row.EncryptedDatabasePassword, row.Id, TenantDatabase.PasswordPurpose, CancellationToken.None),
            CancellationToken.None
        );
        var second = sources.LeaseAsync(address, () => vault.Task, CancellationToken.None).AsTask();
        await first.DisposeAsync();
        vault.SetException(new IOException("Vault is away"));
        await Assert.ThrowsAsync<IOException>(() => second);

        await using var third = await sources.LeaseAsync(
            address,
            () => throw new InvalidOperationException("asked for a password"),
            CancellationToken.None
        );
        Assert.Equal(System.Data.ConnectionState.Open, third.Connection.State);
    }

    private ApiUnderTest Start(int budget, string timeout, int perTenant = 4) =>
        app.StartApi(
            new Dictionary<string, string?>
            {
                ["TenantConnections:Budget"] = budget.ToString(CultureInfo.InvariantCulture),
                ["TenantConnections:PerTenant"] = perTenant.ToString(CultureInfo.InvariantCulture),
                ["TenantConnections:WaitTimeout"] = timeout,
            }
        );

    private static HttpClient ClientOf(ApiUnderTest host, TestUser user) => host.NewClient(user.AccessToken);

    private static async Task SignalAsync(string signal, int process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static int Waiting(ApiUnderTest host) => host.Services.GetRequiredService<TenantDataSources>().Waiting;

    private static async Task<TenantDbContext> OpenAsync(ApiUnderTest host, Guid tenantId)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var tenant = await scope
            .ServiceProvider.GetRequiredService<SystemTenantAccess>()
            .GetScopeAsync(tenantId, Actor.Job("test"), CancellationToken.None);
        return await scope.ServiceProvider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant!, CancellationToken.None);
    }

    private Task<string> DatabaseOfAsync(Guid tenantId) =>
        app.InControlAsync(db => db.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.DatabaseName).SingleAsync());

    private static async Task<IReadOnlyList<(Guid Id, string Database)>> CreateTenantsAsync(TestUser user, int count)
    {
        var made = new (Guid, string)[count];
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = 6 },
            async (index, ct) =>
            {
                using var created = await user.Http.PostAsJsonAsync("/api/tenants", new { name = $"Crowd {index}" }, ct);
                var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
                made[index] = (tenant.GetProperty("id").GetGuid(), tenant.GetProperty("database_name").GetString()!);
            }
        );
        return made;
    }
}
