using System.Diagnostics;

namespace SaaS.Tests.Deployment;

/// <summary>Tests that deploy/new-env.sh creates an environment file with secrets that a host accepts.</summary>
public sealed class NewEnvironmentTests : IDisposable
{
    private static readonly string[] Given = ["IMAGE_REGISTRY", "SMTP_PASSWORD"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("saas-env-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("compose/.env.example")]
    [InlineData("kubernetes/overlays/development/.env.example")]
    public async Task Secrets_are_random_and_readable_only_by_their_owner(string example)
    {
        var source = Path.Combine(PublishedModel.Root, "deploy", example);
        var (first, second) = (Path.Combine(_folder.FullName, "first"), Path.Combine(_folder.FullName, "second"));
        Assert.Equal(0, await RunAsync(source, first));
        Assert.Equal(0, await RunAsync(source, second));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first));
        }

        var empty = EnvironmentFile
            .Read(source)
            .Where(variable => variable.Value is "")
            .Select(variable => variable.Name)
            .Except(Given)
            .ToList();
        Assert.NotEmpty(empty);
        var (one, other) = (Values(first), Values(second));
        Assert.All(empty, name => Assert.NotEqual(one[name], other[name]));
        Assert.All(
            empty,
            name =>
                Assert.True(
                    name.EndsWith("master-key", StringComparison.Ordinal)
                        ? Convert.FromBase64String(one[name]).Length is 32
                        : one[name].Length is 64,
                    name
                )
        );
        Assert.DoesNotContain(one.Values, value => value.Contains('{', StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_existing_environment_file_is_not_overwritten()
    {
        var file = Path.Combine(_folder.FullName, "existing");
        await File.WriteAllTextAsync(file, "KEPT=1\n");
        Assert.Equal(1, await RunAsync(Path.Combine(ComposeFile.Folder, ".env.example"), file));
        Assert.Equal("KEPT=1\n", await File.ReadAllTextAsync(file));
    }

    private static Dictionary<string, string> Values(string file) =>
        EnvironmentFile.Read(file).ToDictionary(variable => variable.Name, variable => variable.Value);

    private static async Task<int> RunAsync(string example, string file)
    {
        using var script = Process.Start(
            new ProcessStartInfo(Path.Combine(PublishedModel.Root, "deploy", "new-env.sh"), [example, file])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        await Task.WhenAll(script.StandardError.ReadToEndAsync(), script.StandardOutput.ReadToEndAsync(), script.WaitForExitAsync());
        return script.ExitCode;
    }
}
