using SaaS.Entra;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>Tests the command <c>sso-test</c> as an operator runs it.</summary>
public sealed class SsoTestCommandTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    [Fact]
    public async Task The_command_runs_unattended_with_the_stand_in_and_reports_failed_checks()
    {
        await using var standIn = await EntraStandIn.StartAsync();
        DevelopmentDirectory.AddTo(standIn);
        var port = Ports.FreeOr(0);
        var settings = new Dictionary<string, string?>
        {
            ["Entra:Authority"] = standIn.Address.AbsoluteUri,
            ["Entra:Graph"] = standIn.Address.AbsoluteUri,
            ["Entra:AttemptTimeout"] = "00:00:30", // long enough for a busy machine
            ["Entra:RequestTimeout"] = "00:01:00",
            ["Sso:CallbackAddress"] = $"http://127.0.0.1:{port}/api/auth/sso/azure/callback",
        };
        await using var api = await cluster.StartApiProcessAsync(settings, port);

        var first = await RunAsync(settings, "--stand-in");
        Assert.True(first.ExitCode == 0, first.Text);
        Assert.Equal(10, first.Text.Split('✓').Length - 1);
        Assert.DoesNotContain("✗", first.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(DevelopmentDirectory.ClientSecret, first.Text, StringComparison.Ordinal);
        var again = await RunAsync(settings, "--stand-in"); // reuses the data of the first run
        Assert.True(again.ExitCode == 0, again.Text);

        standIn.TamperIdToken(claims => claims["nonce"] = "another");
        var forged = await RunAsync(settings, "--stand-in");
        Assert.Equal(1, forged.ExitCode);
        Assert.Contains("✗ Somebody has signed in", forged.Text, StringComparison.Ordinal);
        Assert.Contains("SSO_TOKEN_INVALID", forged.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(2, "--directory", "contoso.com")]
    [InlineData(2, "--stand-in", "--wait", "soon")]
    [InlineData(1, "--stand-in")] // Entra itself is not a stand-in
    [InlineData(0, "--help")]
    public async Task Invalid_arguments_return_the_documented_exit_code(int exitCode, params string[] arguments) =>
        Assert.Equal(exitCode, (await RunAsync(new Dictionary<string, string?>(), arguments)).ExitCode);

    private async Task<CommandRun> RunAsync(IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        await using var command = cluster.StartWorker(["sso-test", .. arguments], settings);
        return await command.EndAsync();
    }
}
