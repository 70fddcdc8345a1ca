using SaaS.Benchmarks.Crashes;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.EndToEnd;

/// <summary>Tests a short run of the crash command, and its report if something were lost.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData("postgres")]
    [InlineData("kafka")]
    public async Task No_writes_are_lost_when_each_process_is_killed_once(string transport)
    {
        await using var command = new RunningCommand(
            new HostProject("SaaS.Benchmarks").Command(
                ["crash", "--transport", transport, "--tenants", "4", "--writes", "100", "--kills", "5"],
                new Dictionary<string, string?>()
            )
        );
        var run = await command.EndAsync();

        Assert.True(run.ExitCode == 0, run.Text);
        Assert.Contains("5 (api 1, postgres 1, redis 1, worker 2)", run.Text, StringComparison.Ordinal);
        Assert.Contains("nothing was lost", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("w1 w2 e1 e2", 0, 0, 0, 0)]
    [InlineData("w1 w2 w3 e1 e2 e3", 0, 0, 0, 0)] // the third write was not acknowledged, but took effect
    [InlineData("w1 e1", 1, 0, 0, 0)]
    [InlineData("w1 w2 e1", 0, 1, 0, 0)]
    [InlineData("w1 w2 w3 e1 e2", 0, 1, 0, 0)]
    [InlineData("w1 w2 e1 e2 e1", 0, 0, 1, 0)]
    [InlineData("w1 w2 e1 e2 e7", 0, 0, 1, 0)]
    [InlineData("w1 w2 e2 e1", 0, 0, 0, 1)]
    public void The_crash_result_counts_lost_repeated_and_reordered_effects(
        string audit,
        int lostWrites,
        int lostEvents,
        int repeated,
        int reordered
    )
    {
        var verdict = TenantCrashResult.From(
            [1, 2],
            [.. audit.Split(' ').Select(entry => new CrashAudit(entry[1] - '0', IsEffect: entry[0] == 'e'))]
        );

        Assert.Equal(
            (lostWrites, lostEvents, repeated, reordered),
            (verdict.LostWrites, verdict.LostEvents, verdict.Repeated, verdict.Reordered)
        );
        Assert.Equal((lostWrites, lostEvents, repeated, reordered) == (0, 0, 0, 0), verdict.IsClean);
    }

    [Theory]
    [InlineData("--transport", "pigeon")]
    [InlineData("--tenants", "0")]
    [InlineData("--writes", "-1")]
    [InlineData("--kills")]
    [InlineData("--loud")]
    public void Invalid_arguments_are_rejected(params string[] arguments) => Assert.False(CrashOptions.TryParse(arguments, out _));
}
