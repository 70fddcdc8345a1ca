using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.AppHost.Tests;

/// <summary>Tests kills, Ctrl-C and crashes of the AppHost as a process.</summary>
public sealed class ProcessTests : IDisposable
{
    // PostgreSQL's user can traverse it, so the data folder needs no substitute.
    private readonly string _folder = PrivateFolder.CreatePassable(
        Path.Combine(Path.GetTempPath(), $"saas-process-{Path.GetRandomFileName()}")
    );

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Data_and_addresses_survive_a_kill_of_the_AppHost()
    {
        JourneyClient journey;
        string document;
        Uri api;
        Dictionary<string, int> ports;
        await using (var stack = await StackUnderTest.StartAsync(Data))
        {
            (api, ports) = (stack.Api, stack.Ports());
            journey = new JourneyClient(new HttpClient { BaseAddress = api });
            await journey.BeginAsync();
            document = await journey.UploadAsync();
            await journey.WaitUntilVerifiedAsync(document);
            await Eventually.HoldsAsync(
                async () =>
                    (await journey.Http.GetStringAsync($"{stack.Scheduler}/health/jobs")).Contains("Succeeded", StringComparison.Ordinal),
                "no job has run"
            );
            string[] hosts = ["api", "worker", "scheduler"];
            Assert.All(
                await Task.WhenAll(hosts.Select(host => journey.Http.GetStringAsync(stack.Metrics(host)))),
                page => Assert.Contains("dotnet_process_cpu_time_seconds_total", page, StringComparison.Ordinal)
            );

            await KillAmidAnUploadAsync(stack, journey);
            await Eventually.HoldsAsync(
                () => Task.FromResult(stack.Survivors().Count == 0),
                "kill -9 of the AppHost has left processes behind"
            );
            Assert.Equal("shut down", await ClusterStateAsync());
        }

        await using (var stack = await StackUnderTest.StartAsync(Data, options: ["--port", $"{api.Port}"]))
        {
            Assert.Equal(ports, stack.Ports());
            var again = await journey.ReturnAsync(stack.Api);
            Assert.Equal(JourneyClient.Pdf, await again.Http.GetByteArrayAsync($"{document}/content"));
            var documents = await again.Http.GetStringAsync($"/api/tenants/{again.Tenant}/documents");
            Assert.Equal(
                1,
                JsonDocument.Parse(documents).RootElement.GetProperty("data").GetProperty("pagination").GetProperty("total").GetInt32()
            );

            await stack.TerminateAsync();
            Assert.Empty(stack.Survivors());
            Assert.Equal("shut down", await ClusterStateAsync());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Control_C_at_a_terminal_leaves_no_processes(int times)
    {
        await using var stack = await StackUnderTest.StartAsync(Data, atTerminal: true);
        for (var pressed = 0; pressed < times; pressed++)
        {
            await stack.PressControlCAsync();
        }

        Assert.True(await stack.EndAsync() == 0, stack.Output);
        Assert.Empty(stack.Survivors());
        Assert.Equal("shut down", await ClusterStateAsync());
    }

    [Fact]
    public async Task Control_C_during_startup_leaves_no_processes()
    {
        await using var stack = StackUnderTest.Launch(Data, atTerminal: true, ["--services", "local", "--data", Data, "--port", "0"]);
        await Eventually.HoldsAsync(
            () => Task.FromResult(File.Exists(Path.Combine(Data, "postgres", "postmaster.pid"))),
            "PostgreSQL does not start"
        );

        await stack.PressControlCAsync();

        Assert.True(await stack.EndAsync() == 0, stack.Output);
        await Eventually.HoldsAsync(() => Task.FromResult(stack.Survivors().Count == 0), "processes were left behind");
        Assert.DoesNotContain("Unhandled exception", stack.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", stack.Output, StringComparison.Ordinal);
        Assert.Equal("shut down", await ClusterStateAsync());
    }

    [Fact]
    public async Task A_killed_migration_aborts_startup()
    {
        await using var stack = StackUnderTest.Launch(Data, atTerminal: false, ["--services", "local", "--data", Data, "--port", "0"]);
        await Eventually.HoldsAsync(() => Task.FromResult(stack.MigrationProcess() != 0), "the migration does not start");

        Kill(stack.MigrationProcess());

        Assert.True(await stack.EndAsync() == 1, stack.Output);
        Assert.Contains("migrate ended with exit code", stack.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("starting it again", stack.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", stack.Output, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => Task.FromResult(stack.Survivors().Count == 0), "processes were left behind");
        Assert.Equal("shut down", await ClusterStateAsync());
    }

    [Fact]
    public async Task A_run_exits_with_a_clear_error_when_the_orchestrator_dies()
    {
        await using var stack = await StackUnderTest.StartAsync(Data);
        var orchestrator = stack.OrchestratorProcesses();
        Assert.Equal(2, orchestrator.Count);

        foreach (var process in orchestrator)
        {
            Kill(process);
        }

        Assert.True(await stack.EndAsync() == 1, stack.Output);
        Assert.Contains("Aspire's orchestrator (DCP) has ended", stack.Output, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => Task.FromResult(stack.Survivors().Count == 0), "processes were left behind");
        Assert.Equal("shut down", await ClusterStateAsync());
    }

    [Fact]
    public async Task A_crashed_host_is_restarted_and_reported_on_the_console()
    {
        await using var stack = await StackUnderTest.StartAsync(Data, options: ["--entra-stand-in"]);
        using var http = new HttpClient();
        (string Name, string Project, Uri Ready)[] hosts =
        [
            ("api", "SaaS.Api", new Uri(stack.Api, "/health/ready")),
            ("worker", "SaaS.Worker", new Uri($"http://localhost:{stack.Ports()["worker"]}/health/ready")),
            ("scheduler", "SaaS.Scheduler", new Uri($"{stack.Scheduler}/health/ready")),
            ("entra", "SaaS.EntraStandIn", new Uri($"http://localhost:{stack.Ports()["entra"]}/health/ready")),
        ];
        foreach (var (name, project, ready) in hosts)
        {
            var before = stack.HostProcess(project);

            Kill(before);

            await Eventually.HoldsAsync(
                async () => stack.HostProcess(project) is not 0 and var now && now != before && await IsReadyAsync(http, ready),
                $"{name} does not come back"
            );
            Assert.Contains($"{name} ended with exit code", stack.Output, StringComparison.Ordinal);
        }

        Kill(int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postgres", "postmaster.pid")))[0], CultureInfo.InvariantCulture));
        await Eventually.HoldsAsync(
            () => Task.FromResult(stack.Output.Contains("postgres ended with exit code", StringComparison.Ordinal)),
            "the console does not tell that PostgreSQL crashed"
        );
        await Eventually.HoldsAsync(() => IsReadyAsync(http, new Uri(stack.Api, "/health/ready")), "PostgreSQL does not come back");

        await stack.TerminateAsync();
        Assert.Empty(stack.Survivors());
    }

    [Fact]
    public async Task Startup_prints_a_first_line_and_a_summary_of_addresses()
    {
        await using var stack = await StackUnderTest.StartAsync(Data, atTerminal: true);

        var lines = stack.Output.Split('\n');
        Assert.Equal("Starting the SaaS platform on local services …", lines[0]);
        Assert.Matches(@"^Ready in \d+\.\d s, first start$", lines[1]);
        string[] labels = ["Dashboard", "API", "Scalar", "Jobs", "Mails", "Data", "Next"];
        Assert.Equal(labels, lines[2..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        using var http = new HttpClient();
        Assert.Contains("Aspire", await http.GetStringAsync(new Uri(stack.GetPrintedValue("Dashboard"))), StringComparison.Ordinal);
        Assert.Contains("Mails", await http.GetStringAsync(MailsPage(stack)), StringComparison.Ordinal);
        using var guessed = await http.GetAsync(new Uri($"http://localhost:{stack.Ports()["mails"]}/"));
        Assert.Equal(HttpStatusCode.NotFound, guessed.StatusCode);
    }

    private Uri MailsPage(StackUnderTest stack) =>
        new($"http://localhost:{stack.Ports()["mails"]}/{File.ReadAllText(Path.Combine(Data, "keys", "mails-token"))}/");

    private async Task<string> ClusterStateAsync()
    {
        var binaries = await PostgresBinaries.FindAsync(major: null, fetchTo: Path.Combine(_folder, "binaries"), CancellationToken.None);
        var control = await ShortCommand.RunAsync(
            Path.Combine(binaries.Folder, "pg_controldata"),
            [Path.Combine(Data, "postgres")],
            "/",
            CancellationToken.None
        );
        return control
            .Split('\n')
            .Single(line => line.StartsWith("Database cluster state:", StringComparison.Ordinal))
            .Split(':')[1]
            .Trim();
    }

    private static void Kill(int id)
    {
        using var process = System.Diagnostics.Process.GetProcessById(id);
        process.Kill();
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Kills the AppHost after half of an upload, and aborts the request.</summary>
    private static async Task KillAmidAnUploadAsync(StackUnderTest stack, JourneyClient journey)
    {
        var half = new TaskCompletionSource();
        using var hangUp = new CancellationTokenSource();
        using var form = new MultipartFormDataContent { { new HalfContent(half), "file", "never.bin" } };
        var upload = journey.Http.PostAsync($"/api/tenants/{journey.Tenant}/documents", form, hangUp.Token);

        await half.Task;
        stack.Kill();
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
    }

    private sealed class HalfContent(TaskCompletionSource half) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(RandomNumberGenerator.GetBytes(5_000_000), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            half.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
