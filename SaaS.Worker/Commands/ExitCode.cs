namespace SaaS.Worker.Commands;

/// <summary>The exit codes of commands.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failed = 1;
    public const int InvalidArguments = 2;

    /// <summary>The exit code that shells report for a program ended by Ctrl-C.</summary>
    public const int Stopped = 130;

    /// <summary>Prints the reason to standard error.</summary>
    public static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return Failed;
    }
}
