using SaaS.Benchmarks;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.EndToEnd;

/// <summary>Tests <c>vault-import</c> as an operator runs it.</summary>
public sealed class VaultImportTests : IAsyncLifetime
{
    private const string Database = "saas-project/test/database";

    private readonly string _file = Path.GetTempFileName();
    private VaultStandIn _vault = null!;

    public async ValueTask InitializeAsync()
    {
        _vault = await VaultStandIn.StartAsync();
        await File.WriteAllTextAsync(
            _file,
            """
            # an installation of before
            DATABASE_URL="postgresql://app:do-not-tell@db/main"
            export JWT_SECRET_KEY='do-not-tell=='
            S3_ENDPOINT_URL=https://s3.example
            S3_ACCESS_KEY_ID=do-not-tell
            LOG_FILE=logs/app.log
            """,
            TestContext.Current.CancellationToken
        );
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_file);
        await _vault.DisposeAsync();
    }

    [Fact]
    public async Task The_import_previews_names_and_writes_only_after_confirmation()
    {
        _vault.PutSecret(Database, ("main_url", "postgresql://old@db/main"), ("other", "kept"));

        var shown = await RunAsync(_file); // without an answer to the prompt
        Assert.Equal(1, shown.ExitCode);
        Assert.Contains("secret/saas-project/test/database: add nothing; replace main_url.", shown.Text, StringComparison.Ordinal);
        Assert.Contains(
            "secret/saas-project/test/s3: add endpoint_url, access_key_id; replace nothing. Still missing: secret_access_key.",
            shown.Text,
            StringComparison.Ordinal
        );
        Assert.Contains("Nothing was written.", shown.Text, StringComparison.Ordinal);
        Assert.Null(_vault.SecretAt("saas-project/test/jwt"));

        var done = await RunAsync(_file, "--yes");
        Assert.True(done.ExitCode == 0, done.Text);
        Assert.Equal(
            new Dictionary<string, string> { ["main_url"] = "postgresql://app:do-not-tell@db/main", ["other"] = "kept" },
            _vault.SecretAt(Database)
        );
        Assert.Equal("do-not-tell==", _vault.SecretAt("saas-project/test/jwt")!["secret_key"]);

        var again = await RunAsync(_file, "--yes");
        Assert.True(again.ExitCode == 0 && again.Text.Contains("There is nothing to do.", StringComparison.Ordinal), again.Text);
        Assert.All([shown, done, again], run => Assert.DoesNotContain("do-not-tell", run.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(2, "--yes")]
    [InlineData(2, "file", "--now")]
    [InlineData(1, "/not/there", "--yes")]
    public async Task Import_failures_are_reported_by_the_exit_code(int code, params string[] arguments) =>
        Assert.Equal(code, (await RunAsync(arguments)).ExitCode);

    private async Task<CommandRun> RunAsync(params string[] arguments)
    {
        await using var command = new RunningCommand(
            HostProject.Worker.Command(
                ["vault-import", .. arguments],
                new Dictionary<string, string?>
                {
                    ["Secrets__Environment"] = "test",
                    ["Vault__Address"] = _vault.Address.ToString(),
                    ["Vault__RoleId"] = VaultStandIn.RoleId,
                    ["Vault__SecretId"] = VaultStandIn.SecretId,
                }
            )
        );
        return await command.EndAsync();
    }
}
