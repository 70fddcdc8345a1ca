using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>Tests starts that fail with exit code 1 and one sentence that says what to do, without changes to the data folder.</summary>
public sealed class StartupErrorTests : IDisposable
{
    private readonly string _folder = PrivateFolder.CreatePassable(
        Path.Combine(Path.GetTempPath(), $"saas-refused-{Path.GetRandomFileName()}")
    );

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--prot 5000", "--port")]
    [InlineData("--ephemerl", "--ephemeral")]
    [InlineData("--port many", "--port")]
    [InlineData("--port 65536", "0 to 65535")]
    [InlineData("--port -1", "0 to 65535")]
    [InlineData("--port 0 --port 1", "--port is given more than once")]
    [InlineData("--data a --data b", "--data is given more than once")]
    [InlineData("--data somewhere --ephemeral", "one of both")]
    [InlineData("--services cloud", "'containers'")]
    [InlineData("--Vault:Mode=sealed", "development, server, external, none")]
    [InlineData("--Vault:Mod=none", "Vault:Mode")]
    [InlineData("--services containers --ephemeral", "--services local")]
    public async Task An_unknown_option_or_value_is_rejected_with_the_allowed_ones(string options, string named)
    {
        var (exitCode, output) = await RunAsync(options.Split(' '));

        Assert.Equal(1, exitCode);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_data_folder_name_is_rejected()
    {
        var (exitCode, output) = await RunAsync("--data", "");

        Assert.Equal(1, exitCode);
        Assert.Contains("--data must name a folder.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_every_option()
    {
        var (exitCode, output) = await RunAsync("--help");

        Assert.Equal(0, exitCode);
        Assert.All(
            ["--services", "--data", "--ephemeral", "--port", "--entra-stand-in"],
            option => Assert.Contains(option, output, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_taken_API_port_is_reported_with_the_process_that_uses_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (exitCode, output) = await RunAsync("--services", "local", "--data", Data, "--port", $"{port}");

        Assert.Equal(1, exitCode);
        Assert.Matches(
            $@"^Port {port} is taken by .+ \(process {Environment.ProcessId}\): stop that, or choose another with --port\.$",
            output.Split('\n')[^1]
        );
    }

    [Fact]
    public async Task A_taken_dashboard_port_is_replaced_printed_and_saved()
    {
        using var taken = new TcpListener(IPAddress.IPv6Loopback, 0); // one of the two loopback addresses is enough
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(
            Path.Combine(Data, "ports.json"),
            JsonSerializer.Serialize(new Dictionary<string, int> { ["dashboard"] = port }),
            TestContext.Current.CancellationToken
        );

        await using var stack = await StackUnderTest.StartAsync(Data);

        var dashboard = new Uri(stack.GetPrintedValue("Dashboard"));
        Assert.NotEqual(port, dashboard.Port);
        Assert.Equal(stack.Ports()["dashboard"], dashboard.Port);
        await stack.TerminateAsync();
    }

    /// <summary>Without the certificate a start takes longer, and without the list of stacks a command needs --data.</summary>
    [Fact]
    public async Task A_read_only_user_folder_does_not_prevent_startup()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "registry"), "in the way of the folder", TestContext.Current.CancellationToken);

        await using var stack = await StackUnderTest.StartAsync(Data);

        Assert.True(File.Exists(Path.Combine(Data, "hosts.json")));
        await stack.TerminateAsync();
    }

    [Fact]
    public async Task A_data_folder_in_use_is_reported_with_the_process_that_uses_it()
    {
        using var data = DataFolder.Open(Data);

        var (exitCode, output) = await RunAsync("--services", "local", "--data", Data, "--port", "0");

        Assert.Equal(1, exitCode);
        Assert.EndsWith(
            $"{Data} is in use by process {Environment.ProcessId}: stop it, or choose another folder with --data.",
            output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_folder_with_foreign_files_is_rejected_as_a_data_folder()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "precious.txt"), "mine", TestContext.Current.CancellationToken);

        var (exitCode, output) = await RunAsync("--services", "local", "--data", Data, "--port", "0");

        Assert.Equal(1, exitCode);
        Assert.EndsWith(
            $"{Data} is not a data folder, and not empty (it has 'precious.txt'): choose an empty or a new folder with --data.",
            output,
            StringComparison.Ordinal
        );
        Assert.Single(Directory.EnumerateFileSystemEntries(Data));
    }

    [Fact]
    public async Task A_missing_HOME_variable_is_reported()
    {
        var (exitCode, output) = await RunAsync("env", ["-u", "HOME", .. Command("--services", "local", "--data", Data, "--port", "0")]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("HOME is not set", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task A_data_folder_with_another_format_version_is_reported()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "format"), "7", TestContext.Current.CancellationToken);

        var (exitCode, output) = await RunAsync("--services", "local", "--data", Data, "--port", "0");

        Assert.Equal(1, exitCode);
        Assert.Contains($"{Data} has the format 7, and this version reads 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_of_a_missing_PostgreSQL_version_is_reported()
    {
        Directory.CreateDirectory(Path.Combine(Data, "postgres"));
        await File.WriteAllTextAsync(Path.Combine(Data, "postgres", "PG_VERSION"), "9", TestContext.Current.CancellationToken);

        var (exitCode, output) = await RunAsync("--services", "local", "--data", Data, "--port", "0");

        Assert.Equal(1, exitCode);
        Assert.Contains("postgres: The data folder was made by PostgreSQL 9, which was not found", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_of_another_user_is_reported()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && SearchPath.Find("setpriv") is not null,
            "Another user can be had by root alone."
        );
        using (DataFolder.Open(Data))
        {
            Assert.True(File.Exists(Path.Combine(Data, "lock")));
        }

        await ShortCommand.RunAsync("chmod", ["755", _folder], "/", CancellationToken.None);
        var (exitCode, output) = await RunAsync(
            "setpriv",
            [
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "env",
                "HOME=/tmp",
                "DOTNET_CLI_HOME=/tmp",
                .. Command("--services", "local", "--data", Data, "--port", "0"),
            ]
        );

        Assert.Equal(1, exitCode);
        Assert.Contains("belongs to another user", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_reported()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A small disk can be mounted by root alone.");
        Directory.CreateDirectory(Data);
        await ShortCommand.RunAsync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=711", "tmpfs", Data], "/", CancellationToken.None);
        try
        {
            var (exitCode, output) = await RunAsync("--services", "local", "--data", Data, "--port", "0");

            Assert.Equal(1, exitCode);
            Assert.Contains($"The disk of {Data}", output, StringComparison.Ordinal);
            Assert.Contains("is full: make room", output, StringComparison.Ordinal);
        }
        finally
        {
            await ShortCommand.RunAsync("umount", ["-l", Data], "/", CancellationToken.None);
        }
    }

    [Fact]
    public async Task Missing_PostgreSQL_and_npm_are_reported_with_what_to_install()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && SearchPath.Find("unshare") is not null,
            "PostgreSQL can be hidden by root alone."
        );
        var dotnet = Path.GetDirectoryName(
            Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : SearchPath.Find("dotnet")
        )!;
        var hide = string.Join(
            "; ",
            "for folder in /usr/lib/postgresql; do mkdir -p $folder; mount -t tmpfs tmpfs $folder; done",
            $"ln -s {dotnet}/dotnet {_folder}/dotnet",
            $"for tool in setpriv test sh setsid chown env; do ln -s $(command -v $tool) {_folder}/$tool; done",
            $"PATH={_folder} exec {string.Join(' ', Command("--services", "local", "--data", Data, "--port", "0"))}"
        );

        var (exitCode, output) = await RunAsync("unshare", ["-m", "sh", "-c", hide]);

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "PostgreSQL 14 or newer was not found: install it (on Debian: apt-get install postgresql), or install npm, which can fetch it.",
            output,
            StringComparison.Ordinal
        );
    }

    private static string[] Command(params string[] options) => StackUnderTest.CommandLine(options);

    private static Task<(int ExitCode, string Output)> RunAsync(params string[] options) => RunAsync("dotnet", Command(options)[1..]);

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments)
    {
        var result = await CliWrap.Buffered.BufferedCommandExtensions.ExecuteBufferedAsync(
            CliWrap.Cli.Wrap(program).WithArguments(arguments).WithValidation(CliWrap.CommandResultValidation.None),
            TestContext.Current.CancellationToken
        );
        return (result.ExitCode, (result.StandardOutput + result.StandardError).Trim());
    }
}
