using Npgsql;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>Tests that no operation blames the client while PostgreSQL or Vault itself is broken.</summary>
public sealed class ServerOutageTests(BreakableApp app) : IClassFixture<BreakableApp>
{
    private const string DiskIsFull = """
        CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
        DO $$ DECLARE one text; BEGIN
            FOR one IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
                EXECUTE format('CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON %s EXECUTE FUNCTION disk_is_full()', one);
            END LOOP;
        END $$
        """;

    [Fact]
    public async Task A_wrong_PostgreSQL_password_causes_no_errors_other_than_503()
    {
        var role = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        var matrix = await OutageMatrix.BeginAsync(app, []);
        await matrix.CheckAsync(
            async () =>
            {
                await RunAsync($"ALTER ROLE {role.Username} PASSWORD 'not-what-it-was'");
                await RunAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{role.Username}'");
            },
            () => RunAsync($"ALTER ROLE {role.Username} PASSWORD '{role.Password}'"),
            least: 80
        );
    }

    [Fact]
    public async Task A_read_only_PostgreSQL_causes_no_errors_other_than_503()
    {
        var matrix = await OutageMatrix.BeginAsync(app, []);
        await matrix.CheckAsync(() => SetReadOnlyAsync("on"), () => SetReadOnlyAsync("off"), least: 30);

        async Task SetReadOnlyAsync(string value)
        {
            await RunAsync($"ALTER SYSTEM SET default_transaction_read_only = {value}");
            await RunAsync("SELECT pg_reload_conf()");
            await Eventually.HoldsAsync(
                async () => await RunAsync("SHOW default_transaction_read_only", options: "") as string == value,
                "the setting is not read"
            );
        }
    }

    [Fact]
    public async Task A_PostgreSQL_with_a_full_disk_causes_no_errors_other_than_503()
    {
        var matrix = await OutageMatrix.BeginAsync(app, []);
        await matrix.CheckAsync(() => RunAsync(DiskIsFull), () => RunAsync("DROP FUNCTION disk_is_full() CASCADE"), least: 30);
    }

    [Theory]
    [InlineData("sealed")]
    [InlineData("forbids")]
    [InlineData("refuses sign-ins")]
    public async Task A_Vault_outage_causes_no_errors_other_than_503(string fault)
    {
        var matrix = await OutageMatrix.BeginAsync(app, []);
        await matrix.CheckAsync(() => Break(true), () => Break(false), least: 1);

        Task Break(bool isBroken)
        {
            switch (fault)
            {
                case "sealed":
                    app.Vault.IsSealed = isBroken;
                    break;
                case "forbids":
                    app.Vault.DeniedPath = isBroken ? "transit/decrypt/" : null;
                    break;
                default:
                    app.Vault.RejectsSignIns = isBroken;
                    app.Vault.RevokeTokens();
                    break;
            }

            return Task.CompletedTask;
        }
    }

    private async Task<object?> RunAsync(string statement, string options = "-c default_transaction_read_only=off")
    {
        var superuser = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:postgres"))
        {
            Database = "saas_platform",
            Pooling = false,
            Options = options,
        };
        await using var connection = new NpgsqlConnection(superuser.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
#pragma warning disable CA2100 // the statements are those of the tests themselves
        await using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
