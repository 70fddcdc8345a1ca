using System.ComponentModel;
using CliWrap;
using CliWrap.Buffered;

namespace SaaS.AppHost.Embedded;

/// <summary>A command that does one thing and ends, such as initdb or chown.</summary>
internal static class ShortCommand
{
    internal static async Task RunAsync(string program, IReadOnlyList<string> arguments, string workingDirectory, CancellationToken ct)
    {
        try
        {
            var result = await Command(program, arguments).WithWorkingDirectory(workingDirectory).ExecuteBufferedAsync(ct);
            if (!result.IsSuccess)
            {
                throw new EngineException($"{Path.GetFileName(program)} failed: {(result.StandardError + result.StandardOutput).Trim()}");
            }
        }
        catch (Win32Exception refused)
        {
            throw new EngineException(refused.GetBaseException().Message, refused);
        }
    }

    /// <summary>What the command printed; null where it fails or cannot be run at all.</summary>
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
