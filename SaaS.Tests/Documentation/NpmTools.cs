using System.Diagnostics;
using System.Runtime.InteropServices;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>
/// The npm programs pinned in .ci/openapi, with the Node.js that comes with them, and a folder with the served document to run them in.
/// </summary>
internal sealed class NpmTools : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openapi-");

    private NpmTools() { }

    /// <summary>The name of the served document in the folder.</summary>
    public const string Document = "openapi.json";

    private static string Packages => Path.Combine(Settings, "node_modules");

    private static string Settings => Path.Combine(Repository.Root(), ".ci", "openapi");

    /// <summary>Skips the test on a machine where the programs are not installed; CI always has them.</summary>
    public static async Task<NpmTools> ReadAsync(SaaSApp app)
    {
        Assert.SkipUnless(Directory.Exists(Packages), "npm ci --prefix .ci/openapi --ignore-scripts installs the linters and generators");
        var tools = new NpmTools();
        using var client = app.NewClient();
        await File.WriteAllTextAsync(tools.PathOf(Document), await client.GetStringAsync("/openapi/v1.json"));
        return tools;
    }

    /// <summary>Copies a file of .ci/openapi into the folder.</summary>
    public void Copy(string name) => File.Copy(Path.Combine(Settings, name), PathOf(name));

    /// <summary>Writes a file into the folder.</summary>
    public Task WriteAsync(string name, string text) => File.WriteAllTextAsync(PathOf(name), text);

    /// <summary>Runs a program, which must exit without an error.</summary>
    public async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Node(), [Path.Combine(Packages, ".bin", program), .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Timeout);
        var written = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(limit.Token),
            process.StandardError.ReadToEndAsync(limit.Token)
        );
        await process.WaitForExitAsync(limit.Token);
        Assert.True(
            process.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{string.Join('\n', written)}"
        );
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // Distributions ship versions of Node.js that cannot run some of the programs.
    private static string Node()
    {
        var own = Path.Combine(Packages, $"node-linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}", "bin", "node");
        return File.Exists(own) ? own : "node";
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
