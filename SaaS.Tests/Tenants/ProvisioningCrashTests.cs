using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Tenants;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenants;

/// <summary>
/// The API is killed (kill -9) while it makes a tenant, after each step. To stop it exactly there, the test locks what the next
/// step has to write: a catalogue of the server, or the table of tenants. Then the repair runs, as it does on its schedule.
/// </summary>
public sealed class ProvisioningCrashTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Roles = "pg_authid";
    private const string Databases = "pg_database";
    private const string Grants = "pg_auth_members";
    private const string Rows = "tenants";

    public static TheoryData<string, string[], bool> Steps() => new()
    {
        // What the next step writes, in the order in which it is reached; whether there is a promise by then that has to be kept.
        { "before the row", [Rows], false },
        { "after the row, before the role", [Roles], true },
        { "after the role, before the database", [Databases], true },
        { "after the database, before its role may give it away", [Grants], true },
        { "before the database is closed to others", [Grants, Databases], true },
        { "before the tenant is active", [Grants, Databases, Rows], true },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_killed_provisioning_ends_with_a_whole_tenant_or_with_none(string when, string[] stations, bool isPromised)
    {
        using var api = await cluster.StartApiProcessAsync();
        var email = await SignInAsync(api);
        var creating = api.Http.PostAsJsonAsync("/api/tenants", new { name = when });

        // From station to station: the next lock is held before the one that stops the API now is given back.
        var stop = await StopAtAsync(stations[0]);
        try
        {
            foreach (var station in stations[1..])
            {
                await IsWaitingAsync(stop);
                var next = await StopAtAsync(station);
                await stop.DisposeAsync();
                stop = next;
            }

            await IsWaitingAsync(stop);
            api.Kill();
        }
        finally
        {
            await stop.DisposeAsync();
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => creating);
        await RepairAsync();

        Assert.Equal(isPromised ? "Active" : "", await cluster.ReadAsync("saas_platform", $"SELECT t.state FROM tenants t JOIN users u ON u.id = t.created_by WHERE u.email = '{email}'"));
        Assert.Equal("0", await cluster.ReadAsync("saas_platform", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tenant\\_%' AND datname NOT IN (SELECT database_name FROM tenants)"));
        Assert.Equal("0", await cluster.ReadAsync("saas_platform", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenant\\_%' AND rolname NOT IN (SELECT database_role FROM tenants)"));
        await ServesAsync(email, tenants: isPromised ? 1 : 0);
    }

    private static async Task<string> SignInAsync(ProcessUnderTest api)
    {
        var person = new { first_name = "Ada", last_name = "Lovelace", email = TestUser.NewEmail(), password = TestUser.Password };
        using var registered = await api.Http.PostAsJsonAsync("/api/auth/register", person);
        using var signedIn = await api.Http.PostAsJsonAsync("/api/auth/login", new { person.email, person.password });
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString());
        return person.email;
    }

    // Whoever reads goes on; whoever writes waits.
    private async Task<NpgsqlConnection> StopAtAsync(string table)
    {
        var connection = await cluster.OpenAsync("saas_platform");
#pragma warning disable CA2100 // the names are those of this test
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN SHARE MODE", connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    // The server's own vacuum writes these catalogues too, and may be waiting as well.
    private Task IsWaitingAsync(NpgsqlConnection stop) => Eventually.HoldsAsync(
        async () => await cluster.ReadAsync("saas_platform", $"SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('provisioning', 'SaaS.Api') AND {stop.ProcessID} = ANY (pg_blocking_pids(pid))") != "0",
        "the API does not come to this step");

    private async Task RepairAsync()
    {
        await using var later = cluster.NewApi(new ShiftedClock { Ahead = TimeSpan.FromMinutes(2) });
        later.Start();
        await using var scope = later.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<RepairProvisioningJob>().RunAsync(TestContext.Current.CancellationToken);
    }

    private async Task ServesAsync(string email, int tenants)
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        var user = await TestUser.LogInAsync(api, email);
        using var list = await user.Http.GetAsync("/api/tenants");
        var mine = (await list.ReadDataAsync()).EnumerateArray().ToList();
        Assert.Equal(tenants, mine.Count);
        foreach (var tenant in mine)
        {
            using var form = TestTenant.FormOf("survived"u8.ToArray());
            using var uploaded = await user.Http.PostAsync($"/api/tenants/{tenant.GetProperty("id").GetGuid()}/documents", form);
            Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
        }
    }
}
