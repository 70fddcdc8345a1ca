using System.Net.Http.Json;
using Npgsql;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.EndToEnd;

/// <summary>Tests the operator's commands on the server, as processes.</summary>
public sealed class CommandTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private static readonly Dictionary<string, string?> Development = new()
    {
        ["DOTNET_ENVIRONMENT"] = "Development",
        ["ADMIN_EMAIL"] = "operator@example.com",
    };

    private static readonly Dictionary<string, string?> Production = new()
    {
        ["DOTNET_ENVIRONMENT"] = "Production",
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["Mail:AllowFolderOutsideDevelopment"] = "true",
        ["ADMIN_EMAIL"] = "operator@example.com",
    };

    [Fact]
    public async Task Init_creates_operator_and_tenant_once_and_reset_removes_them()
    {
        var refused = await RunAsync(Production, "init", "--create-admin", "--non-interactive");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("ADMIN_PASSWORD", refused.Text, StringComparison.Ordinal);

        var made = await RunAsync(Development, "init", "--create-admin", "--create-test-tenant", "--non-interactive");
        var again = await RunAsync(Development, "init", "--create-admin", "--create-test-tenant", "--non-interactive");
        Assert.True(
            made.ExitCode == 0
                && made.Text.Contains("Created the platform administrator", StringComparison.Ordinal)
                && made.Text.Contains("Created the tenant 'Test Tenant'", StringComparison.Ordinal),
            made.Text
        );
        Assert.True(again.ExitCode == 0 && again.Count("exists and was not changed") == 2, again.Text);

        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        var admin = await TestUser.LogInAsync(api, "operator@example.com", "12345678");
        using var changed = await admin.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = "12345678", new_password = TestUser.Password }
        );
        using var tenants = await admin.Http.GetAsync("/api/admin/tenants?search=test");
        using var migrations = await admin.Http.GetAsync("/api/admin/migrations");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var tenant = Assert.Single((await tenants.ReadDataAsync()).GetProperty("tenants").EnumerateArray());
        Assert.Equal(("active", 1), (tenant.GetProperty("state").GetString(), tenant.GetProperty("members").GetInt32()));
        Assert.Equal(1, (await migrations.ReadDataAsync()).GetProperty("totals").GetProperty("current").GetInt32());

        var rotated = await RunAsync(Development, "rotate-signing-key");
        Assert.True(rotated.ExitCode == 0 && rotated.Text.Contains("signs; 1 retired", StringComparison.Ordinal), rotated.Text);
        using var still = await admin.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);

        var mail = Directory.CreateDirectory(cluster.Setting("Mail:Folder")!).FullName;
        mail = Path.Combine(mail, "2026-01-01T00-00-00.000Z_019a0000-0000-7000-8000-000000000000.eml");
        await File.WriteAllTextAsync(mail, "Subject: Confirm your address");

        Assert.Equal(1, (await RunAsync(Production, "reset", "--yes")).ExitCode);
        Assert.True(File.Exists(mail));
        var reset = await RunAsync(Development, "reset", "--yes");
        Assert.True(reset.ExitCode == 0 && reset.Text.Contains("1 tenants were dropped", StringComparison.Ordinal), reset.Text);
        Assert.False(File.Exists(mail));
        Assert.Equal(
            "0",
            await cluster.ReadAsync(
                "saas_platform",
                "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM pg_database WHERE datname LIKE 'tenant\\_%') + (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenant\\_%')"
            )
        );
    }

    [Theory]
    [InlineData("migrate", "Host", "no-such-server.invalid")]
    [InlineData("migrate", "Port", "1")]
    [InlineData("migrate", "Password", "no-password-of-anybody")]
    [InlineData("migrate --dry-run", "Host", "no-such-server.invalid")]
    [InlineData("migrate --history", "Port", "1")]
    [InlineData("init --create-admin --non-interactive", "Host", "no-such-server.invalid")]
    [InlineData("rotate-signing-key", "Password", "no-password-of-anybody")]
    [InlineData("reset --yes", "Port", "1")]
    public async Task Commands_report_an_unavailable_PostgreSQL_without_a_stack_trace(string line, string key, string value)
    {
        var settings = new Dictionary<string, string?>(Development) { ["ADMIN_PASSWORD"] = TestUser.Password };
        foreach (var name in new[] { "postgres", "saas-platform", "saas-provisioning" })
        {
            var connection = new NpgsqlConnectionStringBuilder(cluster.Setting($"ConnectionStrings:{name}")) { [key] = value };
            settings[$"ConnectionStrings:{name}"] = connection.ConnectionString;
        }

        var told = await RunAsync(settings, line.Split(' '));
        Assert.True(told.ExitCode == 1 && told.Text.Contains("PostgreSQL", StringComparison.Ordinal), told.Text);
        Assert.DoesNotContain("   at ", told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("xception", told.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("init")]
    [InlineData("init --create-everything")]
    [InlineData("reset --now")]
    [InlineData("rotate-signing-key now")]
    public async Task Invalid_arguments_are_explained_with_exit_code_2(string line)
    {
        var run = await RunAsync(Development, line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Usage:", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_command_is_reported_by_name()
    {
        var run = await RunAsync(Development, ["nonsense"]);
        Assert.Contains("'nonsense'", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("migrate", "Migration:LockTimeot", "00:00:10", "Migration:LockTimeot is not a setting; Migration has LockTimeout")]
    [InlineData(
        "migrate",
        "Jobs:repair-provisionin:Cron",
        "* * * * * ?",
        "Jobs:repair-provisionin:Cron is not a setting; the nearest is Jobs:repair-provisioning:Cron."
    )]
    [InlineData("migrate --dry-run", "Audit:Retention", "soon", "Audit:Retention must be a time span, such as 00:00:30.")]
    [InlineData(
        "init --create-admin --non-interactive",
        "Audit:Retention",
        "1.00:00:00",
        "Audit:Retention must be between 30.00:00:00 and 3650.00:00:00."
    )]
    [InlineData("rotate-signing-key", "Sessions:SessonLifetime", "1.00:00:00", "Sessions:SessonLifetime is not a setting; Sessions has")]
    [InlineData("reset --yes", "Mail:From:Adress", "a@example.com", "Mail:From:Adress is not a setting; Mail:From has Address, Name.")]
    [InlineData("sso-test --stand-in", "Sso:RequireVerifiedDomains", "maybe", "Sso:RequireVerifiedDomains must be true or false.")]
    public async Task An_invalid_setting_is_rejected_before_the_command_runs(string line, string key, string value, string sentence)
    {
        var run = await RunAsync(new(Development) { [key] = value }, line.Split(' '));

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(sentence, Assert.Single(run.Text.Split('\n'), text => text.Length > 0), StringComparison.Ordinal);
    }

    private async Task<CommandRun> RunAsync(Dictionary<string, string?> environment, params string[] arguments)
    {
        await using var command = cluster.StartWorker(arguments, environment);
        return await command.EndAsync();
    }
}
