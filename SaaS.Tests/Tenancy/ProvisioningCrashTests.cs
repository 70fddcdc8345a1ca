using System.Net.Http.Headers;
using System.Net.Http.Json;
using Npgsql;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>
/// Kills the API or the worker (kill -9) after each step of creating a tenant. To stop it exactly there, the test locks the table that the
/// next step has to write: a catalogue of the server, or the table of tenants.
/// </summary>
public sealed class ProvisioningCrashTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Roles = "pg_authid";
    private const string Databases = "pg_database";
    private const string Grants = "pg_auth_members";
    private const string Rows = "tenants";

    public static TheoryData<string, string[]> Steps() =>
        new()
        {
            // The tables that the next steps write, in the order in which they are reached.
            { "after the row, before the role", [Roles] },
            { "after the role, before the database", [Databases] },
            { "after the database, before its role may give it away", [Grants] },
            { "before the database is closed to others", [Grants, Databases] },
            { "before the tenant is active", [Grants, Databases, Rows] },
        };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_request_gets_its_tenant_when_another_worker_replaces_a_killed_one(string when, string[] stations)
    {
        await cluster.StopProvisionerAsync();
        await using var api = cluster.NewApi(new Dictionary<string, string?> { ["Tenants:CreationTimeout"] = "00:01:00" });
        api.Start();
        var user = await TestUser.RegisterAsync(api);
        using var worker = await cluster.StartWorkerProcessAsync();

        // The next lock is acquired before the one that stops the worker now is released.
        var stop = await StopAtAsync(stations[0]);
        var creating = user.Http.PostAsJsonAsync("/api/tenants", new { name = when });
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
            worker.Kill();
        }
        finally
        {
            await stop.DisposeAsync();
        }

        await cluster.StartProvisionerAsync();
        using var created = await creating;
        var id = (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf();

        Assert.Equal("Active", await cluster.ReadAsync("saas_platform", $"SELECT state FROM tenants WHERE id = '{id}'"));
        await NothingIsLeftOverAsync();
        await ServesAsync(user.Email, tenants: 1);
    }

    [Theory]
    [InlineData(Rows, 0)] // before the row: the client has received no response
    [InlineData(Roles, 1)] // after the row: the worker continues without the API
    [Trait("PostgreSQL", "18")]
    public async Task A_killed_API_leaves_a_complete_tenant_or_none(string station, int tenants)
    {
        await cluster.StartProvisionerAsync();
        using var api = await cluster.StartApiProcessAsync();
        var email = await SignInAsync(api);
        await using (var stop = await StopAtAsync(station))
        {
            var creating = api.Http.PostAsJsonAsync("/api/tenants", new { name = "Killed" });
            await IsWaitingAsync(stop);
            api.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => creating);
        }

        await Eventually.HoldsAsync(async () => await CountAsync(email, "Active") == $"{tenants}", "the tenant is not finished");
        await NothingIsLeftOverAsync();
        await ServesAsync(email, tenants);
    }

    [Fact]
    [Trait("PostgreSQL", "18")]
    public async Task The_next_worker_completes_a_tenant_of_an_abandoned_request()
    {
        await cluster.StopProvisionerAsync();
        using var api = await cluster.StartApiProcessAsync();
        var email = await SignInAsync(api);
        var creating = api.Http.PostAsJsonAsync("/api/tenants", new { name = "Waited for" });
        await Eventually.HoldsAsync(async () => await CountAsync(email, "Provisioning") == "1", "the tenant is not recorded");
        api.Kill();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => creating);

        await cluster.StartProvisionerAsync();

        await Eventually.HoldsAsync(async () => await CountAsync(email, "Active") == "1", "the tenant is not finished");
        await ServesAsync(email, tenants: 1);
    }

    private Task<string> CountAsync(string email, string state) =>
        cluster.ReadAsync(
            "saas_platform",
            $"SELECT count(*) FROM tenants t JOIN users u ON u.id = t.created_by WHERE u.email = '{email}' AND t.state = '{state}'"
        );

    private async Task NothingIsLeftOverAsync()
    {
        Assert.Equal(
            "0",
            await cluster.ReadAsync(
                "saas_platform",
                "SELECT count(*) FROM pg_database WHERE datname LIKE 'tenant\\_%' AND datname NOT IN (SELECT database_name FROM tenants)"
            )
        );
        Assert.Equal(
            "0",
            await cluster.ReadAsync(
                "saas_platform",
                "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenant\\_%' AND rolname NOT IN (SELECT database_role FROM tenants)"
            )
        );
    }

    private static async Task<string> SignInAsync(ProcessUnderTest api)
    {
        var person = new
        {
            first_name = "Ada",
            last_name = "Lovelace",
            email = TestUser.NewEmail(),
            password = TestUser.Password,
        };
        using var registered = await api.Http.PostAsJsonAsync("/api/auth/register", person);
        using var signedIn = await api.Http.PostAsJsonAsync("/api/auth/login", new { person.email, person.password });
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString()
        );
        return person.email;
    }

    // Readers continue; writers wait.
    private async Task<NpgsqlConnection> StopAtAsync(string table)
    {
        var connection = await cluster.OpenAsync("saas_platform");
#pragma warning disable CA2100 // the names come from this test
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN SHARE MODE", connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    // The server's own vacuum also writes these catalogues and may be waiting too.
    private Task IsWaitingAsync(NpgsqlConnection stop) =>
        Eventually.HoldsAsync(
            async () =>
                await cluster.ReadAsync(
                    "saas_platform",
                    $"SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('provisioning', 'SaaS.Api', 'SaaS.Worker') AND {stop.ProcessID} = ANY (pg_blocking_pids(pid))"
                ) != "0",
            "nothing comes to this step"
        );

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
