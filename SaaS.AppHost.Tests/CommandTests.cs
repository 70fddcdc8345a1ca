using CliWrap;
using CliWrap.Buffered;
using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>Tests that commands of the worker find the running stack, and fail when there are several.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string _folder = PrivateFolder.CreatePassable(
        Path.Combine(Path.GetTempPath(), $"saas-commands-{Path.GetRandomFileName()}")
    );

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_command_names_its_stack_and_rejects_an_ambiguous_choice()
    {
        var (first, second) = (Path.Combine(_folder, "first"), Path.Combine(_folder, "second"));
        Assert.Contains("No stack is ready", (await InitAsync()).StandardError, StringComparison.Ordinal);

        await using var one = await StackUnderTest.StartAsync(first);
        var alone = await InitAsync();
        Assert.True(alone.ExitCode == 0, alone.StandardError);
        Assert.Contains($"On the stack in {first}", alone.StandardError, StringComparison.Ordinal);
        Assert.Contains("admin@example.com", alone.StandardOutput, StringComparison.Ordinal);

        await using var other = await StackUnderTest.StartAsync(second);
        var between = await InitAsync();
        Assert.Equal(1, between.ExitCode);
        Assert.Contains("2 stacks are running: choose one with --data", between.StandardError, StringComparison.Ordinal);
        Assert.Contains(first, between.StandardError, StringComparison.Ordinal);
        Assert.Contains(second, between.StandardError, StringComparison.Ordinal);

        var chosen = await InitAsync("--data", second);
        Assert.True(chosen.ExitCode == 0, chosen.StandardError);
        Assert.Contains($"On the stack in {second}", chosen.StandardError, StringComparison.Ordinal);
        Assert.Contains("Created the platform administrator", chosen.StandardOutput, StringComparison.Ordinal); // a new account, so not on the first stack

        await one.TerminateAsync();
        await other.TerminateAsync();
        Assert.Contains($"No stack is ready in {second}", (await InitAsync("--data", second)).StandardError, StringComparison.Ordinal);
    }

    private async Task<BufferedCommandResult> InitAsync(params string[] options)
    {
        var command = HostProject.Worker.Command(
            ["init", "--create-admin", "--non-interactive", .. options],
            new Dictionary<string, string?>()
        );
        return await Cli.Wrap(command.Executable)
            .WithArguments(command.Arguments)
            .WithEnvironmentVariables(variables =>
            {
                variables.Set("XDG_DATA_HOME", Path.Combine(_folder, "registry"));
                foreach (var (name, value) in command.Environment)
                {
                    variables.Set(name, value);
                }
            })
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
    }
}
