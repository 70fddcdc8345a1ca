using System.ComponentModel;
using CliWrap;
using CliWrap.Buffered;

namespace SaaS.LocalServices;

/// <summary>Runs short commands, such as initdb or chown.</summary>
internal static class ShortCommand
{
    /// <returns>The standard output of the command.</returns>
    internal static async Task<string> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        string workingDirectory,
        CancellationToken ct,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        try
        {
            var result = await Command(program, arguments)
                .WithWorkingDirectory(workingDirectory)
                .WithEnvironmentVariables(environment ?? new Dictionary<string, string?>())
                .ExecuteBufferedAsync(ct);
            return result.IsSuccess
                ? result.StandardOutput
                : throw new LocalServiceException(
                    $"{Path.GetFileName(program)} failed: {(result.StandardError + result.StandardOutput).Trim()}"
                );
        }
        catch (Win32Exception refused)
        {
            throw new LocalServiceException(refused.GetBaseException().Message, refused);
        }
    }

    /// <summary>Runs the command and returns its standard output; null when it fails or cannot be started.</summary>
    internal static async Task<string?> TryAsync(string program, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        try
        {
            return await Command(program, arguments).ExecuteBufferedAsync(ct) is { IsSuccess: true } result ? result.StandardOutput : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static Command Command(string program, IReadOnlyList<string> arguments) =>
        Cli.Wrap(program).WithArguments(arguments).WithWorkingDirectory("/").WithValidation(CommandResultValidation.None);
}
